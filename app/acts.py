"""Does what was decided: writes it down, sends it, and says what came of it.

Nothing is sent before it is written down. Only where the ledger cannot be written is
a choice tried at Courier all the same; then it counts if Courier takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from app.delivery import Delivery
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.ledger.queue import Result, Verdict
from app.outcome import BulkOutcome, Outcome, Trouble
from app.preferences.choice import Choice, Draft, Trace
from app.preferences.model import Preference, Recipient, Routing, Standing, Status
from app.preferences.rules import Act, Change, Effect
from app.preferences.subject import Subject
from app.reading import Reader
from app.tally import Tally

UNSEEN = Standing(Status.OPTED_IN, Status.OPTED_IN)
"""Where somebody is taken to stand of whom nothing is known."""

OFF = Change(Status.OPTED_OUT, Routing())

SAVED, KEPT = "saved", "kept"
"""What came of a choice where nothing stood in the way."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("center")


@dataclass(frozen=True, slots=True)
class Planned:
    """What shall be done to one topic, where it stands now, and what that comes to.

    Not quiet: an older request or choice of the topic may still have its say. A guess:
    Courier did not say that it stands so.
    """

    now: Preference
    act: Act
    effect: Effect
    is_quiet: bool = True
    is_guess: bool = False

    @property
    def draft(self) -> Draft:
        topic = self.now.topic
        return Draft(topic.id, topic.name, self.now.standing, self.act, self.is_guess)

    @property
    def expected(self) -> Preference:
        return replace(self.now, standing=self.draft.after)


class Acts:
    def __init__(
        self,
        ledger: Ledger,
        delivery: Delivery,
        reader: Reader,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally or Tally()
        self._ledger = ledger
        self._delivery = delivery
        self._reader = reader

    def one(self, recipient: Recipient, planned: Planned, trace: Trace) -> Outcome:
        outcome = self._one(recipient, planned, trace)
        self._tally.chosen(trace.door.value, _word(outcome))
        return outcome

    def _one(self, recipient: Recipient, planned: Planned, trace: Trace) -> Outcome:
        written = self._recorded(recipient, [planned], trace)
        if isinstance(written, LedgerDown):
            return self._unwritten(recipient, [planned], trace, written)[0]
        (choice,) = written
        result = self._delivery.at_once(written).get(choice.id)
        return self._outcome(planned, choice, result)

    def unseen(
        self, recipient: Recipient, subject: Subject, name: str, trace: Trace
    ) -> str | None:
        """Written down to be turned off, by who cannot see how it stands; its
        reference, None where it could not be.

        Once Courier says how it stands, it becomes choices that lose no channel.
        """
        draft = Draft(subject.key, name, UNSEEN, OFF)
        try:
            choices = self._ledger.record(recipient, [draft], trace)
        except LedgerDown:
            self._tally.chosen(trace.door.value, Trouble.UNAVAILABLE.value)
            return None
        self._tally.chosen(trace.door.value, KEPT)
        self._delivery.postpone(choices)
        return choices[0].reference

    def many(
        self,
        recipient: Recipient,
        planned: Sequence[Planned],
        trace: Trace,
        *,
        is_reset_all: bool = False,
        reference: str | None = None,
    ) -> BulkOutcome:
        """One act: a row per topic under one reference, be it that of more acts."""
        if not planned:
            return BulkOutcome()
        written = self._recorded(recipient, planned, trace, reference)
        if isinstance(written, LedgerDown):
            reference = None
            outcomes = self._unwritten(recipient, planned, trace, written)
        else:
            reference = written[0].reference
            results = self._delivery.at_once(written, is_reset_all=is_reset_all)
            outcomes = [
                self._outcome(plan, choice, results.get(choice.id))
                for plan, choice in zip(planned, written, strict=True)
            ]
        for outcome in outcomes:
            self._tally.chosen(trace.door.value, _word(outcome))
        return _summed(outcomes, reference)

    def fear(self, recipient: Recipient, drafts: Sequence[Draft], trace: Trace) -> None:
        """What was sent to no answer may have gone to Courier without the ledger."""
        for draft in drafts:
            self._delivery.fear(Choice(0, "", 0.0, recipient, draft, trace))

    def _recorded(
        self,
        recipient: Recipient,
        planned: Sequence[Planned],
        trace: Trace,
        reference: str | None = None,
    ) -> list[Choice] | LedgerDown:
        drafts = [plan.draft for plan in planned]
        try:
            self._delivery.note_fears()
            return self._ledger.record(recipient, drafts, trace, reference)
        except LedgerDown as fault:
            log.exception("not_recorded", topics=len(planned))
            return fault

    def _outcome(
        self, planned: Planned, choice: Choice, result: Result | None
    ) -> Outcome:
        """No result yet, or one that says "later", means kept."""
        if result and result.verdict is Verdict.REFUSED:
            stays = self._reader.workspace.channels_checked(planned.now)
            return Outcome(stays, planned.effect, Trouble.named(result.reason))
        is_kept = result is None or result.verdict is Verdict.POSTPONED
        is_in_doubt = result is not None and (
            result.is_unsettled or result.is_ambiguous
        )
        is_quiet = not (is_kept or is_in_doubt or choice.has_doubt)
        expected = self._reader.workspace.channels_checked(planned.expected)
        reference = choice.reference or None
        return Outcome(expected, planned.effect, None, reference, is_kept, is_quiet)

    def _unwritten(
        self,
        recipient: Recipient,
        planned: Sequence[Planned],
        trace: Trace,
        fault: LedgerDown,
    ) -> list[Outcome]:
        """Without a ledger, one after the other, until one fails.

        What may be written down is not sent: it would come once more, and later.
        """
        if fault.is_doubtful:
            told = Trouble.UNCERTAIN
            return [Outcome(p.now, p.effect, told, is_quiet=False) for p in planned]
        outcomes: list[Outcome] = []
        for plan in planned:
            last = outcomes[-1] if outcomes else None
            if last and last.trouble in (Trouble.UNAVAILABLE, Trouble.UNCERTAIN):
                outcomes.append(Outcome(plan.now, plan.effect, last.trouble))
            else:
                outcomes.append(self._tried(recipient, plan, trace))
        return outcomes

    def _tried(self, recipient: Recipient, planned: Planned, trace: Trace) -> Outcome:
        """Without a ledger: saved if Courier takes it, else not at all.

        Unless something older may still have its say: it would come later, and win.
        What Courier has by its own word is feared no more: an older choice of the
        ledger must not be put in its place. And nothing that somebody does for
        somebody else, who could not be told.
        """
        if trace.actor or not self._is_quiet(recipient, planned):
            unavailable = Trouble.UNAVAILABLE
            return Outcome(planned.now, planned.effect, unavailable, is_quiet=False)
        unwritten = Choice(0, "", 0.0, recipient, planned.draft, trace)
        result = self._delivery.send(unwritten)
        is_there = result.verdict is Verdict.DELIVERED
        if result.is_ambiguous and not is_there:
            self._delivery.fear(unwritten)
        if is_there:
            return self._outcome(planned, unwritten, result)
        failed = Trouble.named(result.reason)
        stays = self._reader.workspace.channels_checked(planned.now)
        is_quiet = not result.is_ambiguous
        return Outcome(stays, planned.effect, failed, is_quiet=is_quiet)

    def _is_quiet(self, recipient: Recipient, planned: Planned) -> bool:
        """As the page knew, and as the ledger knows if it can still be read."""
        topic_id = planned.now.topic.id
        return (
            planned.is_quiet
            and not self._delivery.is_feared(recipient, topic_id)
            and self._reader.is_quiet(recipient, topic_id)
        )


def _word(outcome: Outcome) -> str:
    """For a counter: saved, kept, or what stood in the way."""
    if outcome.trouble:
        return outcome.trouble.value
    return KEPT if outcome.is_kept else SAVED


def _summed(outcomes: Sequence[Outcome], reference: str | None) -> BulkOutcome:
    failed = [(o.preference.topic.id, o.trouble) for o in outcomes if o.trouble]
    troubles = sorted((t for _, t in failed), key=lambda t: t is Trouble.GONE)
    return BulkOutcome(
        tuple(o.preference for o in outcomes if not (o.trouble or o.is_kept)),
        tuple(o.preference for o in outcomes if o.is_kept),
        tuple(o.preference for o in outcomes if o.trouble),
        gone=frozenset(id_ for id_, t in failed if t is Trouble.GONE),
        trouble=troubles[0] if troubles else None,
        reference=reference,
        is_quiet=all(outcome.is_quiet for outcome in outcomes),
    )
