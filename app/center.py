"""What the pages ask for: show, choose, turn off, reset, undo.

Knows neither Flask nor httpx nor SQL. Whatever Courier or the ledger does, an answer
is a value here: what is true now, what came of the wish, and what stood in the way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from app.acts import Acts, Planned
from app.choosing import Choosing
from app.courier.errors import CourierError
from app.delivery import Delivery
from app.errand import Hands
from app.everywhere import Everywhere
from app.history import History
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.outcome import BulkOutcome, Down, Outcome, Progress, Shown, Trouble
from app.preferences.choice import Choice, State, Trace
from app.preferences.merge import preference, stranger
from app.preferences.model import (
    Preference,
    Recipient,
    Section,
)
from app.preferences.rules import (
    Effect,
    Reset,
    restored,
    turned_off,
)
from app.profiles import Profiles
from app.reading import Reader
from app.tenants import AT_ONCE, Place, Tenants
from app.unsubscribing import Unsubscribing


class Center:
    """`is_ledger_well` says whether choices can be kept; `close` ends connections."""

    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        reader: Reader,
        ledger: Ledger,
        delivery: Delivery,
        acts: Acts,
        history: History,
        choosing: Choosing,
        unsubscribing: Unsubscribing,
        profiles: Profiles,
        tenants: Tenants,
        everywhere: Everywhere,
        is_ledger_well: Callable[[], bool],
        close: Callable[[], object],
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._delivery = delivery
        self.history = history
        self.choosing = choosing
        self.unsubscribing = unsubscribing
        self._profiles = profiles
        self.tenants = tenants
        self.everywhere = everywhere
        self._acts = acts
        self._is_ledger_well = is_ledger_well
        self.close = close

    def is_ready(self) -> bool:
        """Whether a choice could be kept and a page be served now."""
        return self._is_ledger_well() and self._reader.workspace.is_ready()

    def profile_language(self, recipient: Recipient) -> str:
        """What the recipient's profile says they read; empty where it does not."""
        return self._profiles.language(recipient)

    def show(self, recipient: Recipient) -> Shown | Down:
        """Costs one call to Courier once the catalog is kept."""
        return self._reader.show(recipient)

    def waiting(self, recipient: Recipient) -> Mapping[str, Choice]:
        """What is on its way to Courier, by topic id."""
        return self._reader.waiting(recipient)

    def progress(
        self, recipient: Recipient, ids: Iterable[int], link: str | None = None
    ) -> Progress:
        """What became of choices that waited, as far as none is newer.

        `link`: only of those that came by it.
        """
        try:
            found = self._ledger.find(recipient, ids)
            found = [c for c in found if link in (None, c.trace.link)]
            newest = {c.id for c in self._ledger.newest(recipient)}
        except LedgerDown:
            return Progress()
        states = {state: [c for c in found if c.state is state] for state in State}
        delivered = [c for c in states[State.DELIVERED] if c.id in newest]
        refused = states[State.REFUSED]
        return Progress(
            tuple(states[State.PENDING]),
            tuple(self._arrived(recipient, c) for c in delivered if not c.is_unseen),
            tuple(self._refused(recipient, c) for c in refused if not c.is_unseen),
            any(choice.is_unseen for choice in (*delivered, *refused)),
        )

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
            Planned(
                p,
                turned_off(p),
                Effect.TURNED_OFF,
                shown.is_quiet(p.topic.id),
                is_guess=shown.seen_at is not None,
            )
            for p in shown.preferences.can_turn_off
            if p.topic.id in topic_ids
        ]
        return self._acts.many(recipient, planned, trace)

    def undo(
        self,
        recipient: Recipient,
        reference: str,
        trace: Trace,
        *,
        own_since: float | None = None,
    ) -> BulkOutcome | None:
        """Puts back what an act changed, but for what was chosen again since.

        None where there is no such act of this recipient; with `own_since`, none that
        came by this very link since then, and nothing is put back to where it only
        seemed to stand: then what waits is withdrawn.
        """
        try:
            act = self._ledger.act(recipient, reference)
            if own_since is not None:
                act = [
                    c for c in act if c.trace.link == trace.link and c.at > own_since
                ]
            newest = {c.id for c in self._ledger.newest(recipient)}
            guesses = act if own_since is not None else []
            unsure = {c.id for c in guesses if c.draft.is_guess} & newest
            waiting = [
                c
                for c in act
                if (c.is_unseen or c.id in unsure) and c.state is State.PENDING
            ]
            withdrawn = self._delivery.withdraw(waiting)
        except LedgerDown:
            return BulkOutcome(trouble=Trouble.UNAVAILABLE)
        if not act:
            return None
        if withdrawn < len(waiting):  # somebody is at it just now
            return BulkOutcome(trouble=Trouble.UNAVAILABLE)
        undone = [c for c in act if c.id in newest - unsure and not c.is_unseen]
        outcome = self._put_back(recipient, undone, trace)
        return replace(outcome, withdrawn=withdrawn)

    def undo_everywhere(
        self, places: Iterable[Place], reference: str, trace: Trace
    ) -> BulkOutcome | None:
        """The same for an act on several tenants of one user."""

        def undo(place: Place) -> BulkOutcome | None:
            return self.undo(place.recipient, reference, trace)

        with Hands(AT_ONCE) as pool:
            found = [outcome for outcome in pool.map(undo, places) if outcome]
        return reduce(add, found) if found else None

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

    def _left(self, recipient: Recipient, choice: Choice) -> Preference:
        """A topic as a choice left it, with today's lock where it is known."""
        draft = choice.draft
        try:
            return self._reader.workspace.placed(
                recipient, draft.topic_id, draft.topic_name, choice.after
            )
        except CourierError:
            topic = stranger(draft.topic_id, draft.topic_name, choice.after)
            return preference(Section("", None), topic, None, choice.after)

    def _as_courier_says(self, recipient: Recipient, outcome: Outcome) -> Outcome:
        told = self._reader.reread(recipient, outcome.preference)
        return replace(outcome, preference=told) if told else outcome
