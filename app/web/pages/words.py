"""Every sentence about a topic, a channel or an outcome.

Texts are whole sentences with the topic's name in them, so that they can be
translated and read aloud on their own. Which status answers what stands here too:
it is the same word, said to a machine.
"""

import unicodedata
from dataclasses import dataclass
from http import HTTPStatus

from babel.support import LazyProxy
from flask_babel import gettext, lazy_gettext, ngettext

from app.outcome import BulkOutcome, Outcome, Trouble
from app.preferences.model import Channel, Preference
from app.preferences.rules import Effect
from app.web.pages import cadence

CHANNELS: dict[str, LazyProxy] = {
    "email": lazy_gettext("Email"),
    "sms": lazy_gettext("SMS"),
    "push": lazy_gettext("Push"),
    "inbox": lazy_gettext("In-app"),
    "direct_message": lazy_gettext("Chat"),
    "webhook": lazy_gettext("Webhook"),
}

SAVED: dict[Effect, LazyProxy] = {
    Effect.TURNED_ON: lazy_gettext("Saved. %(topic)s is now on."),
    Effect.TURNED_OFF: lazy_gettext("Saved. %(topic)s is now off."),
    Effect.TURNED_OFF_BY_LAST_CHANNEL: lazy_gettext(
        "Saved. No channel was left, so %(topic)s is now off."
    ),
    Effect.CHANNELS_CHANGED: lazy_gettext(
        "Saved. %(topic)s now comes by: %(channels)s."
    ),
    Effect.SCHEDULE_CHANGED: lazy_gettext("Saved. %(topic)s now comes: %(schedule)s."),
}
ON_OR_OFF: dict[Effect, tuple[LazyProxy, LazyProxy]] = {
    Effect.RESET: (
        lazy_gettext("Saved. %(topic)s is back to its default: on."),
        lazy_gettext("Saved. %(topic)s is back to its default: off."),
    ),
    Effect.NOTHING: (
        lazy_gettext("Nothing new to save: %(topic)s is on."),
        lazy_gettext("Nothing new to save: %(topic)s is off."),
    ),
}

FORBIDDEN: dict[Effect, tuple[HTTPStatus, LazyProxy]] = {
    Effect.LOCKED: (
        HTTPStatus.CONFLICT,
        lazy_gettext(
            "%(topic)s is required, so it cannot be turned off. It is still on."
        ),
    ),
    Effect.LAST_CHANNEL: (
        HTTPStatus.CONFLICT,
        lazy_gettext(
            "%(topic)s is required, so one channel must stay. Nothing was changed."
        ),
    ),
    Effect.NOT_ON_OFFER: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext(
            "%(topic)s does not come by that channel. Nothing was changed. "
            "Load the page again to see the channels on offer."
        ),
    ),
    Effect.NO_SUCH_SCHEDULE: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext(
            "%(topic)s does not come at that time. Nothing was changed. "
            "Load the page again to see the times on offer."
        ),
    ),
}

FAILED: dict[Trouble, tuple[HTTPStatus, LazyProxy]] = {
    Trouble.UNAVAILABLE: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        lazy_gettext("We could not save %(topic)s just now."),
    ),
    Trouble.UNCERTAIN: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        lazy_gettext(
            "We could not confirm that %(topic)s was saved. "
            "Try again, or load the page later to see how it stands."
        ),
    ),
    Trouble.DENIED: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        lazy_gettext("We could not save %(topic)s: something is wrong on our side."),
    ),
    Trouble.NOT_ON_PLAN: (
        HTTPStatus.CONFLICT,
        lazy_gettext("Channels cannot be chosen here at the moment."),
    ),
    Trouble.GONE: (
        HTTPStatus.NOT_FOUND,
        lazy_gettext("%(topic)s does not exist any more. Load the page again."),
    ),
    Trouble.REFUSED: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("Our notification service did not accept this change."),
    ),
}
SILENT = frozenset({Trouble.UNCERTAIN, Trouble.GONE})
"""Where nothing can be said of how the topic stands now."""

RETRIED = frozenset({Trouble.UNAVAILABLE, Trouble.UNCERTAIN})
STILL_ON = lazy_gettext("It is still on.")
STILL_OFF = lazy_gettext("It is still off.")


@dataclass(frozen=True, slots=True)
class Note:
    """What is said about the last act, and whether it may be tried again."""

    text: str
    is_problem: bool = False
    can_retry: bool = False


def channel(name: Channel) -> str:
    """A channel we have no word for is shown by its own name."""
    if name in CHANNELS:
        return str(CHANNELS[name])
    return name.replace("_", " ").capitalize()


def status(outcome: Outcome) -> HTTPStatus:
    if outcome.trouble:
        return FAILED[outcome.trouble][0]
    if outcome.effect in FORBIDDEN:
        return FORBIDDEN[outcome.effect][0]
    return HTTPStatus.OK


def note(outcome: Outcome) -> Note:
    preference, trouble = outcome.preference, outcome.trouble
    if trouble:
        text = _filled(FAILED[trouble][1], preference)
        if trouble not in SILENT:
            text += f" {STILL_ON if preference.is_on else STILL_OFF}"
        return Note(text, is_problem=True, can_retry=trouble in RETRIED)
    if outcome.effect in FORBIDDEN:
        return Note(_filled(FORBIDDEN[outcome.effect][1], preference), is_problem=True)
    if outcome.effect in ON_OR_OFF:
        on, off = ON_OR_OFF[outcome.effect]
        return Note(_filled(on if preference.is_on else off, preference))
    return Note(_filled(SAVED[outcome.effect], preference))


def bulk(outcome: BulkOutcome) -> Note:
    """What came of turning many off; those that stayed on are named."""
    if not outcome.done and not outcome.failed:
        return Note(gettext("Nothing had to be turned off: it was off already."))
    done = ngettext(
        "Saved. %(num)d topic was turned off.",
        "Saved. %(num)d topics were turned off.",
        len(outcome.done),
    )
    if not outcome.failed:
        return Note(done)
    failed = gettext(
        "We could not confirm that these were turned off: %(topics)s. "
        "See below how they stand now.",
        topics=cadence.listed(_isolated(p.topic.name) for p in outcome.failed),
    )
    return Note(f"{done} {failed}" if outcome.done else failed, is_problem=True)


def reset_all(trouble: Trouble | None) -> Note:
    if trouble is None:
        return Note(gettext("Saved. Every topic is back to its default."))
    text = gettext(
        "We could not confirm this. See below how your topics stand now, and try again."
    )
    return Note(text, is_problem=True)


def _filled(text: LazyProxy, preference: Preference) -> str:
    return str(text) % {
        "topic": _isolated(preference.topic.name),
        "channels": cadence.listed(channel(name) for name in preference.ticked),
        "schedule": cadence.in_force(preference),
    }


def _isolated(name: str) -> str:
    """A name in another direction must not turn the sentence around it."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name
