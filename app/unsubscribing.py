"""What an unsubscribe link asks for: what would stop, stop it, and take that back.

It may only turn off what it is about, and put back what it turned off itself.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from app.acts import OFF, Acts, Planned
from app.courier.errors import CourierError
from app.delivery import Delivery
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.outcome import (
    Answer,
    Asked,
    BulkOutcome,
    Down,
    Shown,
    Trouble,
    Unsubscribed,
)
from app.preferences.choice import Choice, Draft, State, Trace
from app.preferences.model import (
    Preference,
    Preferences,
    Recipient,
    Standing,
    Topic,
)
from app.preferences.rules import Effect, turned_off
from app.preferences.subject import EVERYTHING, Subject
from app.reading import Reader

log: structlog.stdlib.BoundLogger = structlog.get_logger("center")

LOOKED_BACK = 200
"""Rows among which a refusal is looked for that was written down already."""

RECHECKED = 5
"""Topics at most of which Courier is asked why it refused them."""

SAID = 24 * 60 * 60.0
"""Seconds for which the same refusal is not written down again."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What is to be stopped, and how things stood when it was seen."""

    subject: Subject
    name: str
    shown: Shown
    about: tuple[Preference, ...]


class Unsubscribing:
    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        acts: Acts,
        delivery: Delivery,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._acts = acts
        self._delivery = delivery
        self._now = now

    def ask(self, recipient: Recipient, subject: Subject, mark: str) -> Asked:
        """`mark`: the link's, as in a choice's trace. Changes nothing."""
        shown = self._reader.show(recipient)
        own = self._own(recipient, mark)
        if isinstance(shown, Down) or shown.seen_at is not None:
            waiting = _waiting(self._reader.waiting(recipient), subject)
            name = self._reader.workspace.name(recipient, subject)
            return Asked(subject, name, own=own, waiting=waiting, is_seen=False)
        about = self._about(recipient, subject, shown)
        if about is None:
            return Asked(
                subject,
                self._reader.workspace.name(recipient, subject),
                own=own,
                is_seen=False,
            )
        ids = {p.topic.id for p in about}
        return Asked(
            subject,
            _name(subject, shown.preferences, about),
            tuple(p for p in about if p.is_on and not p.is_locked),
            tuple(p for p in about if p.is_locked),
            tuple(p for p in about if not p.is_on),
            tuple(p for p in shown.preferences if p.is_on and p.topic.id not in ids),
            own,
            _waiting(shown.waiting, subject, about),
        )

    def act(self, recipient: Recipient, subject: Subject, trace: Trace) -> Unsubscribed:
        """Turns off what may be; kept where Courier does not answer now."""
        shown = self._reader.show(recipient)
        if isinstance(shown, Down) or shown.seen_at is not None:
            return self.act_unseen(recipient, subject, trace)
        about = self._about(recipient, subject, shown)
        if about is None:
            return self.act_unseen(recipient, subject, trace)
        if not about:
            log.warning("unsubscribed_from_unknown", subject=subject.key)
            return Unsubscribed(Answer.UNKNOWN)
        name = _name(subject, shown.preferences, about)
        if all(p.is_locked for p in about):
            drafts = [_draft(p.topic, p.standing) for p in about]
            return self._refused(recipient, drafts, name, trace)
        return self._stopped(recipient, Stopping(subject, name, shown, about), trace)

    def _stopped(
        self, recipient: Recipient, stopping: Stopping, trace: Trace
    ) -> Unsubscribed:
        shown, name = stopping.shown, stopping.name
        restless = self._restless(recipient, shown)
        planned = [
            Planned(
                p,
                turned_off(p),
                Effect.TURNED_OFF,
                shown.is_blind or shown.is_quiet(p.topic.id),
            )
            for p in stopping.about
            if not p.is_locked and (p.is_on or p.topic.id in restless)
        ]
        if planned:
            outcome = self._acts.many(recipient, planned, trace)
            return _summed(name, self._locked_by_now(recipient, outcome))
        waiting = _waiting(shown.waiting, stopping.subject, stopping.about)
        if waiting:
            return Unsubscribed(Answer.KEPT, name, waiting.reference)
        return Unsubscribed(Answer.ALREADY, name)

    def _restless(self, recipient: Recipient, shown: Shown) -> set[str]:
        """What is off, and an older request may still turn on: with nothing later that
        turned it off, which is looked after anyway. And what support turned off, which
        they could take back: now it is the recipient's own wish."""
        try:
            doubtful = self._ledger.doubtful(recipient)
            newest = self._ledger.newest(recipient)
        except LedgerDown:
            return {p.topic.id for p in shown.preferences if not _is_calm(shown, p)}
        off = {choice.topic_id for choice in newest if choice.is_leaving}
        by_staff = {c.topic_id for c in newest if c.is_leaving and c.trace.actor}
        return (doubtful - off) | by_staff

    def _locked_by_now(self, recipient: Recipient, outcome: BulkOutcome) -> BulkOutcome:
        """What Courier refused because it is required, as the catalog did not say."""
        if outcome.trouble is not Trouble.REFUSED:
            return outcome
        told = [self._reader.reread(recipient, p) for p in outcome.failed[:RECHECKED]]
        locked = {p.topic.id for p in told if p and p.is_locked}
        return replace(
            outcome,
            failed=tuple(p for p in outcome.failed if p.topic.id not in locked),
            locked=tuple(p for p in outcome.failed if p.topic.id in locked),
        )

    def _about(
        self, recipient: Recipient, subject: Subject, shown: Shown
    ) -> tuple[Preference, ...] | None:
        """None where Courier would have to be asked, and does not answer."""
        try:
            return self._reader.about(recipient, subject, shown.preferences)
        except CourierError:
            return None

    def _refused(
        self,
        recipient: Recipient,
        drafts: Sequence[Draft],
        name: str,
        trace: Trace,
    ) -> Unsubscribed:
        """Somebody wanted to leave and could not: that is written down as well."""
        try:
            said = self._said(recipient, drafts, trace)
            if said:
                return Unsubscribed(Answer.REQUIRED, name, said.reference)
            rows = self._ledger.refuse(
                recipient, drafts, trace, f"{Trouble.REQUIRED}: locked"
            )
        except LedgerDown:
            return Unsubscribed(Answer.REQUIRED, name)
        return Unsubscribed(Answer.REQUIRED, name, rows[0].reference)

    def _said(
        self, recipient: Recipient, drafts: Sequence[Draft], trace: Trace
    ) -> Choice | None:
        """The same refusal of lately, which need not be written down once more."""
        since, topics = self._now() - SAID, {draft.topic_id for draft in drafts}
        last = self._ledger.history(recipient, limit=LOOKED_BACK)
        same = [
            choice
            for choice in last
            if choice.state is State.REFUSED
            and choice.trace == trace
            and choice.topic_id in topics
            and choice.at > since
        ]
        is_said = topics <= {choice.topic_id for choice in same}
        return same[0] if is_said else None

    def act_unseen(
        self, recipient: Recipient, subject: Subject, trace: Trace
    ) -> Unsubscribed:
        """Written down as it is; what it comes to is seen when Courier answers."""
        name = self._reader.workspace.name(recipient, subject)
        last = self._newest(recipient)
        if last and last.topic_id == subject.key:
            return Unsubscribed(Answer.KEPT, name, last.reference)
        reference = self._acts.unseen(recipient, subject, name, trace)
        if reference is None:
            return Unsubscribed(Answer.FAILED, name, trouble=Trouble.UNAVAILABLE)
        return Unsubscribed(Answer.KEPT, name, reference)

    def _newest(self, recipient: Recipient) -> Choice | None:
        """The last choice of all, if it waits still: asked again, it need not be
        written down again."""
        try:
            last = next(iter(self._ledger.history(recipient, limit=1)), None)
        except LedgerDown:
            return None
        return last if last and last.state is State.PENDING else None

    def _own(self, recipient: Recipient, mark: str) -> tuple[Choice, ...]:
        """The link's last act, without what was chosen again since."""
        try:
            newest = self._ledger.newest(recipient)
        except LedgerDown:
            return ()
        own = [c for c in newest if c.trace.link == mark and c.is_leaving]
        last = max(own, key=lambda choice: choice.id, default=None)
        return tuple(c for c in own if last and c.reference == last.reference)


def _draft(topic: Topic, standing: Standing) -> Draft:
    return Draft(topic.id, topic.name, standing, OFF)


def _is_calm(shown: Shown, preference: Preference) -> bool:
    """Nothing is to be done for it, or it is on its way already."""
    topic_id = preference.topic.id
    return shown.is_quiet(topic_id) or topic_id in shown.waiting


def _waiting(
    waiting: Mapping[str, Choice], subject: Subject, about: Iterable[Preference] = ()
) -> Choice | None:
    """The newest choice on its way by which something of it stops."""
    ids = (p.topic.id for p in about if not p.is_locked)
    keys = {subject.key, EVERYTHING, *ids}
    found = [c for key, c in waiting.items() if key in keys and c.is_leaving]
    return max(found, key=lambda choice: choice.id, default=None)


def _name(subject: Subject, shown: Preferences, about: Sequence[Preference]) -> str:
    if subject.topic_id is not None:
        return about[0].topic.name.strip() if about else ""
    group = shown.group(subject.section_id) if subject.section_id else None
    return (group.section.name or "").strip() if group else ""


def _summed(name: str, outcome: BulkOutcome) -> Unsubscribed:
    gone = outcome.gone
    if gone:
        log.warning("unsubscribed_from_unknown", topics=sorted(gone))
    if len(outcome.failed) > len(gone):
        return Unsubscribed(Answer.FAILED, name, outcome.reference, outcome.trouble)
    if outcome.locked and not (outcome.done or outcome.kept):
        return Unsubscribed(Answer.REQUIRED, name, outcome.reference)
    if not (outcome.done or outcome.kept):
        return Unsubscribed(Answer.UNKNOWN, reference=outcome.reference)
    answer = Answer.KEPT if outcome.kept else Answer.DONE
    return Unsubscribed(answer, name, outcome.reference)
