"""The preview's own pages, with the real apps behind them under one address.

`/preview` is the index, `/preview/states/<name>` brings somebody into a state and
shows it. All other addresses are the apps': whose link it is tells which. Their pages
may be framed here, by the preview's own origin, and nowhere else: that is written over
their headers on the way out.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Flask, redirect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from app.links import PATHS, mended
from app.preview import scenes
from app.preview.index import init_app
from app.preview.person import Person, Told
from app.preview.state import State, by_name
from app.preview.world import World
from app.preview.worlds import HOME, Worlds
from app.signing import LinkInvalid

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ANCESTORS = re.compile(r"frame-ancestors [^;]*")
POLICY = "Content-Security-Policy"
ASKED = ("lang", "theme")
STATES = by_name(scenes.ALL)


class Preview:
    """One WSGI application for the index and for all worlds."""

    def __init__(self, worlds: Worlds, origins: Sequence[str]) -> None:
        """`origins` are those by which the preview itself is reached."""
        self._worlds = worlds
        self._policy = f"frame-ancestors {' '.join(origins)}"
        self._own = init_app(Flask(__name__, static_folder=None), self._state)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = Request(environ).path
        if path == "/preview" or path.startswith("/preview/"):
            return self._own(environ, start_response)
        world = self._world(path)
        with world.lock:
            response = Response.from_app(world.app, environ, buffered=True)
        return self._framed(response)(environ, start_response)

    def _state(self, name: str, request: Request) -> Response:
        """Made anew for each who asks, for a recipient of its own."""
        if name not in STATES:
            raise NotFound
        asked = {n: request.args[n] for n in ASKED if request.args.get(n)}
        languages = request.headers.get("Accept-Language", "")
        told = self._reached(STATES[name], asked, languages)
        if isinstance(told, str):
            return redirect(told)
        headers = [(n, v) for n, v in told.headers if n != "Content-Length"]
        return self._framed(Response(told.data, told.status, headers))

    def _reached(self, state: State, asked: dict[str, str], languages: str) -> Told:
        world = self._worlds[state.world]
        with world.lock:
            world.rest()
            return state.make(Person.new(world, asked, languages))

    def _framed(self, response: Response) -> Response:
        """The same answer, which the preview may frame."""
        policy = response.headers.get(POLICY, "")
        response.headers[POLICY] = ANCESTORS.sub(self._policy, policy)
        response.headers.pop("X-Frame-Options", None)
        return response

    def _world(self, path: str) -> World:
        """Whose recipient the address is about; damaged ones are nobody's."""
        links = self._worlds[HOME].links
        beginning, _, token = path.lstrip("/").partition("/")
        for scope, known in PATHS.items():
            with suppress(LinkInvalid):
                if known.strip("/") == beginning:
                    link = links.explain(scope, mended(token.partition("/")[0]))
                    return self._worlds[link.recipient.user_id.partition("~")[0]]
        return self._worlds[HOME]
