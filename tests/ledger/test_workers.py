"""The threads that deliver: they drain, they survive faults, they finish."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import text

from app.delivery import Delivery
from app.parts import Outside, Parts
from app.preferences.choice import Choice, Draft, State
from app.workers import CHORES, PAUSE, Workers
from tests.conftest import Clock
from tests.ledger.acts import (
    ADA,
    MINUTE,
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    eventually,
)
from tests.peer import PATIENCE, Peer

MANY = 60


def nothing() -> None:
    """There are no chores."""


class Held(Delivery):
    """Tells that it is about to deliver, and holds it till opened."""

    def __init__(self, other: Delivery) -> None:
        vars(self).update(vars(other))
        self.reached = threading.Event()
        self.opened = threading.Event()

    def deliver(self, choice: Choice) -> None:
        self.reached.set()
        self.opened.wait(PATIENCE)
        super().deliver(choice)


@contextmanager
def working(parts: Parts, count: int = 4, pause: float = PAUSE) -> Iterator[Workers]:
    workers = Workers(parts.delivery, count, nothing, pause=pause)
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


@pytest.fixture
def topics(topic_ids: dict[str, str]) -> list[str]:
    names = ["Due dates", "Payment reminders", "Invoice receipts"]
    return [topic_ids[name] for name in names]


def pending(books: Books) -> int:
    return books.queue.backlog().pending


def test_dozens_of_choices_drain(
    parts: Parts, books: Books, peer: Peer, topics: list[str]
) -> None:
    drafts = [Draft(topic, "", WAS_ON, OFF) for topic in topics]
    people = [type(SAM)(f"user {n}") for n in range(MANY // len(topics))]
    for person in people:
        books.ledger.record(person, drafts, TRACE)
    books.queue.settle([])
    books.clock.seconds += MINUTE

    with working(parts):
        assert eventually(lambda: pending(books) == 0, 60)

    assert len(peer.writes()) == MANY
    ends = {choice.state for p in people for choice in books.ledger.history(p)}
    assert ends == {State.DELIVERED}


def test_two_crews_share_the_work_and_do_nothing_twice(
    parts: Parts, books: Books, peer: Peer, outside: Outside, topics: list[str]
) -> None:
    waiting = [books.wait(OFF, topics[0], type(SAM)(f"user {n}")) for n in range(20)]
    books.clock.seconds += MINUTE

    with working(parts, 2), working(parts, 2):
        assert eventually(lambda: pending(books) == 0, 60)

    assert sorted(path for _, path, _ in peer.writes()) == sorted(
        f"/users/user%20{n}/preferences/{topics[0]}" for n in range(len(waiting))
    )
    assert outside.now() == books.clock()


def test_stopping_finishes_what_is_in_flight(
    parts: Parts, books: Books, topics: list[str]
) -> None:
    choice = books.wait(OFF, topics[0], SAM)
    books.clock.seconds += MINUTE
    held = Held(parts.delivery)
    workers = Workers(held, 1, nothing)
    workers.start()
    assert held.reached.wait(PATIENCE)
    stopping = threading.Thread(target=workers.stop)
    stopping.start()
    assert books.row(choice)["lease"]
    assert stopping.is_alive()
    held.opened.set()
    stopping.join(PATIENCE)

    assert books.state(choice) is State.DELIVERED


def test_who_was_stopped_takes_on_nothing_new(
    parts: Parts, books: Books, topics: list[str]
) -> None:
    with working(parts):
        pass
    books.wait(OFF, topics[0], SAM)
    books.clock.seconds += MINUTE

    assert pending(books) == 1
    assert not [t for t in threading.enumerate() if t.name.startswith("deliver")]


def test_a_fault_in_one_delivery_stops_no_other(
    parts: Parts, books: Books, peer: Peer, topics: list[str]
) -> None:
    """A row that cannot be understood, as by a hand in the database."""
    broken = books.wait(OFF, "broken", ADA)
    later = [books.wait(ON, topic, SAM) for topic in topics]
    with books.database.recording() as connection:
        statement = text("UPDATE choices SET topic_id = '', due_at = 0 WHERE id = :id")
        connection.execute(statement, {"id": broken.id})
    books.clock.seconds += MINUTE

    with working(parts, 2):
        done = partial(_all_delivered, books, later)
        assert eventually(done)

    assert books.state(broken) in (State.PENDING, State.REFUSED)
    assert peer.writes()


def test_a_row_that_cannot_be_read_stops_no_other(
    parts: Parts, books: Books, topics: list[str]
) -> None:
    broken = books.wait(OFF, "broken", ADA)
    later = [books.wait(ON, topic, SAM) for topic in topics]
    with books.database.recording() as connection:
        statement = text("UPDATE choices SET before = '{', due_at = 0 WHERE id = :id")
        connection.execute(statement, {"id": broken.id})
    books.clock.seconds += MINUTE

    with working(parts, 2):
        done = partial(_all_delivered, books, later)
        assert eventually(done)


def _all_delivered(books: Books, choices: list[Choice]) -> bool:
    return all(books.state(choice) is State.DELIVERED for choice in choices)


def test_what_was_left_for_later_wakes_them(
    parts: Parts, books: Books, peer: Peer, topics: list[str]
) -> None:
    """Or they would rest for an hour."""
    with working(parts, 1, pause=3600.0):
        for n in range(5):
            books.choose(ON, topics[0], SAM)
            waiting = books.choose(OFF, topics[0], SAM)
            books.clock.seconds += MINUTE
            parts.delivery.postpone([waiting])
            done = partial(_all_delivered, books, [waiting])
            assert eventually(done), n
    assert peer.writes()


def test_without_hands_nothing_is_sent_and_what_is_feared_is_noted(
    parts: Parts, books: Books, peer: Peer, topics: list[str]
) -> None:
    """Where others deliver, nobody else knows what was sent without the ledger."""
    draft = Draft(topics[0], "", WAS_ON, OFF)
    waiting = books.wait(OFF, topics[1], SAM)
    books.clock.seconds += MINUTE

    with working(parts, 0):
        parts.delivery.fear(Choice(0, "", 0.0, SAM, draft, TRACE))
        assert eventually(lambda: len(books.ledger.history(SAM)) > 1)

    assert books.state(waiting) is State.PENDING
    assert peer.writes() == []


def test_chores_are_done_at_the_start_and_their_faults_stop_nothing(
    parts: Parts, books: Books, topics: list[str]
) -> None:
    done = threading.Event()

    def chores() -> None:
        done.set()
        raise ValueError("a chore")

    choice = books.wait(OFF, topics[0], SAM)
    books.clock.seconds += MINUTE
    workers = Workers(parts.delivery, 1, chores)
    workers.start()

    assert eventually(partial(_all_delivered, books, [choice]))
    assert done.wait(PATIENCE)
    workers.stop()


def test_chores_are_done_now_and_then_and_not_at_every_turn(
    parts: Parts, clock: Clock
) -> None:
    done: list[float] = []
    workers = Workers(parts.delivery, 1, lambda: done.append(clock()), clock)
    workers.start()
    assert eventually(lambda: bool(done))
    pause = threading.Event()
    for _ in range(1200):
        parts.delivery.woken()
        pause.wait(0.001)
    first = len(done)
    clock.seconds += CHORES
    parts.delivery.woken()

    assert eventually(lambda: len(done) == 2)
    workers.stop()
    assert first == 1
