"""What happened to a recipient's preferences, and where somebody stood at a moment.

Joins the ledger's choices with Courier's own log. What of the log a choice explains
was made here and is told once; the rest was made elsewhere.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

from app.preferences.choice import Choice, State
from app.preferences.model import (
    Preference,
    Preferences,
    Routing,
    Standing,
    Status,
)
from app.preferences.rules import Change, Effect, Reset, applied, is_same, restored

TOLERANCE = 60.0
"""Seconds by which Courier's clock may differ from ours."""

LATE = 120.0
"""Seconds in which a request may take effect after its choice was replaced."""

TOGETHER = 1.0
"""Seconds between changes made elsewhere that are told as one."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry of Courier's log, which knows no schedule. `at` is in seconds.

    `previous` is None where nothing was recorded before it: nothing was chosen.
    """

    topic_id: str
    topic_name: str
    status: Status
    routing: Routing
    at: float
    previous: tuple[Status, Routing] | None = None


Event = Choice | Logged
"""One change of one topic: made here, or elsewhere."""

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Deed:
    """Changes that were made at once, oldest first.

    `reference` is empty for what was made elsewhere. `is_last`: nothing of it was
    changed again since, so that it can be undone.
    """

    events: tuple[Event, ...]
    reference: str = ""
    is_last: bool = False

    @property
    def at(self) -> float:
        return min(event.at for event in self.events)


@dataclass(frozen=True, slots=True)
class Turn:
    """One topic that would change, and the act that brings it there."""

    now: Preference
    act: Change | Reset

    @property
    def then(self) -> Preference:
        return replace(self.now, standing=applied(self.now.standing, self.act))


@dataclass(frozen=True, slots=True)
class Difference:
    """What putting back to a moment would change; `locked` stay as they are."""

    turns: tuple[Turn, ...] = ()
    locked: tuple[Preference, ...] = ()


def elsewhere(choices: Iterable[Choice], log: Iterable[Logged]) -> list[Logged]:
    """The entries that no choice explains, oldest first."""
    unexplained = _by_topic(log)
    for topic_id, own in _by_topic(counting(choices)).items():
        for choice, newer in zip(own, [*own[1:], None], strict=True):
            _strike(unexplained.get(topic_id, []), choice, _end(choice, newer))
    return sorted((e for entries in unexplained.values() for e in entries), key=_place)


def counting(choices: Iterable[Choice]) -> list[Choice]:
    """The choices that a topic's standing came from, oldest first.

    Not what Courier refused. What was replaced while it waited did not reach Courier,
    but it is what the recipient had chosen then.
    """
    return sorted(
        (c for c in choices if c.state is not State.REFUSED and not c.is_unseen),
        key=_place,
    )


def deeds(choices: Sequence[Choice], others: Sequence[Logged]) -> list[Deed]:
    """Everything that happened, newest first: acts of the ledger, and the others."""
    events: list[Event] = [*counting(choices), *others]
    newest = {event.topic_id: event for event in sorted(events, key=_place)}
    acts: dict[str, list[Event]] = defaultdict(list)
    for choice in sorted(choices, key=lambda c: c.id):
        acts[choice.reference].append(choice)
    told = [
        Deed(tuple(act), reference, _is_last(act, newest))
        for reference, act in acts.items()
    ]
    told += [Deed(tuple(group)) for group in _together(others)]
    return sorted(told, key=lambda deed: _place(deed.events[0]), reverse=True)


def difference(
    shown: Preferences,
    events: Iterable[Event],
    when: float,
    *,
    with_routing: bool = True,
) -> Difference:
    """What differs between now and a moment; `events` count, see `counting`."""
    by_topic = _by_topic(events)
    turns: list[Turn] = []
    locked: list[Preference] = []
    for now in shown:
        then = stood(now.standing, by_topic.get(now.topic.id, []), when)
        if is_same(now.standing, then, with_routing=with_routing):
            continue
        decision = restored(now, then)
        if decision.effect is Effect.LOCKED:
            locked.append(now)
        elif decision.act:
            turns.append(Turn(now, decision.act))
    return Difference(tuple(turns), tuple(locked))


def stood(now: Standing, events: Sequence[Event], when: float) -> Standing:
    """Where somebody stood on a topic; its events oldest first.

    As the last event until then left it, else as the first one after it found it.
    What nothing happened to since then stands as it did. The schedule, which only
    our choices know, is the one that the next of them found, else as now.
    """
    until = [event for event in events if event.at <= when]
    since = events[len(until) :]
    if not since:
        return now
    choice = next((event for event in since if isinstance(event, Choice)), None)
    if choice:
        now = replace(now, schedule_id=choice.draft.before.schedule_id)
    return left(until[-1], now) if until else found(since[0], now)


def left(event: Event, now: Standing) -> Standing:
    """Where an event left its topic; what was not recorded is as now."""
    if isinstance(event, Choice):
        return event.after
    return _as_logged(now, event.status, event.routing)


def found(event: Event, now: Standing) -> Standing:
    """Where an event found its topic."""
    if isinstance(event, Choice):
        return event.draft.before
    if event.previous is None:
        return _as_logged(now, now.default_status, now.default_routing)
    return _as_logged(now, *event.previous)


def _as_logged(now: Standing, status: Status, routing: Routing) -> Standing:
    """The log does not say which channels are remembered while none is chosen."""
    is_plain = not (routing.is_custom or now.routing.is_custom)
    return replace(now, status=status, routing=now.routing if is_plain else routing)


def _place(event: Event) -> tuple[float, int]:
    return event.at, event.id if isinstance(event, Choice) else 0


def _by_topic(events: Iterable[E]) -> dict[str, list[E]]:
    by_topic: dict[str, list[E]] = defaultdict(list)
    for event in sorted(events, key=_place):
        by_topic[event.topic_id].append(event)
    return by_topic


def _end(choice: Choice, newer: Choice | None) -> float:
    """The latest moment at which a choice may have reached Courier."""
    if choice.delivered_at is not None:
        return choice.delivered_at
    return newer.at + LATE if newer else inf


def _strike(entries: list[Logged], choice: Choice, end: float) -> None:
    """Takes the entry out that a choice explains: the nearest, if there is one.

    `entries` are sorted, so that only those of its time are looked at.
    """

    def distance(entry: Logged) -> tuple[float, float]:
        return max(choice.at - entry.at, entry.at - end, 0.0), -entry.at

    first = bisect_left(entries, choice.at - TOLERANCE, key=lambda e: e.at)
    beyond = bisect_right(entries, end + TOLERANCE, key=lambda e: e.at)
    own = [entry for entry in entries[first:beyond] if _is_of(entry, choice)]
    if own:
        entries.remove(min(own, key=distance))


def _is_of(entry: Logged, choice: Choice) -> bool:
    """Whether an entry says what a choice said.

    What a reset comes to, only Courier knows; then it tells by what was before.
    """
    if _says(entry.status, entry.routing, choice.after):
        return True
    is_reset = isinstance(choice.draft.act, Reset)
    before = entry.previous if is_reset else None
    return before is not None and _says(*before, choice.draft.before)


def _says(status: Status, routing: Routing, standing: Standing) -> bool:
    is_plain = not (routing.is_custom or standing.routing.is_custom)
    is_off, was_off = (s is Status.OPTED_OUT for s in (status, standing.status))
    return is_off == was_off and (is_plain or routing == standing.routing)


def _is_last(events: Iterable[Event], newest: Mapping[str, Event]) -> bool:
    """Whether there is something to undo, and nothing of it was changed again."""
    own = [e for e in events if isinstance(e, Choice)]
    waiting = [c for c in own if c.is_unseen and c.state is State.PENDING]
    counts = counting(own)
    return bool(counts or waiting) and all(
        newest[c.topic_id] is c and c.state is not State.SUPERSEDED for c in counts
    )


def _together(others: Iterable[Logged]) -> list[list[Logged]]:
    groups: list[list[Logged]] = []
    for entry in sorted(others, key=_place):
        if groups and entry.at - groups[-1][-1].at < TOGETHER:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups
