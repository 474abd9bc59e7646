"""What is looked up when somebody watches: the backlog, the parts, the last canary.

The canary is a choice made on purpose to see how long one takes; whoever made it
leaves what it saw among the kept answers.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.ledger.answers import Answers
from app.ledger.errors import LedgerDown
from app.ledger.queue import Queue


@dataclass(frozen=True, slots=True)
class Gauge:
    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[], list[Gauge]]
States = Callable[[], Mapping[str, bool]]
"""Whether each part is well, by its name."""

CANARY = {
    "seconds": (
        "unsubscribe_honored_seconds",
        "From the last trial unsubscribe to Courier's word.",
    ),
    "ok": ("unsubscribe_canary_ok", "Whether the last trial unsubscribe held."),
    "at": ("unsubscribe_canary_timestamp_seconds", "When that was tried."),
}
BACKLOG = {
    "pending": ("ledger_pending", "Choices that wait for Courier."),
    "oldest": ("ledger_oldest_seconds", "How long the oldest waits."),
    "overdue": ("ledger_overdue", "Choices that wait for a week."),
}
STATE = ("dependency_up", "Whether a part is well, as /readyz says.")
ALL = [*BACKLOG.values(), STATE, *CANARY.values()]
"""The name of each, and what it says."""


def reader(queue: Queue, kept: Answers, states: States) -> Read:
    """What cannot be said now is left out, so that nobody takes it for nothing."""
    return lambda: [
        *_backlog(queue),
        *_states(states()),
        *_canary(kept.get("canary")),
    ]


def _backlog(queue: Queue) -> list[Gauge]:
    try:
        found = queue.backlog()
    except LedgerDown:
        return []
    return [Gauge(*told, getattr(found, name)) for name, told in BACKLOG.items()]


def _states(states: Mapping[str, bool]) -> list[Gauge]:
    return [
        Gauge(*STATE, float(is_up), {"dependency": name})
        for name, is_up in states.items()
    ]


def _canary(text: str | None) -> list[Gauge]:
    try:
        said = json.loads(text or "{}")
    except ValueError:
        return []
    if not isinstance(said, dict):
        return []
    given = {key: said.get(key) for key in CANARY}
    return [
        Gauge(*CANARY[key], float(value))
        for key, value in given.items()
        if isinstance(value, int | float)
    ]
