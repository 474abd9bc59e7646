"""Serves the preview on this machine alone, until it is stopped."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.preview.index import NAMES
from app.preview.site import Preview
from app.preview.worlds import all_worlds

HOST = "127.0.0.1"


class Quiet(WSGIRequestHandler):
    """Tells nobody of requests: an address is a key, be it of nobody real."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        pass


class PreviewFault(Exception):
    """The preview could not start; the message says what to do."""


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Gives the address of the index; port 0 takes a free one."""
    server = _bound(port)
    origins = [f"http://{name}:{server.server_port}" for name in NAMES]
    with all_worlds(origins[0]) as worlds:
        server.app = Preview(worlds, origins)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"{origins[0]}/preview"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def quiet() -> None:
    """Faults are what the preview shows; only those that nobody meant are told."""
    structlog.configure(processors=[_meant, structlog.dev.ConsoleRenderer()])


def run(port: int, tell: Callable[[str], None]) -> None:
    """Until a signal; `tell` gets the address."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        with serving(port) as address:
            tell(address)
            threading.Event().wait()
    except KeyboardInterrupt:
        return


def _bound(port: int) -> BaseWSGIServer:
    try:
        server = make_server(HOST, port, _not_yet, threaded=True, request_handler=Quiet)
    except (OSError, SystemExit):
        raise PreviewFault(f"The port {port} is not free.") from None
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server


def _meant(_logger: object, _method: str, event: EventDict) -> EventDict:
    if event["event"] != "unexpected":
        raise structlog.DropEvent
    return event


def _not_yet(_environ: object, _start: object) -> list[bytes]:
    raise RuntimeError("asked before it was served")


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
