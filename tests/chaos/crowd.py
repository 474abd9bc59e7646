"""The crowd: people who choose, each at one topic at a time, and what they were told.

A form is sent as htmx sends it. Whoever is told nothing tries the same once more or
changes their mind, with the form as it stands, as people do.
"""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from tests.chaos.forms import Form, Unreadable, forms
from tests.chaos.verdict import Answer, Choice, Record, State

HEADERS = {
    "HX-Request": "true",
    "Content-Type": "application/x-www-form-urlencoded",
    "Connection": "close",
}
PATIENCE = 30.0
"""Seconds that somebody waits for an answer; longer than a page's script would."""

ANSWERS = {HTTPStatus.OK: Answer.SAVED, HTTPStatus.ACCEPTED: Answer.KEPT}
REFUSALS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


Span = tuple[float, float]
"""When it was asked, and when answered."""


class Unsent(Exception):
    """Nobody listens: not a byte was sent, so there was no choice."""


class Broken(Exception):
    """The connection broke: nobody can say what became of the request."""


def request(
    port: int, method: str, path: str, body: str | None = None
) -> tuple[int, str]:
    """A request on a connection of its own, so that a refused one sent nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        try:
            connection.connect()
        except OSError as fault:
            raise Unsent from fault
        try:
            connection.request(method, path, body, HEADERS)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as fault:
            raise Broken from fault
    finally:
        connection.close()


@dataclass
class Person:
    """One recipient at one topic; used by one thread."""

    record: Record
    form: Form
    chance: random.Random
    memory: frozenset[str] | None
    """The channels that a topic has when on, be it off now; None if in doubt."""
    in_doubt: bool = False
    retried: State | None = None

    def wish(self) -> State:
        """What to send: channels only where boxes are touched."""
        if self.in_doubt and self.retried and self.chance.random() < 1 / 2:
            return self.retried
        if self.chance.random() < 1 / 2 or len(self.form.offered) < 2:
            return State(not self.form.is_on)
        return State(True, self._other_channels())

    def _other_channels(self) -> frozenset[str]:
        offered = self.form.offered
        while True:
            some = self.chance.sample(offered, self.chance.randint(1, len(offered)))
            if frozenset(some) != self.form.ticked:
                return frozenset(some)

    def hear(self, wish: State, status: int, html: str, span: Span) -> None:
        """Takes an answer in; what cannot be read leaves the form as it was."""
        answer = ANSWERS.get(HTTPStatus(status), Answer.FAILED)
        answer = Answer.REFUSED if status in REFUSALS else answer
        try:
            form = self.form.after(html)
        except Unreadable:
            form = self.form.failed(wish)
            answer = Answer.UNREADABLE if answer.is_told else answer
        expected = self._expected(wish)
        self.form = form
        if not answer.is_told:
            self._told_nothing(wish, expected, answer, span)
            return
        is_overruled = not self.in_doubt and not form.shown.fits(expected)
        state = self._learned(form, expected)
        choice = Choice(state, answer, *span, is_overruled=is_overruled)
        self.record.choices.append(choice)
        self.in_doubt = False

    def hear_nothing(self, wish: State, span: Span) -> None:
        self.form = self.form.failed(wish)
        self._told_nothing(wish, self._expected(wish), Answer.UNTOLD, span)

    def _told_nothing(
        self, wish: State, expected: State, answer: Answer, span: Span
    ) -> None:
        self.record.choices.append(Choice(expected, answer, *span))
        self.in_doubt, self.retried = True, wish
        if wish.channels is not None:
            self.memory = None

    def _expected(self, wish: State) -> State:
        channels = self.memory if wish.channels is None else wish.channels
        return State(wish.is_on, channels)

    def _learned(self, form: Form, expected: State) -> State:
        if form.is_on:
            self.memory = form.ticked
            return State(True, form.ticked)
        if self.in_doubt or expected.is_on:
            self.memory = None
        return State(False, self.memory)


@dataclass
class Crowd:
    """All people, dealt to threads; each thread its own people and its own chance."""

    ports: Sequence[int]
    people: list[Person]
    threads: int
    seed: int
    sent: Counter[str] = field(default_factory=Counter)
    """Posts per state of the connection."""

    def choose_until(self, is_over: Callable[[], bool]) -> None:
        with ThreadPoolExecutor(self.threads) as pool:
            shares = [self.people[n :: self.threads] for n in range(self.threads)]
            tasks = [
                pool.submit(self._share, number, share, is_over)
                for number, share in enumerate(shares)
            ]
            for task in tasks:
                task.result()

    @property
    def choices(self) -> int:
        return sum(len(person.record.choices) for person in self.people)

    def _share(
        self, number: int, people: list[Person], is_over: Callable[[], bool]
    ) -> None:
        """Round after round, a few choices of each, until it is over."""
        chance = random.Random(f"{self.seed} share {number}")  # noqa: S311
        pause = threading.Event()
        while not is_over():
            for person in people:
                for _ in range(chance.choice((1, 2, 2, 3, 5))):
                    is_heard = self._choose(person, chance)
                    longest = 0.2 if is_heard and not person.in_doubt else 1.0
                    pause.wait(chance.uniform(0.03, longest))
                if is_over():
                    return

    def _choose(self, person: Person, chance: random.Random) -> bool:
        """One post, to whichever app listens, as behind a load balancer."""
        wish = person.wish()
        body = urlencode(person.form.fields(wish))
        for port in chance.sample(self.ports, len(self.ports)):
            asked = time.time()
            try:
                status, html = request(port, "POST", person.form.action, body)
            except Unsent:
                self.sent["unsent"] += 1
                continue
            except Broken:
                person.hear_nothing(wish, (asked, time.time()))
            else:
                self.sent[str(status)] += 1
                person.hear(wish, status, html, (asked, time.time()))
            return True
        return False


def people_of(
    user: str, page: str, offered: Mapping[str, frozenset[str]], seed: int
) -> list[Person]:
    """A recipient at each of some topics, as the page shows them for the first time.

    `offered` are the channels of each: a topic that is off need not show them.
    """
    found = forms(page)
    return [_person(user, found[topic], all_, seed) for topic, all_ in offered.items()]


def _person(user: str, form: Form, memory: frozenset[str], seed: int) -> Person:
    record = Record(user, form.topic, State(form.is_on, memory))
    chance = random.Random(f"{seed} {user} {form.topic}")  # noqa: S311
    return Person(record, form, chance, memory)
