"""Takes a request's body off the connection: the whole of it, or a refusal.

A body ends by its length or with its last chunk. Where its end is in doubt
the request is refused, because the next one would begin there.
"""

import re
from email.message import Message
from io import BufferedIOBase

from app.sandbox.errors import invalid
from app.sandbox.parsing import whole_number
from app.sandbox.vocabulary import MAX_BODY

KEPT = MAX_BODY + 1  # enough to see that a body is too large
PIECE = 64 * 1024
LINE = 8 * 1024
TRAILERS = 100
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
BLANK = b"\r\n"


class Intake:
    """What came so far; of a body that is too large, only the beginning."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self.stream = stream
        self.body = bytearray()

    def take(self, count: int) -> None:
        while count:
            piece = self.stream.read(min(count, PIECE))
            if not piece:
                raise invalid("The body is shorter than announced.")
            count -= len(piece)
            self.body += piece[: KEPT - len(self.body)]

    def line(self) -> bytes:
        line = self.stream.readline(LINE)
        if not line.endswith(b"\n"):
            raise invalid("A line of the chunked body has no end.")
        return line


def take_body(headers: Message, stream: BufferedIOBase) -> bytes:
    intake = Intake(stream)
    codings = headers.get_all("Transfer-Encoding", [])
    lengths = headers.get_all("Content-Length", [])
    if not codings:
        intake.take(_length(lengths))
    elif lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise invalid("The body must be chunked or have a length, and not both.")
    else:
        _take_chunks(intake)
    return bytes(intake.body)


def _length(lengths: list[str]) -> int:
    if not lengths:
        return 0
    length = whole_number(lengths[0].strip())
    if len(lengths) > 1 or length is None:
        raise invalid("'Content-Length' must be one whole number.")
    return length


def _take_chunks(intake: Intake) -> None:
    while length := _chunk_length(intake.line()):
        intake.take(length)
        if intake.line() != BLANK:
            raise invalid("A chunk is longer than announced.")
    for _ in range(TRAILERS):
        if intake.line() == BLANK:
            return
    raise invalid("The chunked body has too many trailers.")


def _chunk_length(line: bytes) -> int:
    match = CHUNK.fullmatch(line)
    if match is None:
        raise invalid("The length of a chunk must be hexadecimal.")
    return int(match[1], 16)
