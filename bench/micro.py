"""What the steps of a page cost, each alone: `python -m bench micro`.

By the clock of the thread that works. Courier's answers come from memory; the last
step is the whole page through the whole WSGI app, its upstream call included.
"""

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle
from typing import Any

import httpx
from flask import Flask
from werkzeug.test import EnvironBuilder

from app import logs
from app.courier import wire
from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.outcome import Down
from app.parts import Outside, create_parts
from app.preferences.merge import merge
from app.preferences.model import Recipient
from app.preferences.overlay import overlaid
from app.settings import Settings
from app.web.pages import answers as pages
from app.web.pages.visit import Visit
from bench import links
from bench.server.canned import ANYBODY, SECTIONS, Answers, answers, varied
from bench.server.contenders import settings as environ
from bench.summing import cell, spread
from bench.weight import line, weigh

RECIPIENTS = 2000
"""Whose lists differ: more than a cache of answers would hold."""

TIMES = 50
"""Of each step in one round."""


class Memory(httpx.BaseTransport):
    """Courier's answers, at once."""

    def __init__(self, told: Answers) -> None:
        self._catalog = told[f"GET {SECTIONS}"].encode()
        self._lists = _lists(told)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/users/"):
            return httpx.Response(200, content=next(self._lists))
        return httpx.Response(200, content=self._catalog)


def _lists(told: Answers) -> Iterator[bytes]:
    body = told[f"GET {ANYBODY}"]
    return cycle([varied(body, number).encode() for number in range(RECIPIENTS)])


def run(rounds: int) -> dict[str, Any]:
    logs.configure(io.StringIO())  # as in production, but unread
    told = answers(12)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environ(environ("http://127.0.0.1", folder))
        outside = Outside(transport=Memory(told))
        parts = create_parts(settings, outside)
        with closing(parts.center):
            migrate(parts.database)
            app = create_app(settings, outside, parts)
            tokens = _tokens(settings)
            paths = [f"/p/{token}" for token in tokens]
            steps = _steps(told) | {
                "whole page": _asking(app, paths),
                "whole page, the same again": _asking(app, paths[:1]),
            }
            found = _measured(steps, rounds)
            found["render"] = _rendering(app, tokens[0], rounds)
            weight = weigh(app, paths[0])
    return {
        "steps": {name: spread(taken) for name, taken in found.items()},
        "links": links.run(rounds),
        "weight": weight,
    }


def _steps(told: Answers) -> dict[str, Callable[[], object]]:
    catalog_body = told[f"GET {SECTIONS}"].encode()
    lists = _lists(told)
    catalog, (lines, _) = wire.catalog(catalog_body), wire.saved_list(next(lists))
    merged = merge(catalog, {}, lines)
    return {
        "wire: the list": lambda: wire.saved_list(next(lists)),
        "wire: the catalog": lambda: wire.catalog(catalog_body),
        "rules: merge": lambda: merge(catalog, {}, lines),
        "rules: overlay": lambda: overlaid(merged, ()),
    }


def _measured(
    steps: dict[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """In turns, microseconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            spent = _microseconds(step)
            if number:  # the first warms up
                taken[name].append(spent)
    return taken


def _microseconds(step: Callable[[], object]) -> float:
    began = time.thread_time()
    for _ in range(TIMES):
        step()
    return (time.thread_time() - began) / TIMES * 1e6


def _tokens(settings: Settings) -> list[str]:
    links = Links(settings.keys)
    people = (Recipient(f"user-{number}") for number in range(RECIPIENTS))
    return [links.mint(Scope.PREFERENCES, one) for one in people]


def _asking(app: Flask, paths: list[str]) -> Callable[[], bytes]:
    """One request through the whole WSGI app, as a server would hand it over."""
    requests = cycle([EnvironBuilder(path=path).get_environ() for path in paths])

    def ask() -> bytes:
        request = {**next(requests)}
        return b"".join(app.wsgi_app(request, lambda *_: lambda _: None))

    return ask


def _rendering(app: Flask, token: str, rounds: int) -> list[float]:
    """The answer from what is ready: rows, their seals, and the template."""
    with app.test_request_context(f"/p/{token}"):
        app.preprocess_request()
        visit = Visit.of(token)
        shown = visit.center.show(visit.recipient)
        if isinstance(shown, Down):
            raise SystemExit("the page cannot be shown")
        return _measured({"render": lambda: pages.page(visit, shown)}, rounds)["render"]


def table(told: dict[str, Any]) -> Iterator[str]:
    for name, figure in told["steps"].items():
        yield f"{name:<36} {cell(figure)} us"
    yield from links.lines(told["links"])
    yield line(told["weight"])
