"""The HTTP/1.1 server: threaded, with keep-alive, quiet.

Werkzeug's own handler closes every connection after one answer, which would
hide from a client how its pool behaves; this one keeps it open.
"""

import contextlib
import io
import json
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app.sandbox.errors import CourierError, error_type, invalid
from app.sandbox.framing import PIECE, take_body

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ABORT = struct.pack("ii", 1, 0)  # linger for 0 seconds: RST instead of FIN
PARTING_PIECES = 200  # of what a refused client still sends


class Started:
    """WSGI's start_response, which keeps what it was told."""

    def __init__(self, status: str = "", *headers: tuple[str, str]) -> None:
        self.status = status
        self.headers = list(headers)
        self.written: list[bytes] = []

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        _exc_info: object = None,
        /,
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.written.append


class KeepAliveHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it a small answer waits 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    timeout = 60

    def run_wsgi(self) -> None:
        try:
            self.environ = self._read()
        except CourierError as refusal:
            self.send_error(refusal.status, refusal.message)
            return
        started = Started()
        try:
            chunks = self.server.app(self.environ, started)
            body = b"".join([*started.written, *chunks])
        except ConnectionResetError:
            self._abort()
            return
        if hasattr(chunks, "close"):
            chunks.close()
        self._answer(started, body)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """The last answer of its connection, in Courier's words.

        Where a request cannot be read, nobody knows where the next one begins.
        """
        phrase = HTTPStatus(code).phrase
        error = {"message": message or explain or phrase, "type": error_type(code)}
        body = json.dumps(error).encode()
        headers = {"Content-Type": "application/json", "Connection": "close"}
        headers["Content-Length"] = str(len(body))
        self._answer(Started(f"{code} {phrase}", *headers.items()), body)
        self._hang_up()

    def _read(self) -> "WSGIEnvironment":
        """Nothing may be left unread before the next request on the connection."""
        try:
            environ = self.make_environ()
        except ValueError as error:
            raise invalid("The address cannot be read.") from error
        body = take_body(self.headers, self.rfile)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    def _answer(self, started: "Started", body: bytes) -> None:
        """One write for head and body, hence one packet for a small answer."""
        code, _, reason = started.status.partition(" ")
        headers = [*started.headers, ("Server", "courier-sandbox")]
        head = [f"{self.protocol_version} {int(code)} {reason}"]
        head += [f"{name}: {value}" for name, value in headers]
        head += [f"Date: {self.date_time_string()}", "", ""]
        sent = b"" if self.command == "HEAD" else body
        self.wfile.write("\r\n".join(head).encode("latin-1") + sent)

    def _hang_up(self) -> None:
        """Hears the client out: unread data would turn the close into a reset,
        which may overtake the answer.
        """
        self.close_connection = True
        self.connection.settimeout(1)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            for _ in range(PARTING_PIECES):
                if not self.connection.recv(PIECE):
                    break

    def _abort(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        # The reader holds the socket open; the RST goes out with the last close.
        self.rfile.close()
        self.connection.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet: the requests are to be had under `/_sandbox/requests`."""


class SandboxServer(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, app: Flask) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(host, port, app, KeepAliveHandler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def serve_forever(self, poll_interval: float = 0.05) -> None:
        """Looks often whether to stop, so that `shutdown` returns at once."""
        super().serve_forever(poll_interval)

    def server_close(self) -> None:
        """Also ends the connections that clients keep open."""
        super().server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
