"""What became of the choices: pure judgement on what was told and what was done.

A client is told of a choice, or not: a broken connection or an error leaves open
whether it took effect. Courier's history says what took effect, and when.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

BLINK = 0.005
"""Seconds by which two clocks of one machine, read as they are, may disagree."""

Excused = Callable[[float], bool]
"""Whether an old request may have arrived late at this moment."""


class State(NamedTuple):
    """Whether a topic is on, and by which channels when it is.

    None where nobody can know the channels: any will do.
    """

    is_on: bool
    channels: frozenset[str] | None = None

    def fits(self, other: "State") -> bool:
        return self.is_on == other.is_on and (
            self.channels is None
            or other.channels is None
            or self.channels == other.channels
        )

    def __str__(self) -> str:
        names = "?" if self.channels is None else ",".join(sorted(self.channels))
        return f"{'on' if self.is_on else 'off'}[{names}]"


class Answer(StrEnum):
    SAVED = "saved"
    KEPT = "kept"
    REFUSED = "refused"
    FAILED = "failed"
    UNTOLD = "untold"
    UNREADABLE = "unreadable"

    @property
    def is_told(self) -> bool:
        return self in (Answer.SAVED, Answer.KEPT)


@dataclass(frozen=True, slots=True)
class Choice:
    """One post. `state` is what the answer showed, or what was wished if none did."""

    state: State
    answer: Answer
    asked: float
    answered: float
    is_overruled: bool = False
    """Told something else than wished, though nothing stood in doubt."""

    def __str__(self) -> str:
        span = f"{self.asked:.3f} to {self.answered:.3f}"
        return f"{span} {self.answer} {self.state}" + " (!)" * self.is_overruled


@dataclass(slots=True)
class Record:
    """One topic of one recipient: where it stood, and what was chosen since."""

    user: str
    topic: str
    first: State
    choices: list[Choice] = field(default_factory=list)

    def allowed(self) -> list[State]:
        """What may stand in the end: the last choice told, or one untold since."""
        after: list[State] = [self.first]
        for choice in self.choices:
            after = [] if choice.answer.is_told else after
            after.append(choice.state)
        return after


class Entry(NamedTuple):
    """A change that took effect at Courier."""

    at: float
    state: State

    def __str__(self) -> str:
        return f"{self.at:.3f} {self.state}"


class Order(NamedTuple):
    """How a history departs from the order of choices; less is better."""

    wrong: int = 0
    late: int = 0


def is_lost(record: Record, now: State) -> bool:
    return not any(state.fits(now) for state in record.allowed())


def order(record: Record, entries: Iterable[Entry], excused: Excused) -> Order:
    """The kindest reading of a history: every entry is a newer choice than the one
    before; or an old one that came late, or one that was said to have failed, after
    which the newest must come again.
    """
    readings = {(-1, False): Order()}
    for entry in _distinct(record.first, entries):
        following: dict[tuple[int, bool], Order] = {}
        for (place, is_back), cost in readings.items():
            steps = _steps(record, entry, place, is_back=is_back)
            jump = _jump(record, entry, place, excused)
            for key, step in [*((s, Order()) for s in steps), ((place, True), jump)]:
                total = Order(cost.wrong + step.wrong, cost.late + step.late)
                following[key] = min(total, following.get(key, total))
        readings = following
    return min(readings.values())


def _distinct(first: State, entries: Iterable[Entry]) -> list[Entry]:
    kept: list[Entry] = []
    for entry in entries:
        if not entry.state.fits(kept[-1].state if kept else first):
            kept.append(entry)
    return kept


def _steps(
    record: Record, entry: Entry, place: int, *, is_back: bool
) -> list[tuple[int, bool]]:
    """The choices that this may be: newer than `place`, or `place` once more.

    A choice takes no effect before it is made.
    """
    begin = place if is_back else place + 1
    steps = [
        (number, False)
        for number, choice in enumerate(record.choices)
        if number >= begin
        and choice.asked <= entry.at + BLINK
        and choice.state.fits(entry.state)
    ]
    is_first_again = is_back and place < 0 and record.first.fits(entry.state)
    return [(-1, False), *steps] if is_first_again else steps


def _jump(record: Record, entry: Entry, place: int, excused: Excused) -> Order:
    """An old choice that came late; or one that is not to count, as was said."""
    old = [choice.state for choice in record.choices[: place + 1]]
    was_chosen = any(state.fits(entry.state) for state in old)
    has_failed = any(
        choice.answer is Answer.FAILED
        and choice.asked <= entry.at + BLINK
        and choice.state.fits(entry.state)
        for choice in record.choices[place + 1 :]
    )
    is_late = has_failed or (was_chosen and excused(entry.at))
    return Order(late=1) if is_late else Order(wrong=1)


def untrue(record: Record, entries: Iterable[Entry], excused: Excused) -> list[Choice]:
    """Choices told as saved that Courier did not have when that was said."""
    known = list(entries)
    return [
        choice
        for choice in record.choices
        if choice.answer is Answer.SAVED
        and not excused(choice.answered)
        and not _standing(record, known, choice.answered).fits(choice.state)
    ]


def _standing(record: Record, entries: list[Entry], at: float) -> State:
    before = [entry.state for entry in entries if entry.at <= at + BLINK]
    return before[-1] if before else record.first


def waits(record: Record, entries: Iterable[Entry]) -> list[float]:
    """Seconds from the answer "kept" to the effect, of those that nothing replaced."""
    known, found = list(entries), []
    for number, choice in enumerate(record.choices):
        if choice.answer is not Answer.KEPT:
            continue
        later = record.choices[number + 1 :]
        until = later[0].asked if later else float("inf")
        effects = [
            entry.at - choice.answered
            for entry in known
            if choice.asked <= entry.at < until and entry.state.fits(choice.state)
        ]
        found += effects[:1]
    return found
