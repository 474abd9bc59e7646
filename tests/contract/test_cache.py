"""The cache of what is the same for everybody: fresh, stale, fetched once for all."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from app.courier.cache import FRESH, KEPT, RETRY, STALE, StaleCache
from app.courier.errors import AccessDenied, Unavailable
from tests.peer import PATIENCE


@dataclass
class Source:
    """What is fetched: the number of the fetch, or a fault."""

    fault: Exception | None = None
    keys: list[str] = field(default_factory=list)

    def fetch(self, key: str) -> int:
        self.keys.append(key)
        if self.fault:
            raise self.fault
        return len(self.keys)

    @property
    def count(self) -> int:
        return len(self.keys)


@dataclass
class House:
    """A cache with a clock that stands still and background work that waits."""

    source: Source = field(default_factory=Source)
    now: float = 1000.0
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache = StaleCache(
            self.source.fetch, monotonic=lambda: self.now, spawn=self.waiting.append
        )

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop()()


@pytest.fixture
def house() -> House:
    return House()


def test_what_is_fresh_is_not_fetched_again(house: House) -> None:
    assert house.cache.get("a") == 1
    house.now += FRESH - 0.1
    assert house.cache.get("a") == 1
    assert (house.source.count, house.waiting) == (1, [])


def test_what_is_older_is_served_at_once_and_fetched_in_the_background_once(
    house: House,
) -> None:
    house.cache.get("a")
    house.now += FRESH
    assert [house.cache.get("a") for _ in range(5)] == [1] * 5
    assert (house.source.count, len(house.waiting)) == (1, 1)
    house.work()
    assert (house.cache.get("a"), house.source.count) == (2, 2)


def test_a_background_fetch_makes_it_fresh_again(house: House) -> None:
    house.cache.get("a")
    house.now += FRESH
    house.cache.get("a")
    house.work()
    house.now += FRESH - 0.1
    house.cache.get("a")
    assert house.waiting == []


def test_while_courier_fails_the_stale_one_serves_for_a_day(house: House) -> None:
    house.cache.get("a")
    house.source.fault = Unavailable("down")
    for _ in range(24 * 4):
        house.now += STALE / (24 * 4)
        assert house.cache.get("a") == 1
        house.work()


def test_while_courier_fails_it_is_asked_only_every_few_seconds(house: House) -> None:
    house.cache.get("a")
    house.source.fault = Unavailable("down")
    house.now += FRESH
    for _ in range(100):
        house.cache.get("a")
        house.work()
        house.now += RETRY / 10
    assert house.source.count == 1 + 10


def test_what_courier_refuses_serves_on_as_well(house: House) -> None:
    house.cache.get("a")
    house.source.fault = AccessDenied(401, "wrong key")
    house.now += FRESH
    house.cache.get("a")
    house.work()
    assert house.cache.get("a") == 1


def test_what_is_older_than_a_day_is_not_served(house: House) -> None:
    house.cache.get("a")
    house.source.fault = Unavailable("down")
    house.now += STALE + 1
    with pytest.raises(Unavailable):
        house.cache.get("a")
    assert house.cache.peek("a") is None


def test_what_is_older_than_a_day_is_fetched_while_the_caller_waits(
    house: House,
) -> None:
    house.cache.get("a")
    house.now += STALE + 1
    assert house.cache.get("a") == 2


def test_a_first_failure_is_not_remembered(house: House) -> None:
    house.source.fault = Unavailable("down")
    with pytest.raises(Unavailable):
        house.cache.get("a")
    house.source.fault = None
    assert house.cache.get("a") == 2


def test_peeking_never_asks(house: House) -> None:
    assert house.cache.peek("a") is None
    house.cache.get("a")
    house.now += STALE
    assert house.cache.peek("a") == 1
    assert (house.source.count, house.waiting) == (1, [])


def test_each_key_has_its_own_entry(house: House) -> None:
    assert [house.cache.get(key) for key in "abab"] == [1, 2, 1, 2]
    assert house.source.keys == ["a", "b"]


def test_the_entry_unused_for_the_longest_time_makes_room(house: House) -> None:
    for number in range(KEPT):
        house.cache.get(str(number))
    house.cache.get("0")
    house.cache.get("one more")
    assert house.cache.peek("0") == 1
    assert house.cache.peek("1") is None
    assert house.cache.peek("2") == 3


class Gate:
    """A fetch that does not return before the test lets it."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.count = fault, 0
        self.entered, self.opened = threading.Event(), threading.Event()

    def fetch(self, _key: str) -> int:
        self.count += 1
        self.entered.set()
        assert self.opened.wait(PATIENCE)
        if self.fault:
            raise self.fault
        return 42


def crowd(gate: Gate, size: int = 8) -> list[Future[int]]:
    """All ask for one key at once; the gate opens when all of them wait."""
    cache, idents = StaleCache(gate.fetch), set[int]()

    def ask() -> int:
        idents.add(threading.get_ident())
        return cache.get("a")

    with ThreadPoolExecutor(size) as threads:
        answers = [threads.submit(ask)]
        assert gate.entered.wait(PATIENCE)
        answers += [threads.submit(ask) for _ in range(size - 1)]
        until_all_wait(idents, size)
        gate.opened.set()
    return answers


def until_all_wait(idents: set[int], size: int) -> None:
    """Each of them is seen within the wait of an event or a future."""
    pause = threading.Event()
    for _ in range(int(PATIENCE * 1000)):
        frames = sys._current_frames()  # noqa: SLF001  there is no public way
        names = [frames[i].f_code.co_name for i in tuple(idents) if i in frames]
        if len(names) == size and set(names) == {"wait"}:
            return
        pause.wait(0.001)
    pytest.fail("not all of them came to wait")


def test_a_first_fetch_is_made_once_for_all_who_ask() -> None:
    gate = Gate()
    assert [answer.result() for answer in crowd(gate)] == [42] * 8
    assert gate.count == 1


@pytest.mark.parametrize("fault", [Unavailable("down"), ValueError("a bug")])
def test_all_who_wait_are_told_the_same_failure(fault: Exception) -> None:
    gate = Gate(fault)
    told = [answer.exception() for answer in crowd(gate)]
    assert told == [fault] * 8
    assert gate.count == 1


def test_the_background_is_a_thread_of_its_own() -> None:
    done = threading.Event()
    times, where = [0.0], list[int]()

    def fetch(_key: str) -> int:
        where.append(threading.get_ident())
        if len(where) > 1:
            done.set()
        return len(where)

    cache = StaleCache(fetch, monotonic=lambda: times[-1])
    cache.get("a")
    times.append(FRESH)
    cache.get("a")
    assert done.wait(PATIENCE)
    assert where[0] == threading.get_ident() != where[1]
