"""How to make a topic in one place the same as it is in another."""

from app.preferences.model import Preference, Routing, Status
from app.preferences.rules import Change, Decision, Effect, carried


def copied(now: Preference, here: Preference) -> Decision:
    """On or off, channels and schedule as `here`, as far as `now` allows.

    A lock there is never overridden. What is required here is nobody's choice, so it
    turns nothing on elsewhere.
    """
    if here.is_on != now.is_on and (now.is_locked or here.is_locked):
        return Decision(Effect.LOCKED if now.is_locked else Effect.NOTHING)
    if not here.is_on:
        return _off(now) if now.is_on else Decision(Effect.NOTHING)
    schedule_id = here.schedule_id if here.schedule_id != now.schedule_id else None
    is_same = now.is_on and (now.ticked == here.ticked or not here.ticked)
    if is_same and not schedule_id:
        return Decision(Effect.NOTHING)
    effect = Effect.CHANNELS_CHANGED if now.is_on else Effect.TURNED_ON
    return Decision(effect, Change(Status.OPTED_IN, _routing(now, here), schedule_id))


def _off(now: Preference) -> Decision:
    off = Change(Status.OPTED_OUT, carried(now.standing.routing))
    return Decision(Effect.TURNED_OFF, off)


def _routing(now: Preference, here: Preference) -> Routing:
    """As it is, where that comes to the same channels; else those, one by one."""
    if now.routed == here.ticked or not here.ticked:
        return carried(now.standing.routing)
    return Routing(True, here.ticked)
