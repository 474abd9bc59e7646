"""The one door through which every act goes to Courier.

Knows what an act is, which plan the workspace is on, and what an answer means for
the recipient; not what was wished (see `center`) nor why (see `preferences.rules`).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.courier.client import Courier
from app.courier.errors import (
    AccessDenied,
    CourierError,
    NotOnPlan,
    Unavailable,
    Unknown,
)
from app.outcome import Trouble
from app.preferences.model import Preference, Recipient
from app.preferences.rules import Change, carried

PLAN_CHECK = 3600.0
"""Seconds until a plan that had no choice of channels is tried again."""


@dataclass(frozen=True, slots=True)
class Put:
    topic_id: str
    change: Change


@dataclass(frozen=True, slots=True)
class PutMany:
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Reset:
    topic_id: str


@dataclass(frozen=True, slots=True)
class ResetAll:
    pass


Act = Put | PutMany | Reset | ResetAll


class Door:
    def __init__(
        self, courier: Courier, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._courier = courier
        self._monotonic = monotonic
        self._off_plan_until: float | None = None

    @property
    def has_channels(self) -> bool:
        """Whether the plan has choice of channels, as far as is known."""
        until = self._off_plan_until
        return until is None or self._monotonic() >= until

    def put(
        self, recipient: Recipient, before: Preference, change: Change
    ) -> Trouble | None:
        """A plan without channel choice is learned once; the status still goes."""
        act = Put(before.topic.id, change)
        try:
            try:
                self._act(recipient, act)
            except NotOnPlan as fault:
                self._off_plan_until = self._monotonic() + PLAN_CHECK
                if change.routing != carried(before.standing.routing):
                    return trouble(fault)
                self._act(recipient, act)
        except CourierError as fault:
            return trouble(fault)
        return None

    def put_many(
        self, recipient: Recipient, changes: Mapping[str, Change]
    ) -> frozenset[str]:
        """The topics that Courier did not confirm; raises where it did not answer."""
        return self._act(recipient, PutMany(changes))

    def reset(self, recipient: Recipient, topic_id: str) -> Trouble | None:
        return self._tried(recipient, Reset(topic_id))

    def reset_all(self, recipient: Recipient) -> Trouble | None:
        return self._tried(recipient, ResetAll())

    def _tried(self, recipient: Recipient, act: Act) -> Trouble | None:
        try:
            self._act(recipient, act)
        except CourierError as fault:
            return trouble(fault)
        return None

    def _act(self, recipient: Recipient, act: Act) -> frozenset[str]:
        courier, with_routing = self._courier, self.has_channels
        match act:
            case Put(topic_id, change):
                courier.put(recipient, topic_id, change, with_routing=with_routing)
            case PutMany(changes):
                confirmed = courier.put_many(
                    recipient, changes, with_routing=with_routing
                )
                return frozenset(changes) - confirmed
            case Reset(topic_id):
                courier.delete(recipient, topic_id)
            case ResetAll():
                courier.delete_all(recipient)
        return frozenset()


def trouble(fault: CourierError) -> Trouble:
    match fault:
        case Unavailable(is_ambiguous=True):
            return Trouble.UNCERTAIN
        case Unavailable():
            return Trouble.UNAVAILABLE
        case AccessDenied():
            return Trouble.DENIED
        case NotOnPlan():
            return Trouble.NOT_ON_PLAN
        case Unknown():
            return Trouble.GONE
    return Trouble.REFUSED
