"""A world of the preview: an embedded Courier, and the real app in front of it.

Each has a Courier, a ledger and a clock of its own, so that what is spoilt in one
shows in no other.
"""

import re
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from flask import Flask

from app.courier.client import Courier as Client
from app.factory import create_app
from app.ledger.schema import migrate
from app.links import DAY, Links
from app.parts import Outside, create_courier, create_links, create_parts
from app.preferences.model import Recipient
from app.preferences.rules import Change
from app.sandbox.server import create_sandbox, start
from app.settings import Settings

KEY = "sandbox-key"
REMEMBERED = 300
"""Faults that Courier keeps at a time: recipients who were shown long ago recover."""


@dataclass
class Clock:
    """Real time, but for what a state has moved."""

    behind: float = 0.0
    skipped: float = 0.0

    def now(self) -> float:
        return time.time() - self.behind

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped


@dataclass
class Courier:
    """A handle on the embedded Courier, and on what it does wrong on request."""

    http: httpx.Client
    faults: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, user_id: str = "", **rule: Any) -> None:  # noqa: ANN401  any rule
        """From now on for this user, or for everybody; and it is not tried again."""
        path = f"^/users/{re.escape(quote(user_id, safe=''))}/" if user_id else None
        usual = {"kind": "status", "retry_after": "60", "path": path}
        self.faults = [*self.faults, {**usual, **rule}][-REMEMBERED:]
        switches = {"faults": self.faults}
        self.http.patch("/_sandbox/switches", json=switches).raise_for_status()

    def put(self, path: str, body: dict[str, Any]) -> None:
        self.http.put(path, json=body).raise_for_status()


@dataclass
class World:
    """`lock` is held by whoever asks its app, because states move its clock."""

    name: str
    app: Flask
    courier: Courier
    elsewhere: Callable[[], Client]
    clock: Clock
    links: Links
    ledger: Path
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def ago(self, days: float) -> Iterator[None]:
        """What is done within was done so many days ago."""
        self.clock.behind = days * DAY
        try:
            yield
        finally:
            self.clock.behind = 0.0

    def rest(self) -> None:
        """Long enough for Courier to be asked again after it failed."""
        self.clock.skipped += 61.0

    def choose(self, recipient: Recipient, topic_id: str, change: Change) -> None:
        """At Courier itself, so that the app never hears of it."""
        self.elsewhere().put(recipient, topic_id, change, with_routing=True)

    def spoil_ledger(self) -> None:
        """Nothing can be written down any more; what is there can be read."""
        with closing(sqlite3.connect(self.ledger)) as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")
            connection.execute("ALTER TABLE entries RENAME TO elsewhere")
            connection.execute("ALTER TABLE revocations RENAME TO nowhere")


@contextmanager
def running(
    name: str, folder: Path, seed: Path | None, given: dict[str, str]
) -> Iterator[World]:
    """`given` are settings as the environment would give them."""
    clock, ledger = Clock(), folder / f"{name}.db"
    with _courier(seed, clock) as url:
        own = {"COURIER_BASE_URL": url, "DATABASE_URL": f"sqlite:///{ledger}"}
        settings = Settings.from_environ({"COURIER_API_KEY": KEY, **given, **own})
        outside = Outside(now=clock.now, monotonic=clock.monotonic, spawn=_at_once)
        parts = create_parts(settings, outside)
        with closing(parts.center), _client(url) as http, ExitStack() as stack:
            migrate(parts.database)

            @cache
            def elsewhere() -> Client:
                return stack.enter_context(closing(create_courier(settings, outside)))

            app = create_app(settings, outside, parts)
            links = create_links(settings, clock.now)
            yield World(name, app, Courier(http), elsewhere, clock, links, ledger)


@contextmanager
def _courier(seed: Path | None, clock: Clock) -> Iterator[str]:
    sandbox = create_sandbox(api_key=KEY, seed=seed, clock=clock.moment)
    server = start(sandbox)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sandbox.close()


def _client(url: str) -> httpx.Client:
    """It never needs certificates, and reading those takes a tenth of a second."""
    headers = {"Authorization": f"Bearer {KEY}"}
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=url, headers=headers, trust_env=False, verify=tls)


def _at_once(work: Callable[[], None]) -> None:
    work()
