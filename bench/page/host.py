"""A good static host for Courier's components, and the GraphQL that they ask.

Compressed ahead by brotli at its best, the script cached for ever. In the
components' favor: the token is in the page already, which must else be fetched, and
the GraphQL has the page's own origin, so that no browser asks first whether it may
(the developer tools would not slow that question anyway).
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli

from bench.page.build import Built
from bench.page.workspace import answer

FOR_EVER = "public, max-age=31536000, immutable"


class Host(ThreadingHTTPServer):
    """`/NAME` is a contender's page."""

    daemon_threads = True

    def __init__(self, built: dict[str, Built], latency_ms: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.latency = latency_ms / 1000
        self.files: dict[str, tuple[str, str, bytes]] = {}
        for name, page in built.items():
            html = _compressed(page.html)
            self.files[f"/{name}"] = ("text/html; charset=utf-8", "no-cache", html)
            script = _compressed(page.script)
            self.files[page.script_path] = ("text/javascript", FOR_EVER, script)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(BaseHTTPRequestHandler):
    server: Host
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer leaves in one piece
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path in self.server.files:
            self._send(200, *self.server.files[self.path])
        else:
            self._send(404, "text/plain", "no-store", _compressed(b"not here"))

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        told = self.rfile.read(length)
        if len(told) < length:
            return  # its visit is over
        asked = json.loads(told)
        time.sleep(self.server.latency)
        body = json.dumps(answer(asked["query"]), separators=(",", ":"))
        compressed = _compressed(body.encode(), 5)
        self._send(200, "application/json", "no-store", compressed)

    def _send(self, status: int, kind: str, caching: str, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", "br")
        self.send_header("Cache-Control", caching)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as the library has it
        """Nothing: the table is what one wants to read."""


def _compressed(body: bytes, quality: int = 11) -> bytes:
    return bytes(brotli.compress(body, quality=quality))


@contextmanager
def hosting(built: dict[str, Built], latency_ms: int) -> Iterator[Host]:
    host = Host(built, latency_ms)
    thread = threading.Thread(target=host.serve_forever)
    thread.start()
    try:
        yield host
    finally:
        host.shutdown()
        thread.join()
        host.server_close()
