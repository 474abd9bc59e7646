"""Whoever is slow costs nobody else anything, and has an end.

There are many more of them than threads: with a thread for each, nobody else would
be served while they last.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest

from tests.peer import Peer
from tests.serving.served import HEALTH, Probe, Served, is_closed, read, serving

CROWD = 30
"""Of each kind; there are eight threads."""

SECONDS = 2
"""That a request and an answer may take here, and silence."""

POST = b"POST /p/x/choose HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture(scope="module")
def served(
    session_peer: Peer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    session_peer.reset()
    times = {"arriving": SECONDS, "leaving": SECONDS, "silence": SECONDS}
    folder = tmp_path_factory.mktemp("slow")
    with serving(session_peer.url, folder, bounds=times) as served:
        yield served


@dataclass
class Drip:
    """Somebody who says one byte after another."""

    door: socket.socket
    said: bytes
    sent: int
    began: float
    heard: bytes = b""
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def drop(self) -> None:
        """One byte more, unless it is over."""
        if self.ended:
            return
        try:
            self.hear()
            self.door.send(self.said[self.sent : self.sent + 1])
            self.sent += 1
        except ConnectionError:
            self.ended = time.monotonic()
            with suppress(ConnectionError):
                self.hear()  # what was said before

    def hear(self) -> None:
        with suppress(BlockingIOError):
            data = self.door.recv(4096)
            self.heard += data
            if not data:
                self.ended = time.monotonic()


KINDS = {
    "head": (HEALTH[:-2] + b"X: " + b"a" * 1000, b"408"),
    "body": (POST + b"Content-Length: 1000\r\n\r\n" + b"a" * 1000, b"408"),
    "chunks": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + b"a" * 1000,
        b"408",
    ),
    "large body": (POST + b"Content-Length: 5000000\r\n\r\n" + b"a" * 1000, b"413"),
    "no body": (POST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", b"408"),
}
AT_ONCE = {"head": 10, "body": 80, "chunks": 85, "large body": 80, "no body": 90}
"""Bytes that are there at the beginning, so that each drips where it is to."""


def test_who_drips_is_cut_off_and_meanwhile_others_are_served(served: Served) -> None:
    with ExitStack() as doors:
        drips = {
            kind: [drip(served, doors, kind) for _ in range(CROWD)] for kind in KINDS
        }
        every = [drip for some in drips.values() for drip in some]
        with Probe(served) as probe:
            dripping(every, SECONDS + 20)

    assert probe.is_content, probe
    for kind, some in drips.items():
        assert all(b" %b " % KINDS[kind][1] in drip.heard for drip in some), kind
        assert all(drip.ended for drip in some), kind
    assert min(drip.seconds for drip in drips["body"]) > SECONDS * 0.9


def drip(served: Served, doors: ExitStack, kind: str) -> Drip:
    door = doors.enter_context(served.connect())
    said, count = KINDS[kind][0], AT_ONCE[kind]
    began = time.monotonic()
    door.sendall(said[:count])
    door.setblocking(False)
    return Drip(door, said, count, began)


def dripping(drips: list[Drip], seconds: float) -> None:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < deadline and not all(drip.ended for drip in drips):
        for each in drips:
            each.drop()
        pause.wait(0.1)


def test_who_says_nothing_is_let_go_without_a_word(served: Served) -> None:
    with ExitStack() as doors:
        silent = [doors.enter_context(served.connect()) for _ in range(CROWD)]
        kept = [asked(served, doors) for _ in range(CROWD)]
        with Probe(served) as probe:
            assert all(is_closed(door, SECONDS + 5) for door in [*silent, *kept])
    assert probe.is_content, probe


def asked(served: Served, doors: ExitStack) -> socket.socket:
    """A connection on which a question was answered."""
    door = doors.enter_context(served.connect())
    door.sendall(HEALTH)
    assert read(door).status == 200
    return door


def test_who_does_not_read_is_cut_off_and_meanwhile_others_are_served(
    served: Served,
) -> None:
    before = served.number("server_connections_cut_total", why="deaf")
    probe = Probe(served)
    with ExitStack() as doors:
        deaf = [doors.enter_context(small(served.port)) for _ in range(CROWD)]
        for door in deaf:
            with suppress(BlockingIOError):
                for _ in range(10):
                    door.sendall(served.page)
        with probe:
            assert all(is_cut(door) for door in deaf)
    assert probe.is_content, probe
    cut = served.number("server_connections_cut_total", why="deaf")
    assert cut - before >= CROWD


def small(port: int) -> socket.socket:
    """Somebody who takes little and reads nothing of it."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    door.connect(("127.0.0.1", port))
    door.setblocking(False)
    return door


def is_cut(door: socket.socket) -> bool:
    """By what the system says of it: nothing is read."""
    deadline, pause = time.monotonic() + SECONDS + 10, threading.Event()
    while time.monotonic() < deadline:
        if door.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return True
        pause.wait(0.05)
    return False


def test_an_answer_that_is_read_slowly_arrives_whole(served: Served) -> None:
    """Slower than it was written, and not too slow."""
    with small(served.port) as door:
        door.setblocking(True)
        door.sendall(served.page * 10)
        answers = [read(door) for _ in range(10)]
    assert {answer.status for answer in answers} == {200}
    assert {len(answer.body) for answer in answers} == {len(answers[0].body)}
