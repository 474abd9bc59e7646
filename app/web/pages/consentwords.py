"""Every sentence of the question whether what staff would turn on shall be so.

`page` says how things stand; the mail asks in the same words, see `app.web.letters`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import gettext

from app.links import Link
from app.preferences.asking import Question
from app.preferences.rules import Effect
from app.preferences.timeline import Turn
from app.web.pages import historywords, moments, words
from app.web.pages.words import isolated

NOT_ON_OFFER = frozenset({Effect.NOT_ON_OFFER, Effect.NO_SUCH_SCHEDULE})


@dataclass(frozen=True, slots=True)
class Words:
    """`yes` and `no` are on buttons; `asks`: they answer a question that is open.

    `now` and `then` are how the topic stands, and would; `now` is empty where nobody
    can say.
    """

    title: str
    lines: tuple[str, ...] = ()
    yes: str = ""
    no: str = ""
    now: str = ""
    then: str = ""
    may_undo: bool = False
    is_gone: bool = False

    @property
    def asks(self) -> bool:
        return bool(self.no)


def page(question: Question, link: Link, *, said_no: bool) -> Words:
    """For how things stand now; `said_no`: that was the last answer."""
    effect, turn = question.decision.effect, question.turn
    if question.now is None:
        gone = gettext("The notification it was about no longer exists.")
        return Words(gettext("You do not get this any more"), (gone,), is_gone=True)
    name = question.now.topic.name
    if question.closed_at is not None:
        return _closed(question, name, question.closed_at)
    if turn:
        was_yes = question.past.was_yes
        no = _declined(turn, link, was_yes=was_yes) if said_no else None
        return no or _open(turn, is_seen=question.is_seen)
    if effect in NOT_ON_OFFER:
        return _not_on_offer(name)
    if question.waiting:
        kept = words.waiting(question.waiting, may_undo=False).text
        title = gettext(
            "We have kept your answer about %(topic)s", topic=isolated(name)
        )
        return Words(title, (kept, *_change_of_mind(question, link)), may_undo=True)
    return _on(question, link)


def heading(turn: Turn) -> str:
    """The question itself, as a title."""
    name = isolated(turn.now.topic.name)
    if turn.now.is_on:
        return gettext("Change how %(topic)s reaches you?", topic=name)
    return gettext("Turn on %(topic)s?", topic=name)


def who_asks(product: str) -> str:
    if not product:
        return gettext(
            "Our support would like to do this for you, and needs your consent."
        )
    return gettext(
        "The support of %(product)s would like to do this for you, "
        "and needs your consent.",
        product=isolated(product),
    )


def would_be(turn: Turn) -> str:
    """How the topic would stand, within a sentence."""
    standing = historywords.turn(turn).then
    return gettext("If you say yes: %(standing)s", standing=standing)


def nothing_yet() -> str:
    return gettext("Nothing changes unless you say yes.")


def _open(turn: Turn, *, is_seen: bool) -> Words:
    no = gettext("No, leave it as it is")
    yes = gettext("Change it") if turn.now.is_on else gettext("Turn it on")
    if is_seen:
        told = historywords.turn(turn)
        return Words(heading(turn), (nothing_yet(),), yes, no, told.now, told.then)
    unseen = gettext(
        "We cannot see how it stands just now. You can answer all the same: "
        "we keep your answer, and it takes effect as soon as possible."
    )
    lines = (would_be(turn), nothing_yet(), unseen)
    return Words(heading(turn), lines, yes, no)


def _closed(question: Question, name: str, at: float) -> Words:
    title = gettext(
        "The question about %(topic)s has been answered", topic=isolated(name)
    )
    said = gettext(
        "It was answered on %(day)s. What was chosen since then stays as it is.",
        day=moments.day(datetime.fromtimestamp(at, UTC)),
    )
    now = _standing(question) if question.is_seen else ""
    return Words(title, (said,), now=now)


def _declined(turn: Turn, link: Link, *, was_yes: bool) -> Words:
    name = isolated(turn.now.topic.name)
    said = gettext("You have said no, so nothing was changed.")
    if was_yes:
        said = gettext("You have said no after all, so your yes no longer counts.")
    still = gettext(
        "If you change your mind, you can still say yes here until %(until)s.",
        until=until(link),
    )
    yes = gettext("Change it") if turn.now.is_on else gettext("Turn it on")
    title = gettext("%(topic)s stays as it is", topic=name)
    return Words(title, (said, still), yes)


def _on(question: Question, link: Link) -> Words:
    now = question.now
    name = isolated(now.topic.name) if now else ""
    title = gettext("%(topic)s is on", topic=name)
    if question.own:
        said = gettext("You have said yes.")
        lines = (said, *_change_of_mind(question, link))
        return Words(title, lines, now=_standing(question), may_undo=True)
    why = [gettext("It is required.")] if now and now.is_locked else []
    already = gettext("It is so already, so nothing has to be changed.")
    return Words(title, (*why, already), now=_standing(question))


def _standing(question: Question) -> str:
    return historywords.standing(question.now) if question.now else ""


def _change_of_mind(question: Question, link: Link) -> tuple[str, ...]:
    if question.own is None:
        return ()
    text = gettext(
        "If you change your mind, you can undo it here until %(until)s. "
        "After that, use the link in any of our emails.",
        until=until(link),
    )
    return (text,)


def _not_on_offer(name: str) -> Words:
    title = gettext("%(topic)s cannot be changed like that", topic=isolated(name))
    why = gettext(
        "What our support had in mind is not on offer any more. Nothing was changed. "
        "If you still want it, please ask our support again."
    )
    return Words(title, (why,))


def until(link: Link) -> str:
    return moments.day(link.full_until) if link.full_until else ""
