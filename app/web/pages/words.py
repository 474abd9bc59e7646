"""Every sentence about a topic, a channel or an outcome.

Texts are whole sentences with the topic's name in them, so that they can be
translated and read aloud on their own. Which status answers what stands here too:
it is the same word, said to a machine.
"""

import unicodedata
from dataclasses import dataclass
from http import HTTPStatus

from babel.support import LazyProxy
from flask_babel import lazy_gettext

from app.outcome import Outcome, Trouble
from app.preferences.choice import Choice
from app.preferences.model import Channel, Preference
from app.preferences.rules import Effect
from app.web.pages import cadence, moments

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
KEPT: dict[Effect, LazyProxy] = {
    Effect.TURNED_ON: lazy_gettext(
        "Kept. %(topic)s will be turned on as soon as possible."
    ),
    Effect.TURNED_OFF: lazy_gettext(
        "Kept. %(topic)s will be turned off as soon as possible."
    ),
    Effect.TURNED_OFF_BY_LAST_CHANNEL: lazy_gettext(
        "Kept. No channel was left, so %(topic)s will be turned off "
        "as soon as possible."
    ),
    Effect.CHANNELS_CHANGED: lazy_gettext(
        "Kept. As soon as possible %(topic)s will come by: %(channels)s."
    ),
    Effect.SCHEDULE_CHANGED: lazy_gettext(
        "Kept. As soon as possible %(topic)s will come: %(schedule)s."
    ),
    Effect.RESET: lazy_gettext(
        "Kept. %(topic)s will go back to its default as soon as possible."
    ),
    Effect.RESTORED: lazy_gettext(
        "Kept. %(topic)s will be as it was before, as soon as possible."
    ),
}
WAITING = lazy_gettext("Kept. It will be delivered as soon as possible.")
OVERDUE = lazy_gettext(
    "Kept, but it could not be delivered for more than a week. "
    "Please contact us and name the reference."
)
ONE_CLICK = lazy_gettext("%(topic)s was turned off from your mail program on %(when)s.")
REFERENCE = lazy_gettext("Reference %(reference)s.")
ON_OR_OFF: dict[Effect, tuple[LazyProxy, LazyProxy]] = {
    Effect.RESET: (
        lazy_gettext("Saved. %(topic)s is back to its default: on."),
        lazy_gettext("Saved. %(topic)s is back to its default: off."),
    ),
    Effect.RESTORED: (
        lazy_gettext("Undone. %(topic)s is as it was before: on."),
        lazy_gettext("Undone. %(topic)s is as it was before: off."),
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
    Effect.TOO_WEAK: (
        HTTPStatus.FORBIDDEN,
        lazy_gettext(
            "This link is too old for that: it can only turn things off. "
            "Nothing was changed for %(topic)s. Ask for a fresh link above."
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
    Trouble.REQUIRED: (
        HTTPStatus.CONFLICT,
        lazy_gettext("%(topic)s is required, so it cannot be turned off."),
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
    """What is said about the last act, and whether it may be tried again or undone.

    `undo` is the act's reference, empty where there is nothing to undo.
    """

    text: str
    is_problem: bool = False
    can_retry: bool = False
    undo: str = ""
    is_kept: bool = False


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
    return HTTPStatus.ACCEPTED if outcome.is_kept else HTTPStatus.OK


def note(outcome: Outcome) -> Note:
    preference, trouble = outcome.preference, outcome.trouble
    if trouble:
        text = _filled(FAILED[trouble][1], preference)
        if trouble not in SILENT:
            text += f" {STILL_ON if preference.is_on else STILL_OFF}"
        return Note(text, is_problem=True, can_retry=trouble in RETRIED)
    if outcome.effect in FORBIDDEN:
        return Note(_filled(FORBIDDEN[outcome.effect][1], preference), is_problem=True)
    undo = outcome.reference or ""
    if outcome.is_kept:
        text = _filled(KEPT.get(outcome.effect, WAITING), preference)
        return Note(f"{text} {reference(undo)}", undo=undo, is_kept=True)
    if outcome.effect in ON_OR_OFF:
        on, off = ON_OR_OFF[outcome.effect]
        return Note(_filled(on if preference.is_on else off, preference), undo=undo)
    return Note(_filled(SAVED[outcome.effect], preference), undo=undo)


def waiting(choice: Choice, *, may_undo: bool) -> Note:
    """What a page says of a choice that is on its way."""
    text = OVERDUE if choice.is_overdue else WAITING
    words = f"{text} {reference(choice.reference)}"
    undo = choice.reference if may_undo else ""
    return Note(words, undo=undo, is_kept=True)


def one_click(preference: Preference, choice: Choice, *, may_undo: bool) -> Note:
    """What a page says of what a mail program turned off in the recipient's name."""
    when = moments.in_words(choice.at)
    text = str(ONE_CLICK) % {"topic": isolated(preference.topic.name), "when": when}
    return Note(text, undo=choice.reference if may_undo else "")


def reference(text: str) -> str:
    return str(REFERENCE) % {"reference": text}


def _filled(text: LazyProxy, preference: Preference) -> str:
    return str(text) % {
        "topic": isolated(preference.topic.name),
        "channels": cadence.listed(channel(name) for name in preference.ticked),
        "schedule": cadence.in_force(preference),
    }


def isolated(name: str) -> str:
    """A name in another direction must not turn the sentence around it."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name
