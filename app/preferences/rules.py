"""What exactly to send to Courier for what somebody wished, or why not.

The table "What is sent to Courier" as code. A single PUT replaces a topic's
routing, so every change carries all of it; the list is carried over as it was
unless the recipient changed it. Never custom routing with an empty list: Courier
would stay silent while saying "on".
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from app.preferences.model import (
    Channel,
    Preference,
    Routing,
    Standing,
    Status,
)


class Effect(StrEnum):
    """What a wish comes to."""

    TURNED_ON = "turned_on"
    TURNED_OFF = "turned_off"
    TURNED_OFF_BY_LAST_CHANNEL = "turned_off_by_last_channel"
    CHANNELS_CHANGED = "channels_changed"
    SCHEDULE_CHANGED = "schedule_changed"
    RESET = "reset"
    NOTHING = "nothing"
    LOCKED = "locked"
    LAST_CHANNEL = "last_channel"
    NOT_ON_OFFER = "not_on_offer"
    NO_SUCH_SCHEDULE = "no_such_schedule"


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic's form as it was sent.

    `shown` are the channels the form offered; what was not shown is not judged.
    `schedule_id` is None where the form had no schedules.
    """

    is_on: bool
    channels: frozenset[Channel] = frozenset()
    shown: frozenset[Channel] = frozenset()
    schedule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The body of one PUT: complete, but for a schedule that stays as it is."""

    status: Status
    routing: Routing
    schedule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An effect, and the change that brings it about; none means do not send."""

    effect: Effect
    change: Change | None = None


def touched(wish: Wish, drawn: Preference, now: Preference) -> Wish:
    """The wish without what its form shows as it was drawn: nobody touched that.

    So a page that is out of date changes only what was changed on it.
    """
    offered = frozenset(drawn.channels)
    is_rerouted = wish.channels & offered != frozenset(drawn.ticked) & wish.shown
    is_rescheduled = wish.schedule_id != drawn.schedule_id
    return Wish(
        is_on=now.is_on if wish.is_on == drawn.is_on else wish.is_on,
        channels=wish.channels if is_rerouted else frozenset(),
        shown=wish.shown if is_rerouted else frozenset(),
        schedule_id=wish.schedule_id if is_rescheduled else None,
    )


def decide(preference: Preference, wish: Wish) -> Decision:
    fault = _fault(preference, wish)
    if fault:
        return Decision(fault)
    if not wish.is_on:
        return _turn_off(preference, wish)
    if not preference.is_on:
        return _turn_on(preference, wish)
    return _adjust(preference, wish)


def turned_off(preference: Preference) -> Change:
    """Off, with the routing kept for the day it is turned on again."""
    return Change(Status.OPTED_OUT, carried(preference.standing.routing))


def carried(routing: Routing) -> Routing:
    """The routing as it was; one that mutes in silence becomes the default."""
    if routing.is_custom and not routing.channels:
        return Routing()
    return routing


def is_same(one: Standing, other: Standing) -> bool:
    """Whether both say the same of the recipient's own choice."""
    return (one.status, one.routing, one.schedule_id) == (
        other.status,
        other.routing,
        other.schedule_id,
    )


def applied(standing: Standing, change: Change) -> Standing:
    """Where the recipient stands once Courier accepted the change."""
    return replace(
        standing,
        status=change.status,
        routing=change.routing,
        schedule_id=change.schedule_id or standing.schedule_id,
    )


def _fault(preference: Preference, wish: Wish) -> Effect | None:
    """Leaving is never refused for what is chosen beside it."""
    if not wish.is_on:
        return Effect.LOCKED if preference.is_locked else None
    if not wish.channels <= wish.shown | set(preference.channels):
        return Effect.NOT_ON_OFFER
    if wish.schedule_id is not None and not _is_known(preference, wish.schedule_id):
        return Effect.NO_SUCH_SCHEDULE
    return None


def _is_known(preference: Preference, schedule_id: str) -> bool:
    return schedule_id in {schedule.id for schedule in preference.topic.schedules}


def _turn_off(preference: Preference, wish: Wish) -> Decision:
    if not preference.is_on:
        return Decision(Effect.NOTHING)
    routing = _rerouted(preference, wish) or carried(preference.standing.routing)
    schedule_id = _rescheduled(preference, wish)
    return Decision(Effect.TURNED_OFF, Change(Status.OPTED_OUT, routing, schedule_id))


def _turn_on(preference: Preference, wish: Wish) -> Decision:
    routing = _rerouted(preference, wish) or carried(preference.standing.routing)
    schedule_id = _rescheduled(preference, wish)
    return Decision(Effect.TURNED_ON, Change(Status.OPTED_IN, routing, schedule_id))


def _adjust(preference: Preference, wish: Wish) -> Decision:
    if _lost_last_channel(preference, wish):
        if preference.is_locked:
            return Decision(Effect.LAST_CHANNEL)
        return Decision(Effect.TURNED_OFF_BY_LAST_CHANNEL, turned_off(preference))
    rerouted = _rerouted(preference, wish)
    schedule_id = _rescheduled(preference, wish)
    if rerouted is None and schedule_id is None:
        return Decision(Effect.NOTHING)
    effect = Effect.CHANNELS_CHANGED if rerouted else Effect.SCHEDULE_CHANGED
    routing = rerouted or carried(preference.standing.routing)
    return Decision(effect, Change(Status.OPTED_IN, routing, schedule_id))


def _wanted(preference: Preference, wish: Wish) -> frozenset[Channel] | None:
    """The channels to have from now on; None when the recipient changed none.

    A channel that came on offer after the form was drawn stays as it is; one that
    went is no longer judged.
    """
    before = frozenset(preference.routed)
    channels = wish.channels & frozenset(preference.channels)
    if not wish.shown or channels == before & wish.shown:
        return None
    return channels | (before - wish.shown)


def _lost_last_channel(preference: Preference, wish: Wish) -> bool:
    return _wanted(preference, wish) == frozenset()


def _rerouted(preference: Preference, wish: Wish) -> Routing | None:
    wanted = _wanted(preference, wish)
    if not wanted:
        return None
    return Routing(True, tuple(c for c in preference.channels if c in wanted))


def _rescheduled(preference: Preference, wish: Wish) -> str | None:
    wished = wish.schedule_id
    if wished is None or wished == preference.schedule_id:
        return None
    return wished if _is_known(preference, wished) else None
