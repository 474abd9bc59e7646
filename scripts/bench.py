"""Measures what the app itself costs: `make bench`, or `python -m scripts.bench`.

The server's own time for a page is everything but the upstream call: the request
goes through the whole WSGI app and httpx, and the time spent below httpx, waiting
for the sandbox, is taken off. The page has 12 topics with 4 channels each. Also
tells what a first visit transfers. Both processes run on this machine; the app on
one core.
"""

import argparse
import gzip
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from flask import Flask
from werkzeug.test import EnvironBuilder

from app import logs
from app.factory import Outside, create_app, create_parts
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.preferences.model import Recipient
from app.settings import Settings

ROUNDS = 400
WARM_UP = 50
KEY = "sandbox-key"
SECRET = "a-key-for-the-benchmark-only-0123456789"  # noqa: S105  no secret
CHANNELS = ["email", "push", "sms", "inbox"]
PATIENCE = 20.0


class Stopwatch(httpx.BaseTransport):
    """The network, and how long it took."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        started = time.perf_counter()
        response = self._inner.handle_request(request)
        response.read()
        self.seconds += time.perf_counter() - started
        return response


@contextmanager
def sandbox(port: int) -> Iterator[httpx.Client]:
    """A sandbox of its own process with 12 topics of 4 channels in 3 sections."""
    command = [sys.executable, "-m", "app", "sandbox", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
        ) as client:
            _await(client)
            _fill(client)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _await(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            client.get("/_sandbox/switches")
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the sandbox does not answer")


def _fill(client: httpx.Client) -> None:
    for section in client.get("/preferences/sections").json()["results"]:
        path = f"/preferences/sections/{section['id']}"
        for topic in section["topics"]:
            client.delete(f"{path}/topics/{topic['id']}")
        client.delete(path)
    for number in range(3):
        body = {
            "name": f"Section {number + 1}",
            "description": "What belongs together stands together.",
            "has_custom_routing": True,
            "routing_options": CHANNELS,
        }
        section = client.post("/preferences/sections", json=body).json()
        for topic in range(4):
            client.post(
                f"/preferences/sections/{section['id']}/topics",
                json={
                    "name": f"Topic {number * 4 + topic + 1}",
                    "description": "One sentence that says what one will get.",
                    "default_status": "OPTED_IN",
                },
            )


def own_time(ask: Callable[[], object], upstream: Stopwatch, count: int) -> list[float]:
    """Milliseconds of each round, the upstream call taken off."""
    rounds = []
    for number in range(WARM_UP + count):
        upstream.seconds = 0.0
        started = time.perf_counter()
        ask()
        spent = time.perf_counter() - started - upstream.seconds
        if number >= WARM_UP:
            rounds.append(spent * 1000)
    return rounds


def tell(name: str, rounds: list[float]) -> None:
    median = statistics.median(rounds)
    p95 = statistics.quantiles(rounds, n=20)[-1]
    print(f"{name:<28} median {median:5.2f} ms   p95 {p95:5.2f} ms   n={len(rounds)}")


def asking(app: Flask, path: str, **environ: str) -> Callable[[], bytes]:
    """One request through the whole WSGI app, as a server would hand it over."""
    request = EnvironBuilder(path=path).get_environ() | environ

    def ask() -> bytes:
        return b"".join(app.wsgi_app({**request}, lambda *_: lambda _: None))

    return ask


def weigh(app: Flask, path: str) -> None:
    """What a first visit transfers, each answer compressed by gzip."""
    client = app.test_client()
    html = client.get(path).get_data(as_text=True)
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    total = 0
    for name in (path, *assets):
        body = client.get(name).get_data()
        size = len(gzip.compress(body, 6))
        total += size
        shown = "the page" if name == path else name.partition("?")[0]
        print(f"{shown:<36} {len(body):>7} B   gzip {size:>6} B")
    print(f"{'first visit, ' + str(1 + len(assets)) + ' requests':<36} gzip {total} B")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--port", type=int, default=8019, help="the sandbox's")
    return parser.parse_args()


def main() -> None:
    told = arguments()
    logs.configure(io.StringIO())  # as in production, but unread
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
    with sandbox(told.port) as courier, tempfile.TemporaryDirectory() as folder:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {cores[0]})
        upstream = Stopwatch()
        settings = Settings.from_environ(
            {
                "COURIER_API_KEY": KEY,
                "COURIER_BASE_URL": str(courier.base_url),
                "SECRET_KEY": SECRET,
                "PUBLIC_URL": "http://127.0.0.1",
                "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
            }
        )
        parts = create_parts(settings, Outside(transport=upstream))
        migrate(parts.database)
        app = create_app(settings, Outside(), parts)
        token = Links(settings.keys).mint(Scope.PREFERENCES, Recipient("user-1"))
        path = f"/p/{token}"
        tell("page", own_time(asking(app, path), upstream, told.rounds))
        for encoding in ("zstd", "br", "gzip"):
            compressed = asking(app, path, HTTP_ACCEPT_ENCODING=encoding)
            rounds = own_time(compressed, upstream, told.rounds)
            tell(f"page, compressed by {encoding}", rounds)
        weigh(app, path)


if __name__ == "__main__":
    main()
