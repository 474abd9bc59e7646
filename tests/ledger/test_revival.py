"""Whatever ends the thread that delivers, another does; it shows whether it lives."""

import threading
from functools import partial

import pytest
from structlog.testing import capture_logs

from app.delivery import Delivery
from app.parts import Parts
from app.preferences.choice import Choice, State
from app.workers import Workers
from tests.ledger.acts import MINUTE, OFF, SAM, Books, eventually

TOPIC = "KINJO13Q6S287RAM6WZLFRIE5S51"
FAULTS = [MemoryError, SystemExit, RuntimeError, KeyboardInterrupt]


class Falling(Delivery):
    """Raises what it is told, once at each place it is told; else it delivers."""

    def __init__(self, other: Delivery, fault: type[BaseException], *at: str) -> None:
        vars(self).update(vars(other))
        self._fault = fault
        self._at = list(at)

    def due(self, limit: int) -> list[Choice]:
        self._fall("due")
        return super().due(limit)

    def deliver(self, choice: Choice) -> None:
        self._fall("deliver")
        super().deliver(choice)

    def chores(self) -> None:
        self._fall("chores")

    def _fall(self, place: str) -> None:
        if place in self._at:
            self._at.remove(place)
            raise self._fault


def is_delivered(books: Books, choice: Choice) -> bool:
    return books.state(choice) is State.DELIVERED


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_ends_delivery(
    parts: Parts, books: Books, fault: type[BaseException]
) -> None:
    """Neither while it looks for what is due, nor while it delivers, nor a chore."""
    delivery = Falling(parts.delivery, fault, "due", "deliver", "deliver", "chores")
    waiting = [books.wait(OFF, TOPIC, type(SAM)(f"user {n}")) for n in range(6)]
    books.clock.seconds += MINUTE
    workers = Workers(delivery, 1, delivery.chores)
    with capture_logs() as told:
        workers.start()
        try:
            done = [partial(is_delivered, books, choice) for choice in waiting]
            assert eventually(lambda: sum(is_so() for is_so in done) >= 4, 20)
            assert workers.is_alive
        finally:
            workers.stop()

    events = [line["event"] for line in told]
    assert events.count("delivery_fell") + events.count("claim_failed") == 1
    assert events.count("delivery_failed") == 3
    assert not workers.is_alive


def test_a_thread_that_could_not_begin_begins_later(parts: Parts) -> None:
    """The system had none to give, as in a container with few."""
    workers = Workers(parts.delivery, 1, lambda: None)
    size = threading.stack_size(2**40)
    try:
        with capture_logs() as told:
            workers.start()
    finally:
        threading.stack_size(size)
    lives = [workers.is_alive]
    workers.keep()
    lives.append(workers.is_alive)
    workers.stop()
    workers.keep()
    lives.append(workers.is_alive)

    assert [line["event"] for line in told] == ["delivery_not_begun"]
    assert lives == [False, True, False]
