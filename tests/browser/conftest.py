"""A real browser in front of the real app in front of the real sandbox.

Uses a Chromium that is installed, else the one that Playwright downloads itself.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page, expect
from pydantic import SecretStr
from werkzeug.serving import make_server

from app.deliver import create_workers
from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_parts
from app.preferences.model import Recipient
from app.settings import Settings
from tests.browser.hosting import Embedding, embedding_in
from tests.conftest import ALICE, BOB, SECRET, Clock
from tests.peer import BUDGET, KEY, PATIENCE, Peer

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AS_ROOT = ["--no-sandbox"]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--test-third-party-cookie-phaseout",  # what is embedded must do without
]


expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    installed = next(filter(None, map(shutil.which, CHROMIUM)), None)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {
        **browser_type_launch_args,
        "executable_path": installed,
        "args": QUIET + (AS_ROOT if is_root else []),
    }


@pytest.fixture(scope="session")
def site_settings(session_peer: Peer) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": KEY,
            "COURIER_BASE_URL": session_peer.url,
            "SECRET_KEY": SECRET,
            "PUBLIC_URL": "http://127.0.0.1",
            "PRODUCT_NAME": "Tidewell",
        }
    )


def serving(
    app: Flask, before_closing: Callable[[], None] = lambda: None
) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    before_closing()
    app.extensions["center"].close()


@pytest.fixture
def patience() -> float:
    """Seconds that the app waits for Courier; a test may say how many."""
    return BUDGET


@pytest.fixture
def site(
    site_settings: Settings, peer: Peer, tmp_path: Path, patience: float
) -> Iterator[str]:
    """The app's address; a new app and ledger each time, so that nothing is kept."""
    peer.mend()
    url, outside = f"sqlite:///{tmp_path}/ledger.db", Outside(budget=patience)
    settings = site_settings.model_copy(update={"database_url": SecretStr(url)})
    parts = create_parts(settings, outside)
    migrate(parts.database)
    delivering = create_workers(parts, settings, 1)
    delivering.start()
    yield from serving(create_app(settings, outside, parts), delivering.stop)


@pytest.fixture
def embedding(
    site_settings: Settings, peer: Peer, clock: Clock, tmp_path: Path
) -> Iterator[Embedding]:
    """The app, and a site of somebody else that may embed its pages."""
    peer.mend()
    url = SecretStr(f"sqlite:///{tmp_path}/ledger.db")
    settings = site_settings.model_copy(update={"database_url": url})
    with embedding_in(settings, clock) as embedding:
        yield embedding


@pytest.fixture
def links(site_settings: Settings) -> Links:
    return Links(site_settings.keys)


@pytest.fixture
def alice_url(site: str, links: Links) -> str:
    return f"{site}/p/{links.mint(Scope.PREFERENCES, ALICE, 'a•••@example.com')}"


@pytest.fixture
def bob_url(site: str, links: Links) -> str:
    return f"{site}/p/{links.mint(Scope.PREFERENCES, BOB)}"


@pytest.fixture
def ben_url(site: str, links: Links) -> str:
    return f"{site}/p/{links.mint(Scope.PREFERENCES, Recipient('user-ben'))}"


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser's console complained about; failed loads are meant to be."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    yield heard
    meant = ("Failed to load resource", "htmx:error: Failed to fetch")
    assert not [text for text in heard if not any(m in text for m in meant)]
