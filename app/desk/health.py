"""How the deliveries are: what waits, what failed, how soon an unsubscribe holds.

Raises nothing: what cannot be read now is None, so that nobody takes it for nothing.
What is counted over days is counted once a minute, whoever asks.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

from app.courier.cache import FRESH, StaleCache
from app.courier.errors import Unavailable
from app.ledger.answers import Answers
from app.ledger.errors import LedgerDown
from app.ledger.figures import Figures
from app.ledger.queue import Backlog, Queue
from app.ledger.trail import Trail
from app.outcome import Trouble
from app.preferences.staff import Agent, Entry, Kind
from app.preferences.trail import Line, OffDay

DAY = 24 * 60 * 60.0
OFF_DAYS, FAILED_DAYS, HONORED_DAYS = 14, 7, 7

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Honored:
    """Seconds from an unsubscribe to Courier's acceptance: of how many, and how long.

    All but one in twenty were sooner than `most`.
    """

    count: int
    middle: float
    most: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Canary:
    """The last trial unsubscribe: when, whether it held, after how many seconds."""

    at: float
    is_ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted once a minute, and when that was, in seconds since 1970."""

    at: float
    off: tuple[OffDay, ...]
    honored: Honored | None
    refused: tuple[Line, ...]
    reasons: tuple[tuple[Trouble, int], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """`denied`: how many wait because Courier did not take our key.

    `limited`: who was stopped from looking up more, in the last day.
    """

    backlog: Backlog | None
    denied: int | None
    limited: tuple[Entry, ...] | None
    canary: Canary | None
    counted: Counted | None


class Health:
    """`now` gives seconds since 1970."""

    def __init__(  # noqa: PLR0913, PLR0917  all that it reads
        self,
        trail: Trail,
        queue: Queue,
        figures: Figures,
        kept: Answers,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trail = trail
        self._queue = queue
        self._figures = figures
        self._kept = kept
        self._now = now
        self._counted: StaleCache[None, Counted] = StaleCache(
            lambda _: self._count(), monotonic=monotonic, current=FRESH
        )

    def seen(self) -> Seen:
        return Seen(
            _or_none(self._queue.backlog),
            _or_none(self._figures.denied),
            _or_none(self._limited),
            _canary(self._kept.get("canary")),
            self._counted_lately(),
        )

    def retry(self, agent: Agent) -> int | None:
        """Makes all that waits due, and writes down who did; how many became due."""
        try:
            self._trail.note(Entry(Kind.RETRIED, agent.actor))
            return self._queue.hurry()
        except LedgerDown:
            return None

    def _limited(self) -> tuple[Entry, ...]:
        return tuple(self._trail.of_kind(Kind.LIMITED, self._now() - DAY))

    def _counted_lately(self) -> Counted | None:
        try:
            return self._counted.get(None)
        except Unavailable:
            return None

    def _count(self) -> Counted:
        """`Unavailable` while the database is; what was counted before serves on."""
        figures = self._figures
        try:
            return Counted(
                self._now(),
                tuple(figures.off_per_day(OFF_DAYS)),
                _honored(figures.honored(days=HONORED_DAYS)),
                tuple(figures.refused()),
                _by_trouble(figures.refused_by_reason(FAILED_DAYS)),
            )
        except LedgerDown as fault:
            raise Unavailable(str(fault)) from None


def _or_none(read: Callable[[], V]) -> V | None:
    try:
        return read()
    except LedgerDown:
        return None


def _honored(took: list[float]) -> Honored | None:
    if not took:
        return None
    most = quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]
    return Honored(len(took), median(took), most, max(took))


def _by_trouble(reasons: list[tuple[str, int]]) -> tuple[tuple[Trouble, int], ...]:
    """Words that only a newer version knows count as plainly refused."""
    counted: dict[Trouble, int] = {}
    for word, count in reasons:
        trouble = Trouble.named(word)
        counted[trouble] = counted.get(trouble, 0) + count
    return tuple(sorted(counted.items(), key=lambda pair: -pair[1]))


def _canary(text: str | None) -> Canary | None:
    """None where none flew lately, or nobody can read what it left."""
    try:
        match json.loads(text or "null"):
            case {
                "at": int() | float() as at,
                "ok": bool() | int() as is_ok,
                "seconds": int() | float() as seconds,
            }:
                return Canary(at, bool(is_ok), seconds)
    except ValueError:
        pass
    return None
