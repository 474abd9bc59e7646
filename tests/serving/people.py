"""People who open pages and choose, one request after another, and what they met."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.chaos.forms import Form, forms
from tests.chaos.verdict import State
from tests.house.test_cli import SECRET
from tests.peer import PATIENCE
from tests.serving.served import GET, Answer, Served, eventually, read

KEPT, FRESH = 4, 4
"""Those with a connection that is kept, and those with a new one each time."""

THOUGHT = 0.02
"""Seconds between an answer and the next request."""

TOPIC = "8JSLMBZEW3B6OA0II87698YTZRB5"
"""One that may be turned off."""


@dataclass
class Crowd:
    """A steady load of pages and choices, and what it came to."""

    port: int
    forms: list[Form]
    answered: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator[None]:
        acts = [self._keep] * KEPT + [self._renew] * FRESH
        threads = [
            threading.Thread(target=act, args=(n,)) for n, act in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        self._threads = threads
        try:
            yield
        finally:
            self.go()

    def go(self) -> None:
        """They have had enough, once each has its answer."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def has_answers(self, more: int = 40) -> bool:
        """Returns once that many more are there."""
        wanted = self.answered + more
        return eventually(lambda: self.answered >= wanted)

    def said(self, number: int) -> bytes:
        """Half of them choose, one after the other to and fro."""
        form = self.forms[number]
        if number % 2:
            return GET % (form.action.rpartition("/topics/")[0].encode(), b"")
        body = urlencode(form.fields(State(not form.is_on))).encode()
        head = [
            f"POST {form.action} HTTP/1.1",
            "Host: here",
            "HX-Request: true",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body

    def _keep(self, number: int) -> None:
        """As a browser does, who goes on until told to close."""
        while not self._over.is_set():
            with self._door() as door:
                while door and not self._over.is_set():
                    if is_gone(door) or not self._ask(door, number):
                        break

    def _renew(self, number: int) -> None:
        while not self._over.is_set():
            with self._door() as door:
                if door:
                    self._ask(door, number)

    @contextmanager
    def _door(self) -> Iterator[socket.socket | None]:
        """None where nobody listens: not a byte was said."""
        try:
            door = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        except ConnectionRefusedError:
            with self._lock:
                self.refused += 1
            self._over.wait(0.05)
            yield None
            return
        with door:
            yield door

    def _ask(self, door: socket.socket, number: int) -> bool:
        """Whether another request may follow."""
        answer = Answer(0, "", b"")
        try:
            door.sendall(self.said(number))
            answer = read(door)
        except OSError as fault:
            self.lost.append(repr(fault))
        self._over.wait(THOUGHT)
        with self._lock:
            if answer.status in (200, 429):
                self.answered += 1
            else:
                self.lost.append(repr(answer))
        if answer.status == 200 and number % 2 == 0:
            self.forms[number] = self.forms[number].after(answer.body.decode())
        return answer.status > 0 and "connection: close" not in answer.head.lower()


def is_gone(door: socket.socket) -> bool:
    """As whoever keeps a connection looks before they use it again."""
    door.setblocking(False)
    try:
        return not door.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        door.settimeout(PATIENCE)


def crowd(served: Served) -> Crowd:
    """Each of them is somebody else, so that none is in another's way."""
    pages = (f"/p/{token(f'user {number}')}" for number in range(KEPT + FRESH))
    answers = [served.ask(GET % (page.encode(), b"")) for page in pages]
    every = [forms(answer.body.decode())[TOPIC] for answer in answers]
    return Crowd(served.port, every)


def token(user_id: str, secret: str = SECRET) -> str:
    return Links([secret]).mint(Scope.PREFERENCES, Recipient(user_id))


@contextmanager
def people_at(served: Served) -> Iterator[Crowd]:
    people = crowd(served)
    with people.running():
        assert people.has_answers()
        yield people
