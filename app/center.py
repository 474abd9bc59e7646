"""What the pages ask for: show, choose, turn off, reset, undo.

Knows neither Flask nor httpx nor SQL. Whatever Courier or the ledger does, an answer
is a value here: what is true now, what came of the wish, and what stood in the way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from app.acts import Acts, Planned
from app.courier.errors import CourierError
from app.delivery import Delivery
from app.history import History
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.outcome import BulkOutcome, Down, Outcome, Progress, Rendered, Shown, Trouble
from app.preferences.choice import Choice, Draft, State, Trace
from app.preferences.merge import preference, stranger
from app.preferences.model import (
    Preference,
    Recipient,
    Routing,
    Section,
    Standing,
    Status,
)
from app.preferences.rules import (
    Change,
    Effect,
    Reset,
    Wish,
    decide,
    is_same,
    restored,
    touched,
    turned_off,
)
from app.preferences.subject import Subject
from app.reading import Reader
from app.sender import trouble

UNSEEN = Standing(Status.OPTED_IN, Status.OPTED_IN)
"""Where somebody is taken to stand of whom nothing is known."""


class Center:
    """`is_ledger_well` says whether choices can be kept; `close` ends connections."""

    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        reader: Reader,
        ledger: Ledger,
        delivery: Delivery,
        acts: Acts,
        history: History,
        is_ledger_well: Callable[[], bool],
        close: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._delivery = delivery
        self.history = history
        self._acts = acts
        self._is_ledger_well = is_ledger_well
        self.close = close

    def is_ready(self) -> bool:
        """Whether a choice could be kept and a page be served now."""
        return self._is_ledger_well() and self._reader.is_ready()

    def show(self, recipient: Recipient) -> Shown | Down:
        """Costs one call to Courier once the catalog is kept."""
        return self._reader.show(recipient)

    def waiting(self, recipient: Recipient) -> Mapping[str, Choice]:
        """What is on its way to Courier, by topic id."""
        return self._reader.waiting(recipient)

    def progress(self, recipient: Recipient, ids: Iterable[int]) -> Progress:
        """What became of choices that waited, as far as none is newer."""
        try:
            found = self._ledger.find(recipient, ids)
            newest = {c.id for c in self._ledger.newest(recipient)}
        except LedgerDown:
            return Progress()
        states = {state: [c for c in found if c.state is state] for state in State}
        delivered = [c for c in states[State.DELIVERED] if c.id in newest]
        return Progress(
            tuple(states[State.PENDING]),
            tuple(self._arrived(recipient, c) for c in delivered if not c.is_unseen),
            tuple(self._refused(recipient, c) for c in states[State.REFUSED]),
            any(choice.is_unseen for choice in delivered),
        )

    def choose(
        self, recipient: Recipient, was: Rendered, wish: Wish, trace: Trace
    ) -> Outcome | Down:
        """Costs one PUT and no GET once the catalog is kept."""
        try:
            drawn = self._reader.drawn(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault))
        return _restless(was, self._chosen(recipient, was, drawn, wish, trace))

    def _chosen(
        self,
        recipient: Recipient,
        was: Rendered,
        drawn: Preference,
        wish: Wish,
        trace: Trace,
    ) -> Outcome:
        now = self._now(recipient, was, drawn, wish)
        if now is None:
            return Outcome(drawn, Effect.NOTHING, Trouble.UNAVAILABLE)
        decision = decide(now, touched(wish, drawn, now))
        if decision.effect is Effect.NOTHING:
            return self._nothing(recipient, was, now)
        if decision.act is None:
            return Outcome(now, decision.effect)
        planned = Planned(now, decision.act, decision.effect, was.is_quiet)
        return self._acts.one(recipient, planned, trace)

    def _nothing(self, recipient: Recipient, was: Rendered, now: Preference) -> Outcome:
        """Already so; or on its way; or, after a request in doubt, who knows."""
        waiting = self._reader.waiting(recipient).get(now.topic.id)
        if waiting:
            reference = waiting.reference
            return Outcome(
                now, Effect.NOTHING, None, reference, is_kept=True, is_quiet=False
            )
        if was.is_fresh and not was.is_quiet and not was.is_certain:
            return Outcome(now, Effect.NOTHING, Trouble.UNCERTAIN)
        return Outcome(now, Effect.NOTHING)

    def reset(
        self, recipient: Recipient, was: Rendered, trace: Trace
    ) -> Outcome | Down:
        """Back to the default; what that is, only Courier knows, so it is asked."""
        try:
            drawn = self._reader.drawn(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault))
        now = self._now(recipient, was, drawn, Wish(not drawn.is_on)) or drawn
        planned = Planned(now, Reset(), Effect.RESET, was.is_quiet)
        outcome = _restless(was, self._acts.one(recipient, planned, trace))
        if outcome.trouble or outcome.is_kept:
            return outcome
        return self._as_courier_says(recipient, outcome)

    def reset_all(self, recipient: Recipient, trace: Trace) -> BulkOutcome | Down:
        """Forgets every choice of the recipient's own."""
        shown = self._reader.show(recipient)
        if isinstance(shown, Down):
            return shown
        planned = [
            Planned(p, Reset(), Effect.RESET, shown.is_quiet(p.topic.id))
            for p in shown.preferences
            if p.standing.is_own
        ]
        return self._acts.many(recipient, planned, trace, is_reset_all=True)

    def turn_off(
        self, recipient: Recipient, topic_ids: frozenset[str], trace: Trace
    ) -> BulkOutcome | Down:
        """Turns off those of the topics that are on and not locked."""
        shown = self._reader.show(recipient)
        if isinstance(shown, Down):
            return shown
        planned = [
            Planned(p, turned_off(p), Effect.TURNED_OFF, shown.is_quiet(p.topic.id))
            for p in shown.preferences.can_turn_off
            if p.topic.id in topic_ids
        ]
        return self._acts.many(recipient, planned, trace)

    def turn_off_unseen(self, recipient: Recipient, trace: Trace) -> str | None:
        """Everything optional, while nobody can say what that is; its reference.

        None where it could not be written down: then it is not kept.
        """
        draft = Draft(Subject().key, "", UNSEEN, Change(Status.OPTED_OUT, Routing()))
        try:
            choices = self._ledger.record(recipient, [draft], trace)
        except LedgerDown:
            return None
        self._delivery.postpone(choices)
        return choices[0].reference

    def undo(
        self, recipient: Recipient, reference: str, trace: Trace
    ) -> BulkOutcome | None:
        """Puts back what an act changed, but for what was chosen again since.

        None where there is no such act of this recipient.
        """
        try:
            act = self._ledger.act(recipient, reference)
            newest = {c.id for c in self._ledger.newest(recipient)}
            self._delivery.withdraw([c for c in act if c.is_unseen])
        except LedgerDown:
            return BulkOutcome(trouble=Trouble.UNAVAILABLE)
        if not act:
            return None
        undone = [c for c in act if c.id in newest and not c.is_unseen]
        return self._put_back(recipient, undone, trace)

    def _put_back(
        self, recipient: Recipient, undone: Sequence[Choice], trace: Trace
    ) -> BulkOutcome:
        """Each topic to where it was before; those that are locked by now stay."""
        shown = self._reader.show(recipient) if undone else Down(Trouble.GONE)
        nows = [self._shown_or_left(recipient, shown, choice) for choice in undone]
        decisions = [
            (now, restored(now, choice.draft.before))
            for now, choice in zip(nows, undone, strict=True)
        ]
        planned = [Planned(now, d.act, d.effect) for now, d in decisions if d.act]
        locked = tuple(now for now, d in decisions if d.effect is Effect.LOCKED)
        return replace(self._acts.many(recipient, planned, trace), locked=locked)

    def _shown_or_left(
        self, recipient: Recipient, shown: Shown | Down, choice: Choice
    ) -> Preference:
        """A topic as it is now, or else as the choice left it."""
        if isinstance(shown, Shown):
            row = shown.preferences.find(choice.topic_id)
            if row:
                return row
        return self._left(recipient, choice)

    def _arrived(self, recipient: Recipient, choice: Choice) -> Outcome:
        left = self._left(recipient, choice)
        return Outcome(left, choice.effect, None, choice.reference)

    def _refused(self, recipient: Recipient, choice: Choice) -> Outcome:
        """The control goes back to where Courier says that the topic stands."""
        refused = Trouble.named(choice.last_error)
        was = self._left(recipient, choice)
        was = replace(was, standing=choice.draft.before)
        return self._as_courier_says(recipient, Outcome(was, choice.effect, refused))

    def _is_overtaken(self, recipient: Recipient, drawn: Preference) -> bool:
        """Whether the ledger's last word is another one than the page's."""
        try:
            last = self._ledger.recent(recipient, drawn.topic.id)
        except LedgerDown:
            return False
        return bool(last and not is_same(last.after, drawn.standing))

    def _left(self, recipient: Recipient, choice: Choice) -> Preference:
        """A topic as a choice left it, with today's lock where it is known."""
        draft = choice.draft
        try:
            return self._reader.placed(
                recipient, draft.topic_id, draft.topic_name, choice.after
            )
        except CourierError:
            topic = stranger(draft.topic_id, draft.topic_name, choice.after)
            return preference(Section("", None), topic, None, choice.after)

    def _as_courier_says(self, recipient: Recipient, outcome: Outcome) -> Outcome:
        told = self._reader.reread(recipient, outcome.preference)
        return replace(outcome, preference=told) if told else outcome

    def _now(
        self, recipient: Recipient, was: Rendered, drawn: Preference, wish: Wish
    ) -> Preference | None:
        """What is true now: as drawn, which saves a call to Courier.

        Unless the page was drawn long ago or in doubt, or another one has been used
        since, or the wish changes nothing of what was drawn: "nothing to save" is
        said only of what Courier says.
        While Courier is silent a change counts all the same, and nothing else does.
        """
        is_change = decide(drawn, wish).effect is not Effect.NOTHING
        is_certain = was.is_fresh and was.is_certain
        if is_certain and is_change and not self._is_overtaken(recipient, drawn):
            return drawn
        told = self._reader.reread(recipient, drawn, is_quiet=was.is_quiet)
        return told or (drawn if is_change else None)


def _restless(was: Rendered, outcome: Outcome) -> Outcome:
    """What could not be written down leaves the topic as restless as it was."""
    if was.is_quiet or outcome.reference:
        return outcome
    return replace(outcome, is_quiet=False)
