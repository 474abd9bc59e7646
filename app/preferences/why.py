"""Why a recipient stands on a topic as they do, for whoever explains it to them.

Courier says how somebody stands and not why. The catalog and the tenant's defaults
say what holds without a choice, the ledger and Courier's log who chose last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.preferences.choice import Choice
from app.preferences.model import Default, Defaults, Preference
from app.preferences.rules import is_same
from app.preferences.timeline import Event


class Cause(StrEnum):
    """What decides how somebody stands."""

    REQUIRED = "required"
    REQUIRED_BY_TENANT = "required_by_tenant"
    WAITING = "waiting"
    CHOICE = "choice"
    ELSEWHERE = "elsewhere"
    UNTRACED = "untraced"
    TENANT_DEFAULT = "tenant_default"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Why:
    """`event` is the last change of the topic, where one is known.

    `tenant` is the name of the tenant that decides; `overruled` is true where
    somebody had turned off what is required by now.
    """

    cause: Cause
    event: Event | None = None
    tenant: str = ""
    is_overruled: bool = False


def newest(events: Iterable[Event]) -> dict[str, Event]:
    """The last event of each topic; `events` count, see `timeline.counting`."""
    found: dict[str, Event] = {}
    for event in sorted(events, key=lambda e: e.at):
        found[event.topic_id] = event
    return found


def why(
    preference: Preference,
    defaults: Defaults,
    events: Mapping[str, Event],
    waiting: Mapping[str, Choice],
) -> Why:
    """`events` are the newest by topic id, `waiting` what is on its way."""
    topic_id = preference.topic.id
    event, default = events.get(topic_id), defaults.get(topic_id)
    if topic_id in waiting:
        return Why(Cause.WAITING, waiting[topic_id])
    if preference.is_locked:
        return _required(preference, event)
    if preference.standing.is_own:
        return Why(_own(event), event)
    return _default(default, event, preference)


def _required(preference: Preference, event: Event | None) -> Why:
    tenant = preference.required_by
    cause = Cause.REQUIRED_BY_TENANT if tenant else Cause.REQUIRED
    status = preference.standing.status
    return Why(cause, event, tenant, is_overruled=status.value == "OPTED_OUT")


def _own(event: Event | None) -> Cause:
    if event is None:
        return Cause.UNTRACED
    return Cause.CHOICE if isinstance(event, Choice) else Cause.ELSEWHERE


def _default(
    default: Default | None, event: Event | None, preference: Preference
) -> Why:
    """A choice is told as well where it says the same as the default."""
    standing = preference.standing
    is_said = isinstance(event, Choice) and is_same(event.after, standing)
    known = event if is_said else None
    if default is None:
        return Why(Cause.DEFAULT, known)
    return Why(Cause.TENANT_DEFAULT, known, default.set_by)
