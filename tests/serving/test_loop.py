"""The loop that watches connections: whom it asks, and that nobody is forgotten."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from waitress.wasyncore import dispatcher

from app.serving.loop import Loop
from tests.peer import PATIENCE


class Member(dispatcher):  # type: ignore[misc]  # it has no types
    """An end of a pair, which counts how often it was asked what it waits for."""

    def __init__(self, loop: Loop, door: socket.socket) -> None:
        self.asked = 0
        self.is_busy = False
        self.to_send = b""
        self.heard: list[bytes] = []
        super().__init__(door, loop)
        self.connected = True

    def readable(self) -> bool:
        self.asked += 1
        return not self.is_busy

    def writable(self) -> bool:
        return bool(self.to_send)

    def handle_read(self) -> None:
        data = self.recv(100)
        if data:
            self.heard.append(data)

    def handle_write(self) -> None:
        self.to_send = self.to_send[self.send(self.to_send) :]


Pair = tuple[Member, socket.socket]


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def pairs(loop: Loop) -> Iterator[list[Pair]]:
    with ExitStack() as doors:
        made = []
        for _ in range(50):
            ours, theirs = map(doors.enter_context, socket.socketpair())
            theirs.settimeout(PATIENCE)
            made.append((Member(loop, ours), theirs))
        loop.turn(0)
        yield made


def test_only_those_are_asked_of_whom_something_is_new(
    loop: Loop, pairs: list[Pair]
) -> None:
    before = [member.asked for member, _ in pairs]
    (member, theirs), *others = pairs
    for _ in range(20):
        theirs.send(b"here")
        loop.turn(PATIENCE)

    assert member.heard == [b"here"] * 20
    assert [other.asked for other, _ in others] == before[1:]


def test_whoever_has_to_write_does_when_there_is_room(
    loop: Loop, pairs: list[Pair]
) -> None:
    member, theirs = pairs[0]
    member.to_send = b"x" * 10_000_000
    loop.look_at(member.socket.fileno(), member)
    received = 0
    while received < 10_000_000:
        loop.turn(PATIENCE)
        received += len(theirs.recv(1_000_000))

    assert not member.to_send


def test_what_comes_while_nobody_reads_is_read_later_and_wakes_once(
    loop: Loop, pairs: list[Pair]
) -> None:
    """While a request is answered, the next one waits in the system."""
    member, theirs = pairs[0]
    member.is_busy = True
    theirs.send(b"early")
    loop.turn(PATIENCE)
    asked = member.asked
    loop.turn(0.01)
    assert not member.heard
    assert member.asked == asked

    member.is_busy = False
    loop.look_at(member.socket.fileno(), member)
    loop.turn(PATIENCE)
    assert member.heard == [b"early"]


def test_a_thread_wakes_the_loop_only_for_what_is_not_watched(
    loop: Loop, pairs: list[Pair]
) -> None:
    member, theirs = pairs[0]
    number = member.socket.fileno()
    loop.look_at(number, member)  # it reads, as is known
    loop.turn(0)
    assert not member.heard

    member.to_send = b"there"
    waking = threading.Timer(0.05, loop.look_at, (number, member))
    waking.start()
    loop.turn(PATIENCE)
    loop.turn(PATIENCE)
    assert theirs.recv(100) == b"there"
    waking.join()


def test_one_who_left_is_watched_no_more_nor_taken_for_who_comes_next(
    loop: Loop, pairs: list[Pair]
) -> None:
    member, theirs = pairs[0]
    number = member.socket.fileno()
    theirs.close()
    loop.turn(PATIENCE)
    assert number not in loop

    ours, other = socket.socketpair()
    with ours, other:
        next_one = Member(loop, ours)
        assert ours.fileno() in loop
        loop.look_at(number, member)  # a thread that has not heard of it
        loop.turn(0)
        other.send(b"new")
        loop.turn(PATIENCE)
        assert next_one.heard == [b"new"]
        assert not member.heard


def test_a_number_is_watched_again_when_its_file_went_unheard(
    loop: Loop, pairs: list[Pair]
) -> None:
    """A thread may close one while the loop looks at it."""
    member, _ = pairs[0]
    number = member.socket.fileno()
    member.socket.close()
    ours, other = socket.socketpair()
    with ours, other:
        assert ours.fileno() == number
        next_one = Member(loop, ours)
        loop.turn(0)
        other.send(b"new")
        loop.turn(0.5)
        assert next_one.heard == [b"new"]
