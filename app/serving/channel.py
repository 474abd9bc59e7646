"""A connection as waitress has it, with an end to whatever it is about.

waitress asks how long nothing has come; who sends a byte now and then goes on for ever.
"""

import re
import socket
import struct
import time
from typing import TYPE_CHECKING, Any, ClassVar

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error

from app.serving.bounds import KB

if TYPE_CHECKING:
    from app.serving.worker import Server

LARGE = 64 * KB
"""Bytes of a body for which there is more time."""


SENT_AHEAD = 64 * KB
"""Bytes that the system takes of an answer before its reader does; by itself it would
take megabytes for each of whom reads nothing."""

AT_ONCE = struct.pack("ii", 1, 0)
"""For SO_LINGER: what was not taken is thrown away, by the system as well."""

CODINGS = re.compile(rb"^transfer-encoding[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)


class Adjusted(Adjustments):  # type: ignore[misc]  # it has no types
    """What holds for requests to most paths, and to those that may have more."""

    socket_options: ClassVar[list[tuple[int, int, int]]] = [
        *Adjustments.socket_options,
        (socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD),
    ]

    def __init__(self, more: dict[str, int], **given: Any) -> None:  # noqa: ANN401  as it has them
        super().__init__(**given)
        self._more = {
            path: Adjusted({}, **{**given, "max_request_body_size": size})
            for path, size in more.items()
        }

    def of_path(self, path: str) -> "Adjusted":
        return self._more.get(path, self)


class TooSlow(Error):  # type: ignore[misc]
    code = 408
    reason = "Request Timeout"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses as well what somebody in front may have read in another way."""

    adj: Adjusted

    def received(self, data: bytes) -> int:
        count = int(super().received(data))
        if self.error:
            self.expect_continue = False  # nobody wants to read on
        return count

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.version not in ("1.0", "1.1") or not self._has_host():
            raise ParsingError("Bad request")
        codings = [found.strip().lower() for found in CODINGS.findall(header_plus)]
        is_sure = self.version == "1.1" and "CONTENT_LENGTH" not in self.headers
        if codings and not (codings == [b"chunked"] and is_sure):
            raise ParsingError("Bad request")
        self.adj = self.adj.of_path(self.path)

    def _has_host(self) -> bool:
        host = self.headers.get("HOST", "")
        return "," not in host and bool(host or self.version == "1.0")


class Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = Parser
    request: Parser | None
    server: "Server"
    since = 0.0
    """When the request under way began to arrive, or the last answer was written."""

    @property
    def until(self) -> float:
        """When it has had its time."""
        bounds, now = self.server.bounds, time.time()
        if self.requests:
            return now + 1  # it is ours who take their time
        if self.total_outbufs_len:
            return self.since + bounds.leaving
        if self.request:
            is_large = self.request.body_bytes_received > LARGE
            return self.since + bounds.arriving * (10 if is_large else 1)
        if self.server.parting_at:
            last = max(float(self.last_activity), self.server.parting_at)
            return last + bounds.parting
        return float(self.last_activity) + bounds.silence

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.since = time.time()
        is_read = bool(super().received(data))
        if len(self.requests) > self.server.bounds.pipelined:
            self.will_close = True
        return is_read

    def service(self) -> None:
        first = self.requests[0]
        if self.server.parting_at:
            self.say_last()
        if first.error:
            self.server.figures.refused(first.error.code)
        super().service()
        self.since = time.time()
        self._have_changed()

    def write_soon(self, data: bytes) -> int:
        count = int(super().write_soon(data))
        if self.total_outbufs_len:
            self._have_changed()
        return count

    def _flush_outbufs_below_high_watermark(self) -> None:
        """It waits until the loop has sent enough."""
        self._have_changed()
        super()._flush_outbufs_below_high_watermark()

    def _have_changed(self) -> None:
        number = self._fileno
        if number is not None:
            self.server.loop.look_at(number, self)

    def say_last(self) -> None:
        """The answer to what is there is the last one here."""
        for request in list(self.requests):
            request.headers["CONNECTION"] = "close"

    def give_up(self) -> None:
        """Tells whoever sends too slowly; cuts off whoever reads too slowly."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request and not self.total_outbufs_len:
                request.error = TooSlow("")
                request.completed = True
                self.requests.append(request)
                self.server.add_task(self)
                return
        if self.total_outbufs_len:
            self.server.figures.cut("deaf")
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.handle_close()
