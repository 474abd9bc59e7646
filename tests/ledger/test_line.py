"""Whoever lines up is served in turn, and nobody twice at once."""

import threading
import time
from collections.abc import Callable

from app.ledger.line import Line
from tests.peer import PATIENCE


def begun(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def await_waiting(line: Line, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(line) != count:
        assert time.monotonic() < deadline


def test_whoever_came_first_is_first() -> None:
    line, served = Line(), list[int]()
    assert line.enter(PATIENCE)

    def wait(number: int) -> None:
        assert line.enter(PATIENCE)
        served.append(number)
        line.leave()

    threads = []
    for number in range(20):
        threads.append(begun(lambda n=number: wait(n)))  # type: ignore[misc]
        await_waiting(line, number + 1)
    line.leave()
    for thread in threads:
        thread.join(PATIENCE)

    assert served == list(range(20))
    assert line.enter(0)


def test_who_leaves_gives_the_turn_away_before_it_can_take_it_again() -> None:
    line = Line()
    assert line.enter(PATIENCE)
    other = begun(lambda: assert_entered(line))
    await_waiting(line, 1)
    line.leave()

    assert not line.enter(0)
    other.join(PATIENCE)
    line.leave()
    assert line.enter(0)


def assert_entered(line: Line) -> None:
    assert line.enter(PATIENCE)


def test_whoever_gives_up_is_passed_over() -> None:
    line, told = Line(), list[bool]()
    assert line.enter(PATIENCE)
    gave_up = begun(lambda: told.append(line.enter(0.05)))
    gave_up.join(PATIENCE)
    assert told == [False]
    assert len(line) == 0

    line.leave()
    assert line.enter(0)


def test_there_is_one_at_a_time() -> None:
    line, inside, most = Line(), list[int](), list[int]()

    def visit() -> None:
        for _ in range(200):
            assert line.enter(PATIENCE)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            line.leave()

    for thread in [begun(visit) for _ in range(8)]:
        thread.join(PATIENCE)

    assert len(most) == 1600
    assert set(most) == {1}
