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
    RESTORED = "restored"
    NOTHING = "nothing"
    LOCKED = "locked"
    LAST_CHANNEL = "last_channel"
    NOT_ON_OFFER = "not_on_offer"
    NO_SUCH_SCHEDULE = "no_such_schedule"
    TOO_WEAK = "too_weak"


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
    clears_schedule: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """One DELETE: the recipient's own choice is forgotten, the default applies."""


Act = Change | Reset
"""What is done to one topic."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An effect, and the act that brings it about; none means do not send."""

    effect: Effect
    act: Act | None = None


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


def lessened(preference: Preference, decision: Decision) -> Decision:
    """The decision for whoever may only turn things off: less than before, or none."""
    act = decision.act
    if act is None:
        return decision
    if isinstance(act, Change) and act.status is Status.OPTED_OUT:
        return Decision(decision.effect, turned_off(preference))
    if isinstance(act, Change) and _is_less(preference, act):
        return decision
    return Decision(Effect.TOO_WEAK)


def _is_less(preference: Preference, act: Change) -> bool:
    """Fewer of the channels that it comes by now, and nothing else."""
    channels = frozenset(act.routing.channels)
    is_fewer = act.routing.is_custom and channels <= frozenset(preference.ticked)
    return preference.is_on and is_fewer and act.schedule_id is None


def turned_off(preference: Preference) -> Change:
    """Off, with the routing kept for the day it is turned on again."""
    return Change(Status.OPTED_OUT, carried(preference.standing.routing))


def carried(routing: Routing) -> Routing:
    """The routing as it was; one that mutes in silence becomes the default."""
    if routing.is_custom and not routing.channels:
        return Routing()
    return routing


def restored(now: Preference, before: Standing) -> Decision:
    """Back to where somebody stood, routing and schedule included.

    Who had chosen nothing then has nothing of their own afterwards.
    """
    if now.is_locked and before.status is Status.OPTED_OUT:
        return Decision(Effect.LOCKED)
    target = replace(before, routing=carried(before.routing))
    if is_same(now.standing, target):
        return Decision(Effect.NOTHING)
    if not target.is_own:
        return Decision(Effect.RESTORED, Reset())
    is_off = before.status is Status.OPTED_OUT
    change = Change(
        Status.OPTED_OUT if is_off else Status.OPTED_IN,
        target.routing,
        target.schedule_id,
        clears_schedule=bool(now.standing.schedule_id and not target.schedule_id),
    )
    return Decision(Effect.RESTORED, change)


def is_same(one: Standing, other: Standing, *, with_routing: bool = True) -> bool:
    """Whether both say the same of the recipient's own choice.

    REQUIRED is a default and no choice: it stands for being opted in.
    """
    if with_routing and one.routing != other.routing:
        return False
    return (_chosen(one.status), one.schedule_id) == (
        _chosen(other.status),
        other.schedule_id,
    )


def applied(standing: Standing, act: Act) -> Standing:
    """Where the recipient stands once Courier accepted the act."""
    if isinstance(act, Reset):
        default = standing.default_status, standing.default_routing
        return replace(
            standing, status=default[0], routing=default[1], schedule_id=None
        )
    kept = None if act.clears_schedule else standing.schedule_id
    return replace(
        standing,
        status=act.status,
        routing=act.routing,
        schedule_id=act.schedule_id or kept,
    )


def _chosen(status: Status) -> Status:
    return Status.OPTED_IN if status is Status.REQUIRED else status


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
