"""Every sentence about what happened, and about going back to how it was."""

from dataclasses import dataclass, replace

from babel.support import LazyProxy
from flask_babel import gettext, lazy_gettext

from app.history import Told, ToldDeed
from app.preferences.choice import Choice, Door, State
from app.preferences.model import Preference, Status, Topic
from app.preferences.rules import Reset
from app.preferences.subject import Subject
from app.preferences.timeline import Turn
from app.web.pages import cadence, moments
from app.web.pages.visit import Visit
from app.web.pages.words import channel, isolated, reference

DOORS: dict[Door, LazyProxy] = {
    Door.PAGE: lazy_gettext("On your preferences page."),
    Door.EMBED: lazy_gettext("In our product."),
    Door.UNSUBSCRIBE_PAGE: lazy_gettext("On the page of an unsubscribe link."),
    Door.ONE_CLICK: lazy_gettext("With one click in an email."),
    Door.STAFF: lazy_gettext("By our support."),
    Door.API: lazy_gettext("By our product."),
    Door.UNDO: lazy_gettext("Put back on your preferences page."),
}
ELSEWHERE = lazy_gettext("Made elsewhere.")

BECAME: dict[State, LazyProxy] = {
    State.PENDING: lazy_gettext("Kept. It will be delivered as soon as possible."),
    State.REFUSED: lazy_gettext("Not accepted. Nothing was changed."),
    State.SUPERSEDED: lazy_gettext(
        "Replaced by a newer choice before it was delivered."
    ),
}

EVERYTHING_OFF = lazy_gettext("Everything that is optional: turned off.")
ASKED_OFF = lazy_gettext("What you unsubscribed from: turned off.")
RESET_ON = lazy_gettext("%(topic)s: back to its default, on.")
RESET_OFF = lazy_gettext("%(topic)s: back to its default, off.")
OFF = lazy_gettext("%(topic)s: turned off.")
STILL_OFF = lazy_gettext("%(topic)s: still off, with other details.")
ON = lazy_gettext("%(topic)s: turned on.")
ON_BY = lazy_gettext("%(topic)s: turned on, to come by: %(channels)s.")
CHANNELS = lazy_gettext("%(topic)s: to come by: %(channels)s.")
ALL_CHANNELS = lazy_gettext("%(topic)s: to come by the usual channels: %(channels)s.")
AT_ANOTHER_TIME = lazy_gettext("%(topic)s: to come at another time.")
AS_IT_WAS = lazy_gettext("%(topic)s: saved as it was.")
SCHEDULE = lazy_gettext("How often: %(schedule)s.")

IS_ON = lazy_gettext("On.")
IS_ON_BY = lazy_gettext("On, by: %(channels)s.")
IS_OFF = lazy_gettext("Off.")
IS_OFF_BY = lazy_gettext("Off; once it is on, by: %(channels)s.")
REMEMBERED = lazy_gettext("With the channels remembered then.")
BY_DEFAULT = lazy_gettext("This is the default.")


@dataclass(frozen=True, slots=True)
class Line:
    """One topic's change in a sentence, and what became of it where that is news."""

    text: str
    became: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Act:
    """`undo` and `back` are addresses; without `undo` there is nothing to undo.

    `became` is said once where it is the same of all its lines.
    """

    when: str
    lines: tuple[Line, ...]
    about: str
    became: str
    is_kept: bool
    undo: str
    back: str


@dataclass(frozen=True, slots=True)
class Change:
    """A topic of the page that asks before it puts back."""

    topic: Topic
    now: str
    then: str


def act(visit: Visit, told: ToldDeed, *, has_choices: bool) -> Act:
    """Without the choices made here, nobody knows what was made elsewhere."""
    deed = told.deed
    lines = tuple(map(_line, told.events))
    is_same = len({line.became for line in lines}) == 1
    return Act(
        when=moments.in_words(deed.at),
        lines=tuple(replace(line, became="") for line in lines) if is_same else lines,
        about=_about(told) if has_choices else "",
        became=lines[0].became if is_same else "",
        is_kept=lines[0].is_kept,
        undo=visit.undo_url(deed.reference) if deed.is_last else "",
        back=visit.url("ask_back", at=max(round(deed.at * 1000) - 1, 0)),
    )


def turn(change: Turn) -> Change:
    """Where a topic stands and where it would stand: never twice the same words."""
    now, then = change.now, change.then
    is_off = not (now.is_on or then.is_on)
    told, after = _standing(now, is_full=is_off), _standing(then, is_full=is_off)
    if told == after:
        after = f"{told} {REMEMBERED}"
    topic = now.topic
    return Change(topic, told, after)


def standing(preference: Preference) -> str:
    """How a topic stands."""
    return _standing(preference, is_full=False)


def nothing() -> str:
    return gettext("Nothing had to be put back: it stands as it did.")


def no_moment() -> str:
    return gettext("Please choose a day and a time.")


def unreadable() -> str:
    return gettext("We could not read that day and time. Please choose another.")


def still_to_come() -> str:
    return gettext("That moment is still to come. Please choose one that has passed.")


def _about(told: ToldDeed) -> str:
    """Through which door, and under which reference."""
    event = told.events[0].event
    if not isinstance(event, Choice):
        return str(ELSEWHERE)
    return f"{DOORS[event.trace.door]} {reference(event.reference)}"


def _line(told: Told) -> Line:
    state = told.event.state if isinstance(told.event, Choice) else None
    became = str(BECAME[state]) if state in BECAME else ""
    return Line(sentence(told), became, state is State.PENDING)


def sentence(told: Told) -> str:
    """Such as "Due dates: turned off."; a new schedule in a sentence of its own."""
    text = _filled(_what(told), told.after)
    if _is_rescheduled(told) and not _is_reset(told):
        return f"{text} {_filled(SCHEDULE, told.after)}"
    return text


def _what(told: Told) -> LazyProxy:
    was_on, is_on = _is_on(told.before), _is_on(told.after)
    if isinstance(told.event, Choice) and told.event.is_unseen:
        subject = Subject.of_key(told.event.topic_id)
        if subject == Subject():
            return EVERYTHING_OFF
        return OFF if told.event.draft.topic_name else ASKED_OFF
    if _is_reset(told):
        return RESET_ON if is_on else RESET_OFF
    if was_on and not is_on:
        return OFF
    if is_on and not was_on:
        return ON_BY if _is_rerouted(told) and _is_custom(told) else ON
    return _what_else(told)


def _what_else(told: Told) -> LazyProxy:
    """What a topic is told that was not turned on or off."""
    if told.before.standing == told.after.standing:
        return AS_IT_WAS
    if not _is_on(told.after):
        return STILL_OFF
    if _is_rerouted(told):
        return CHANNELS if _is_custom(told) else ALL_CHANNELS
    return AT_ANOTHER_TIME if _is_rescheduled(told) else AS_IT_WAS


def _is_custom(told: Told) -> bool:
    return told.after.standing.routing.is_custom


def _is_reset(told: Told) -> bool:
    event = told.event
    return isinstance(event, Choice) and isinstance(event.draft.act, Reset)


def _is_rescheduled(told: Told) -> bool:
    return told.before.schedule_id != told.after.schedule_id


def _is_rerouted(told: Told) -> bool:
    """Whether other channels are in force, and channels can be chosen at all."""
    before, after = told.before.standing.routing, told.after.standing.routing
    is_changed = before != after and (before.is_custom or after.is_custom)
    return is_changed and bool(told.after.channels)


def _is_on(preference: Preference) -> bool:
    """As it stood then: a topic may have become required since."""
    is_out = preference.standing.status is Status.OPTED_OUT
    return not (is_out or preference.is_muted)


def _filled(text: LazyProxy, preference: Preference) -> str:
    return str(text) % {
        "topic": isolated(preference.topic.name),
        "channels": cadence.listed(channel(name) for name in preference.routed),
        "schedule": cadence.in_force(preference),
    }


def _standing(preference: Preference, *, is_full: bool) -> str:
    """How a topic stands; in full with what would be once it is turned on."""
    is_on, is_shown = preference.is_on, preference.is_on or is_full
    text = str(IS_ON if is_on else IS_OFF)
    if preference.channels and is_shown:
        text = _filled(IS_ON_BY if is_on else IS_OFF_BY, preference)
    if len(preference.topic.schedules) > 1 and is_shown:
        text = f"{text} {_filled(SCHEDULE, preference)}"
    return text if preference.standing.is_own else f"{text} {BY_DEFAULT}"
