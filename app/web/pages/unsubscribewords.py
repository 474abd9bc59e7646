"""Every sentence about unsubscribing by a link of its own.

`title`, `lines`, `stops` and `button` are what the page says for how things stand;
`line` is the whole answer to a mail program.
"""

from dataclasses import dataclass
from http import HTTPStatus

from babel.support import LazyProxy
from flask_babel import gettext, lazy_gettext

from app.outcome import Answer, Asked, Trouble, Unsubscribed
from app.preferences.subject import Subject
from app.web.pages import words
from app.web.pages.words import FAILED, isolated, reference

LINES: dict[Answer, LazyProxy] = {
    Answer.DONE: lazy_gettext("You have been unsubscribed from %(what)s."),
    Answer.KEPT: lazy_gettext(
        "You will be unsubscribed from %(what)s as soon as possible."
    ),
    Answer.ALREADY: lazy_gettext("You were unsubscribed from %(what)s already."),
    Answer.REQUIRED: lazy_gettext("It is required, so it goes on: %(what)s."),
    Answer.UNKNOWN: lazy_gettext("You do not get this any more."),
    Answer.FAILED: lazy_gettext("We could not unsubscribe you from %(what)s just now."),
}


@dataclass(frozen=True, slots=True)
class Words:
    """`stops` heads the list of topics, where it is about several."""

    title: str
    lines: tuple[str, ...] = ()
    stops: str = ""
    button: str = ""


def what(subject: Subject, name: str) -> str:
    """What it is about, within a sentence."""
    if subject.topic_id is not None:
        return isolated(name) or gettext("this")
    if subject.section_id is None:
        return gettext("everything optional")
    if name:
        return gettext("everything optional in %(section)s", section=isolated(name))
    return gettext("everything optional of its kind")


def line(told: Unsubscribed, subject: Subject) -> str:
    """One line, as a mail program or its user reads it."""
    text = str(LINES[told.answer]) % {"what": what(subject, told.name)}
    if told.answer is Answer.KEPT and told.reference:
        return f"{text} {reference(told.reference)}"
    return text


def status(told: Unsubscribed) -> HTTPStatus:
    """A success for whoever gets no more of it; the ledger counts as such."""
    if told.answer is Answer.REQUIRED:
        return HTTPStatus.CONFLICT
    if told.answer is Answer.FAILED:
        return FAILED[told.trouble or Trouble.UNAVAILABLE][0]
    return HTTPStatus.OK


def page(asked: Asked, *, is_after: bool) -> Words:
    """For how things stand now; `is_after`: this link has just brought it about."""
    about = what(asked.subject, asked.name)
    if asked.is_required:
        return _required(asked)
    if asked.waiting and not asked.on:
        kept = words.waiting(asked.waiting, may_undo=False)
        title = gettext("You will be unsubscribed from %(what)s", what=about)
        return Words(title, (kept.text,))
    if not asked.is_known:
        line_ = gettext("The notification it was about no longer exists.")
        return Words(gettext("You do not get this any more"), (line_,))
    if asked.is_off:
        return _off(asked, about, is_after=is_after)
    return _ask(asked, about)


def _ask(asked: Asked, about: str) -> Words:
    """Where Courier is silent, the link says enough."""
    title = gettext("Unsubscribe from %(what)s?", what=about)
    button = gettext("Unsubscribe")
    if not asked.is_seen:
        why = gettext(
            "We cannot see how it stands just now. You can unsubscribe all the same: "
            "we keep your choice, and it takes effect as soon as possible."
        )
        return Words(title, (why,), button=button)
    if asked.subject.topic_id is None:
        return Words(title, stops=gettext("This will stop"), button=button)
    stop = gettext(
        "If you unsubscribe, you will not get %(what)s any more.", what=about
    )
    return Words(title, (stop,), button=button)


def _off(asked: Asked, about: str, *, is_after: bool) -> Words:
    """What was off all along is nobody's unsubscribing."""
    title = gettext("You do not get %(what)s", what=about)
    if asked.own:
        title = gettext("You have already unsubscribed from %(what)s", what=about)
    if is_after:
        title = gettext("You have unsubscribed from %(what)s", what=about)
    if asked.subject.topic_id is None:
        stops = gettext("This has stopped") if asked.stopped else ""
        return Words(title, stops=stops)
    return Words(title, (gettext("You will not get %(what)s any more.", what=about),))


def _required(asked: Asked) -> Words:
    title = gettext("This cannot be turned off")
    if asked.name:
        title = gettext("%(name)s cannot be turned off", name=isolated(asked.name))
    why = [gettext("It is required.")]
    if any(preference.channels for preference in asked.locked):
        why.append(gettext("How it reaches you, you can choose in your preferences."))
    return Words(title, (" ".join(why),))
