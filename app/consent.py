"""Asks somebody whether what staff would turn on shall be so, and does what they say.

Staff change nothing by it. The question goes to the recipient by mail, with a link of
its own, and a yes is a choice of theirs like any other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import structlog

from app.acts import Acts, Planned
from app.courier.errors import CourierError
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.links import Link, Links, Scope
from app.outcome import Down, Outcome, Trouble
from app.preferences.asking import Asking, Past, Question, past
from app.preferences.choice import Choice, Door, Trace
from app.preferences.letter import Letter
from app.preferences.merge import preference, stranger
from app.preferences.model import Preference, Recipient, Section
from app.preferences.overlay import left
from app.preferences.rules import Effect, Wish
from app.preferences.staff import Entry, Kind
from app.preferences.subject import Subject
from app.preferences.timeline import Turn
from app.reading import Reader

REASON = "confirmed: asked by support"
ACTOR = "recipient"
"""Who has answered, as the trail has it."""

DONE = frozenset(
    {
        Effect.TURNED_ON,
        Effect.CHANNELS_CHANGED,
        Effect.SCHEDULE_CHANGED,
        Effect.NOTHING,
    }
)

Write = Callable[[str, Recipient, Asking, Turn | None], Letter]
"""Makes the words of the mail: the address, to whom, what is asked, what would
change."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("consent")


@dataclass(frozen=True, slots=True)
class Post:
    """How a question is mailed; `language` is what somebody's profile says."""

    links: Links
    address: Callable[[Scope, str], str]
    send: Callable[[Recipient, Letter, dict[str, str]], None]
    write: Write
    language: Callable[[Recipient], str]


@dataclass(frozen=True, slots=True)
class Book:
    """Where answers are written down; `answers` are a user's by one link, told by its
    mark, newest first."""

    note: Callable[[Entry], object]
    answers: Callable[[str, str], Iterable[Entry]]


class Consent:
    def __init__(
        self, reader: Reader, ledger: Ledger, acts: Acts, post: Post, book: Book
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._acts = acts
        self._post = post
        self._book = book

    def ask(  # noqa: PLR0913, PLR0917  all of one question
        self,
        recipient: Recipient,
        now: Preference,
        wish: Wish,
        basis: str,
        entry_id: int,
        label: str | None = None,
    ) -> None:
        """Mails the question, in the language that the recipient reads.

        `now` as staff saw it. Raises `CourierError`, or `ValueError` where all that
        is too long for a link.
        """
        post = self._post
        language = recipient.language or post.language(recipient)
        whom = replace(recipient, language=language)
        known = self._reader.workspace.name(whom, Subject(now.topic.id))
        name = known or now.topic.name
        named = replace(now, topic=replace(now.topic, name=name))
        asking = Asking.of(named, wish, basis, entry_id)
        token = post.links.mint(Scope.CONFIRM, whom, label, asking=asking)
        address = post.address(Scope.CONFIRM, token)
        turn = Question(asking, named).turn
        letter = post.write(address, whom, asking, turn)
        post.send(whom, letter, {"confirm_url": address})

    def question(self, recipient: Recipient, link: Link, mark: str) -> Question:
        """`mark`: the link's, as in a choice's trace. Changes nothing."""
        asking = _asking(link)
        stands = self._stands(recipient, asking, link.minted_at.timestamp())
        return replace(stands, past=self._past(recipient, asking, mark))

    def confirm(self, recipient: Recipient, link: Link, mark: str) -> Outcome:
        """Does what was asked to how it stands by now; twice is as good as once."""
        stands = self.question(recipient, link, mark)
        if stands.closed_at is not None:
            return _unchanged(stands)
        outcome = self._done(recipient, stands, mark)
        if outcome.effect in DONE and not outcome.trouble:
            self._note(Kind.CONFIRMED, recipient, stands, mark, outcome)
        return outcome

    def decline(self, recipient: Recipient, link: Link, mark: str) -> Outcome:
        """Notes a no, but for one that would not be true: it stands so all the same.

        A yes of the same link is to be undone before; where nobody can say whether
        there was one, the no is not taken.
        """
        stands = self.question(recipient, link, mark)
        is_so = stands.now and stands.decision.effect is Effect.NOTHING
        if is_so and not stands.past.is_known:
            return _unchanged(stands, Trouble.UNAVAILABLE)
        if not is_so and stands.closed_at is None:
            self._note(Kind.DECLINED, recipient, stands, mark)
        return _unchanged(stands)

    def _done(self, recipient: Recipient, stands: Question, mark: str) -> Outcome:
        now, decision = stands.now, stands.decision
        if now is None:
            return Outcome(_unknown(stands.asking), Effect.NOTHING, Trouble.GONE)
        if decision.effect is Effect.NOTHING:
            return _nothing(now, stands)
        if decision.act is None:
            return Outcome(now, decision.effect)
        planned = Planned(
            now, decision.act, decision.effect, stands.is_quiet, not stands.is_seen
        )
        trace = Trace(Door.PAGE, mark, reason=REASON)
        return self._acts.one(recipient, planned, trace)

    def _stands(self, recipient: Recipient, asking: Asking, since: float) -> Question:
        """As Courier says; else as staff saw it, and as it was changed here since."""
        shown, topic_id = self._reader.show(recipient), asking.topic_id
        if not isinstance(shown, Down) and shown.seen_at is None:
            try:
                about = self._reader.about(
                    recipient, Subject(topic_id), shown.preferences
                )
            except CourierError:
                pass
            else:
                now = about[0] if about else None
                is_quiet = shown.is_blind or shown.is_quiet(topic_id)
                waiting = shown.waiting.get(topic_id)
                return Question(asking, now, is_quiet=is_quiet, waiting=waiting)
        return Question(
            asking,
            self._guess(recipient, asking, since),
            is_seen=False,
            is_quiet=self._reader.is_quiet(recipient, topic_id),
            waiting=self._waiting(recipient, topic_id),
        )

    def _waiting(self, recipient: Recipient, topic_id: str) -> Choice | None:
        try:
            return self._reader.waiting_for(recipient, topic_id)
        except LedgerDown:
            return None

    def _guess(self, recipient: Recipient, asking: Asking, since: float) -> Preference:
        try:
            row = self._reader.workspace.placed(
                recipient, asking.topic_id, asking.topic_name, asking.seen
            )
        except CourierError:
            row = _unknown(asking)
        last = self._last(recipient, asking.topic_id, since)
        return left(row, last) if last else row

    def _last(self, recipient: Recipient, topic_id: str, since: float) -> Choice | None:
        """What was chosen here last, after the question was asked."""
        keys = self._reader.workspace.keys(topic_id)
        about = [
            choice
            for choice in self._newest(recipient)
            if choice.topic_id in keys and choice.at >= since
        ]
        return max(about, key=lambda choice: choice.id, default=None)

    def _past(self, recipient: Recipient, asking: Asking, mark: str) -> Past:
        """As far as can be read."""
        keys = self._reader.workspace.keys(asking.topic_id)
        answers = self._answers(recipient, mark)
        try:
            newest = self._ledger.newest(recipient)
            history = self._ledger.history(recipient)
        except LedgerDown:
            return replace(past(mark, keys, (), (), answers), is_known=False)
        return past(mark, keys, newest, history, answers)

    def _newest(self, recipient: Recipient) -> list[Choice]:
        try:
            return self._ledger.newest(recipient)
        except LedgerDown:
            return []

    def _answers(self, recipient: Recipient, mark: str) -> list[Entry]:
        try:
            return list(self._book.answers(recipient.user_id, mark))
        except LedgerDown:
            return []

    def _note(
        self,
        kind: Kind,
        recipient: Recipient,
        stands: Question,
        mark: str,
        outcome: Outcome | None = None,
    ) -> None:
        """Once for each answer. Whoever answers does not wait for the trail."""
        asking = stands.asking
        is_new = outcome and outcome.reference and outcome.effect is not Effect.NOTHING
        if not is_new and stands.past.answer is kind:
            return
        entry = Entry(
            kind,
            ACTOR,
            recipient,
            asking.topic_id,
            outcome.reference if outcome else None,
            basis=asking.basis,
            link=mark,
            detail=str(asking.entry),
        )
        try:
            self._book.note(entry)
        except LedgerDown:
            log.warning("answer_not_noted", kind=kind.value, entry=asking.entry)


def _asking(link: Link) -> Asking:
    if link.asking is None:
        raise ValueError("the link asks nothing")
    return link.asking


def _nothing(now: Preference, stands: Question) -> Outcome:
    """Already so, or on its way; or else nobody can say."""
    if stands.waiting:
        reference = stands.waiting.reference
        return Outcome(now, Effect.NOTHING, None, reference, is_kept=True)
    trouble = None if stands.is_seen else Trouble.UNAVAILABLE
    return Outcome(now, Effect.NOTHING, trouble)


def _unchanged(stands: Question, trouble: Trouble | None = None) -> Outcome:
    now = stands.now or _unknown(stands.asking)
    return Outcome(now, Effect.NOTHING, trouble)


def _unknown(asking: Asking) -> Preference:
    """A topic of which nothing is known but what the link says."""
    topic = stranger(asking.topic_id, asking.topic_name, asking.seen)
    section = Section("", None, channels=asking.channels)
    return preference(section, topic, None, asking.seen)
