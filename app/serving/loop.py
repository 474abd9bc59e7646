"""The loop of a process that serves, which looks at whom something is new of.

waitress's own asks each connection there is, for each thing that happens at any of
them, and is woken once more for each answer that is written already. Here those who
have changed are asked, and a thread that has nothing left to write wakes nobody.
Reference: https://docs.python.org/3/library/selectors.html
"""

import os
import select
from collections import deque
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Protocol

from waitress.wasyncore import readwrite


class Member(Protocol):
    """What waitress calls a dispatcher: a connection, or a socket that listens."""

    accepting: bool

    def readable(self) -> bool: ...

    def writable(self) -> bool: ...


class Loop(dict[int, Member]):
    """By the numbers of their files, those who belong to it, as waitress adds them.

    What they wait for is looked up once they joined, after something happened at them
    and where somebody says that they have changed. Who waits for more is told to the
    system at once. Who waits for less, only when it happens nevertheless: whoever is
    being answered mostly sends nothing meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = DefaultSelector()
        self._watched: dict[int, int] = {}
        self._changed: deque[int] = deque()
        self._ear, self._bell = os.pipe()
        for end in (self._ear, self._bell):
            os.set_blocking(end, False)
        self._selector.register(self._ear, EVENT_READ)

    def __setitem__(self, number: int, member: Member) -> None:
        self._watch(number, 0)  # whoever had the number before may be gone unheard
        super().__setitem__(number, member)
        self._changed.append(number)

    def __delitem__(self, number: int) -> None:
        super().__delitem__(number)
        self._watch(number, 0)

    def look_at(self, number: int, member: Member) -> None:
        """From any thread: it may wait for more than it did."""
        if _wanted(member) & ~self._watched.get(number, 0):
            self._changed.append(number)
            self.wake()

    def wake(self) -> None:
        """From any thread, or where a signal is handled."""
        with suppress(BlockingIOError):  # it is full of calls that were not heard yet
            os.write(self._bell, b"!")

    def turn(self, patience: float) -> None:
        """Waits for something to happen, for some seconds, and does what follows."""
        while self._changed:
            self._ask(self._changed.popleft())
        for key, events in self._selector.select(patience):
            if key.fd == self._ear:
                os.read(self._ear, 4096)
            else:
                self._happened(key.fd, events)

    def _happened(self, number: int, events: int) -> None:
        member = self.get(number)
        if member is None:
            return
        wanted = _wanted(member)
        if events & ~wanted:
            self._watch(number, wanted)
        readwrite(member, _flags(events & wanted))
        self._ask(number)

    def _ask(self, number: int) -> None:
        """Afterwards it is watched for whatever it waits for.

        A thread that changes it later than we ask finds what we watch for by then.
        """
        member = self.get(number)
        if member is not None:
            self._watch(number, self._watched.get(number, 0) | _wanted(member))

    def _watch(self, number: int, events: int) -> None:
        before = self._watched.get(number, 0)
        if events == before:
            return
        self._watched[number] = events
        try:
            if not events:
                self._selector.unregister(number)
            elif before:
                self._selector.modify(number, events)
            else:
                self._selector.register(number, events)
        except (KeyError, ValueError, OSError):  # it has gone meanwhile
            self._watched[number] = 0


def _wanted(member: Member) -> int:
    is_read, is_written = member.readable(), member.writable()
    return (EVENT_READ if is_read else 0) | (
        EVENT_WRITE if is_written and not member.accepting else 0
    )


def _flags(events: int) -> int:
    return (select.POLLIN if events & EVENT_READ else 0) | (
        select.POLLOUT if events & EVENT_WRITE else 0
    )
