"""A site of somebody else, which embeds pages of the real app.

It is another site in every sense, `localhost` to our `127.0.0.1`, and has as strict a
policy as one can have.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Any, Literal

from flask import Flask, Response, request
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect
from pydantic import SecretStr
from werkzeug.serving import make_server

from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_parts
from app.preferences.model import Recipient
from app.settings import Settings
from tests.conftest import Clock
from tests.peer import BUDGET, PATIENCE

BEN = Recipient("user-ben")
ELEMENT = "courier-preferences"
HOST_KEY = "h" * 32
"""Seconds for what is to come true."""

Until = Literal["commit", "domcontentloaded", "load", "networkidle"]

STYLE = """
courier-preferences:not(:defined) { display: block; block-size: 100vh; }
"""

SCRIPT = """
window.told = [];
for (const element of document.querySelectorAll("courier-preferences"))
  for (const name of ["ready", "change", "error", "expired"])
    element.addEventListener(name, async ({ detail }) => {
      told.push({ name, ...detail });
      if (name === "expired" && "renews" in element.dataset)
        element.src = await (await fetch("/fresh")).text();
    });
"""


@dataclass
class Embedding:
    """`url` is our app's, `host` that of the site that embeds it."""

    url: str
    host: str
    clock: Clock
    links: Links
    site: Flask
    pages: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def link(self, recipient: Recipient = BEN, **more: Any) -> str:  # noqa: ANN401
        return f"{self.url}/embed/{self.links.mint(Scope.EMBED, recipient, **more)}"

    @property
    def policy(self) -> str:
        return (
            f"default-src 'none'; script-src 'self' {self.url}; frame-src {self.url}; "
            f"style-src 'self' {self.url}; connect-src 'self'; "
            f"form-action 'self' {self.url}"
        )

    def element(self, attributes: str = "", src: str = "", inside: str = "") -> str:
        return (
            f'<{ELEMENT} src="{src or self.link()}" {attributes}>{inside}</{ELEMENT}>'
        )

    def show(
        self, page: Page, body: str, *, is_module: bool = True, until: Until = "load"
    ) -> None:
        """Opens a page of the host's with this in it."""
        kind = "module" if is_module else "text/javascript"
        self.pages["/"] = (
            f'<!doctype html><html lang="en"><title>Host</title>'
            f'<meta name="viewport" content="width=device-width"><h1>Host</h1>'
            f'<link rel="stylesheet" href="/host.css">'
            f'{body}<script src="/host.js"></script>'
            f'<script type="{kind}" src="{self.url}/static/js/embed.js"></script>'
        )
        page.goto(self.host, wait_until=until)

    def inside(self, page: Page) -> FrameLocator:
        return page.frame_locator("courier-preferences iframe")

    def frame(self, page: Page) -> Frame:
        return page.main_frame.child_frames[0]

    def switch(self, page: Page, name: str) -> Locator:
        return self.inside(page).get_by_role("switch", name=name, exact=True)

    def told(self, page: Page, name: str, count: int = 1) -> list[dict[str, Any]]:
        """What the events of this name said, once there are as many."""
        script = f"told.filter((it) => it.name === {name!r})"
        until(page, f"{script}.length >= {count}")
        found: list[dict[str, Any]] = page.evaluate(script)
        return found

    def is_saved(self, page: Page, text: str) -> None:
        expect(self.inside(page).locator("#status")).to_have_text(text)


def until(place: Page | Frame, script: str, *args: object) -> None:
    """Waits until it is so; without `eval`, which the policies here do not allow."""
    page = place if isinstance(place, Page) else place.page
    deadline = monotonic() + PATIENCE
    while not place.evaluate(script, *args):
        assert monotonic() < deadline, f"{script} never came true"
        page.wait_for_timeout(10)


@contextmanager
def embedding_in(settings: Settings, clock: Clock) -> Iterator[Embedding]:
    site, host = Flask("unready"), Flask("host")
    with listening(site) as url, listening(host) as address:
        origin = address.replace("127.0.0.1", "localhost")
        changes = {
            "public_url": url,
            "frame_ancestors": (origin,),
            "link_api_keys": (SecretStr(f"host:{HOST_KEY}"),),
        }
        settings = settings.model_copy(update=changes)
        outside = Outside(now=clock, budget=BUDGET)
        parts = create_parts(settings, outside)
        migrate(parts.database)
        site.wsgi_app = create_app(settings, outside, parts).wsgi_app  # type: ignore[method-assign]
        links = Links(settings.keys, clock)
        embedding = Embedding(url, origin, clock, links, host)
        embedding.styles["/host.css"] = STYLE
        _host(host, embedding)
        yield embedding
    parts.center.close()


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address at which it is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _host(app: Flask, embedding: Embedding) -> None:
    def answer(path: str = "") -> Response:
        embedding.asked.append(f"{request.method} /{path}")
        if path == "host.js":
            return Response(SCRIPT, mimetype="text/javascript")
        if path.endswith(".css"):
            return Response(embedding.styles[f"/{path}"], mimetype="text/css")
        if path == "fresh":
            return Response(embedding.link(), mimetype="text/plain")
        html = embedding.pages.get(f"/{path}", "")
        policy = {"Content-Security-Policy": embedding.policy} if html else {}
        return Response(html, 200 if html else 404, policy, mimetype="text/html")

    app.add_url_rule("/", "home", answer)
    app.add_url_rule("/<path:path>", "page", answer)
