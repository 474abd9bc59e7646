"""What the ledger shows to whoever watches: its backlog, and the last canary.

The canary is a choice made on purpose to see how long one takes; whoever made it
leaves what it saw among the kept answers.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from app.ledger.answers import Answers
from app.ledger.errors import LedgerDown
from app.ledger.queue import Queue


@dataclass(frozen=True, slots=True)
class Gauge:
    name: str
    about: str
    value: float


Read = Callable[[], list[Gauge]]

CANARY = {
    "seconds": (
        "unsubscribe_honored_seconds",
        "From an unsubscribe to Courier's word.",
    ),
    "ok": ("unsubscribe_canary_ok", "Whether the last trial unsubscribe held."),
    "at": ("unsubscribe_canary_timestamp_seconds", "When that was tried."),
}


def reader(queue: Queue, kept: Answers) -> Read:
    """What cannot be said now is left out, so that nobody takes it for nothing."""
    return lambda: [*_backlog(queue), *_canary(kept.get("canary"))]


def _backlog(queue: Queue) -> list[Gauge]:
    try:
        found = queue.backlog()
    except LedgerDown:
        return []
    return [
        Gauge("ledger_pending", "Choices that wait for Courier.", found.pending),
        Gauge("ledger_oldest_seconds", "How long the oldest waits.", found.oldest),
        Gauge("ledger_overdue", "Choices that wait for a week.", found.overdue),
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
