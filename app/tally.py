"""What happens in a process, told to whoever counts it.

The parts tell it what happens and know nobody who listens. What is remembered says how
things stand: whether Courier answered last, and when the delivery loop last came round.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeVar

from app import errand

K = TypeVar("K")
V = TypeVar("V")


class Word(StrEnum):
    """What came of a call to Courier."""

    OK = "ok"
    UNAVAILABLE = "unavailable"
    DENIED = "denied"
    NOT_ON_PLAN = "not_on_plan"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class Listener(Protocol):
    """Counts what happens. No argument names a person."""

    def called(self, call: str, word: Word, seconds: float) -> None: ...

    def shown(self, state: str) -> None: ...

    def chosen(self, door: str, outcome: str) -> None: ...

    def attempted(self, outcome: str) -> None: ...

    def honored(self, seconds: float) -> None: ...

    def opened(self, scope: str, age: float) -> None: ...

    def fetched(self, cache: str, at: float) -> None: ...

    def failed(self, fault: str) -> None: ...

    def came_round(self, at: float) -> None: ...


class Tally:
    """`now` gives seconds since 1970, `monotonic` seconds since whenever."""

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self.listeners: list[Listener] = []
        #: What came of the last call to Courier that says how Courier is.
        self.last_word: Word | None = None
        #: Whether Courier ever let this process in.
        self.was_let_in = False
        self._round_at: float | None = None

    def called(
        self, call: str, word: Word, seconds: float, *, is_extra: bool = False
    ) -> None:
        """`is_extra`: to be denied it says nothing of the key."""
        if is_extra and word is Word.DENIED:
            word = Word.REFUSED
        self.last_word = word
        self.was_let_in |= word not in (Word.DENIED, Word.UNAVAILABLE)
        asking = errand.current()
        if asking:
            asking.called(seconds)
        for listener in self.listeners:
            listener.called(call, word, seconds)

    def shown(self, state: str) -> None:
        """Preferences were shown: as Courier says, as last known, or not at all."""
        for listener in self.listeners:
            listener.shown(state)

    def chosen(self, door: str, outcome: str) -> None:
        """A choice on one topic, and what came of it."""
        asking = errand.current()
        if asking:
            asking.chosen(door, outcome)
        for listener in self.listeners:
            listener.chosen(door, outcome)

    def attempted(self, outcome: str) -> None:
        """A delivery to Courier was tried, at once or later."""
        for listener in self.listeners:
            listener.attempted(outcome)

    def honored(self, since: float) -> None:
        """Courier took what turns something off, chosen then."""
        for listener in self.listeners:
            listener.honored(max(self._now() - since, 0.0))

    def opened(self, scope: str, minted_at: float) -> None:
        """A genuine link was opened."""
        age = max(self._now() - minted_at, 0.0)
        for listener in self.listeners:
            listener.opened(scope, age)

    def failed(self, fault: str) -> None:
        """The ledger did not do what it was asked."""
        for listener in self.listeners:
            listener.failed(fault)

    def fetching(self, cache: str, fetch: Callable[[K], V]) -> Callable[[K], V]:
        """The same, telling when Courier gave what the cache then keeps."""

        def fetch_and_tell(key: K) -> V:
            value = fetch(key)
            for listener in self.listeners:
                listener.fetched(cache, self._now())
            return value

        return fetch_and_tell

    def came_round(self) -> None:
        """The delivery loop has looked for what is due."""
        self._round_at = self._monotonic()
        for listener in self.listeners:
            listener.came_round(self._now())

    @property
    def since_round(self) -> float | None:
        """Seconds since then; None where this process has no such loop."""
        if self._round_at is None:
            return None
        return self._monotonic() - self._round_at
