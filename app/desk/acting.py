"""What staff change for a recipient: less at once, more only with a legal basis.

Every act is a choice in the ledger, with who did it and why. Nobody overwrites what
somebody else has changed since the page was shown, and nothing is turned on that the
recipient turned off, be it by an undo.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.center import Center
from app.consent import Consent
from app.courier.errors import CourierError
from app.desk.errors import NotMailed, TooLong
from app.ledger.ledger import Ledger
from app.ledger.trail import Trail
from app.outcome import BulkOutcome, Down, Outcome, Rendered, Shown
from app.preferences.choice import Choice, Door, Trace
from app.preferences.merge import preference, stranger
from app.preferences.model import Preference, Recipient, Section
from app.preferences.rules import Effect, Wish
from app.preferences.staff import Agent, Entry, Kind

DESK = "desk"
"""Stands for the link of an act that came by none: whose door was the desk."""

UNDONE = 24 * 60 * 60.0
"""Seconds for which staff may take back what staff did: a slip, not a decision."""

LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why staff act: a reason or a ticket, and what entitles them to turn on."""

    reason: str = ""
    basis: str = ""

    @property
    def text(self) -> str | None:
        """As the ledger has it."""
        basis = f"Legal basis: {self.basis}" if self.basis else ""
        return ". ".join(part for part in (self.reason, basis) if part) or None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else has changed the topic since; nothing was done."""

    by: Choice


@dataclass(frozen=True, slots=True)
class NeedsBasis:
    """It would turn more on than is on now; nothing was done."""

    now: Preference


class Acting:
    """`now` gives seconds since 1970."""

    def __init__(
        self,
        center: Center,
        ledger: Ledger,
        trail: Trail,
        consent: Consent,
        now: Callable[[], float],
    ) -> None:
        self._center = center
        self._ledger = ledger
        self._trail = trail
        self._consent = consent
        self._now = now

    def choose(  # noqa: PLR0913, PLR0917  all of one act
        self,
        agent: Agent,
        recipient: Recipient,
        was: Rendered,
        wish: Wish,
        ground: Ground,
        seen: int,
    ) -> Outcome | Down | Overtaken | NeedsBasis:
        """What takes something away is done at once. Or `LedgerDown`.

        `seen` is the number of the newest choice that the page knew of.
        """
        other = self._overtaken(agent, recipient, was.topic_id, seen)
        if other:
            return Overtaken(other)
        choose = self._center.choosing.choose
        trace = _trace(agent, ground)
        outcome = choose(recipient, was, wish, trace, is_less_only=True)
        if isinstance(outcome, Outcome) and outcome.effect is Effect.TOO_WEAK:
            return NeedsBasis(outcome.preference)
        return outcome

    def allow(
        self,
        agent: Agent,
        recipient: Recipient,
        was: Rendered,
        wish: Wish,
        ground: Ground,
    ) -> Outcome | Down:
        """Turns more on, by a legal basis alone."""
        trace = _trace(agent, ground)
        known = replace(was, is_fresh=False)  # so that Courier is asked first
        return self._center.choosing.choose(recipient, known, wish, trace)

    def ask(  # noqa: PLR0913, PLR0917  all of one question
        self,
        agent: Agent,
        recipient: Recipient,
        row: Preference,
        wish: Wish,
        ground: Ground,
        label: str | None,
    ) -> None:
        """Mails the recipient what it would be, to confirm.

        `label`: whom the page says it is for. Raises `NotMailed`, or `TooLong` where
        it is too long for a link.
        """
        topic = row.topic
        asked = Entry(
            Kind.ASKED,
            agent.actor,
            recipient,
            topic.id,
            reason=ground.reason or None,
            basis=ground.basis,
            detail="on" if wish.is_on else "off",
        )
        kept = self._trail.note(asked)
        try:
            self._consent.ask(recipient, row, wish, ground.basis, kept.id, label)
        except (CourierError, ValueError) as fault:
            self._trail.note(_failed(asked, kept.id))
            raise (TooLong if isinstance(fault, ValueError) else NotMailed) from None

    def turn_off(
        self,
        agent: Agent,
        recipient: Recipient,
        topic_ids: frozenset[str],
        ground: Ground,
    ) -> BulkOutcome | Down:
        return self._center.turn_off(recipient, topic_ids, _trace(agent, ground))

    def undo(
        self, agent: Agent, recipient: Recipient, reference: str, reason: str
    ) -> BulkOutcome | None:
        """Takes back what staff did; None where no such act is staff's, or is old.

        Not what an undo did: that would turn on anew. Or `LedgerDown`.
        """
        act = self._ledger.act(recipient, reference)
        if any(choice.trace.door is not Door.STAFF for choice in act):
            return None
        trace = Trace(Door.UNDO, DESK, agent.actor, reason or None)
        since = self._now() - UNDONE
        return self._center.undo(recipient, reference, trace, own_since=since)

    def shown(self, recipient: Recipient) -> Shown | Down:
        return self._center.show(recipient)

    def now(self, recipient: Recipient, was: Rendered) -> Preference:
        """How a topic stands now, as far as anybody says, else as it was shown."""
        shown = self._center.show(recipient)
        found = None
        if isinstance(shown, Shown):
            found = shown.preferences.find(was.topic_id)
        if found:
            return found
        topic = stranger(was.topic_id, was.name, was.standing)
        return preference(Section("", None), topic, None, was.standing)

    def last(self, recipient: Recipient, topic_id: str) -> Choice | None:
        """The last choice of a topic that counts, whoever made it. Or `LedgerDown`."""
        newest = self._ledger.newest(recipient)
        return next((c for c in newest if c.topic_id == topic_id), None)

    def _overtaken(
        self, agent: Agent, recipient: Recipient, topic_id: str, seen: int
    ) -> Choice | None:
        """The newest choice of the topic, where the page did not know of it."""
        last = self.last(recipient, topic_id)
        if last is None or last.id <= seen or last.trace.actor == agent.actor:
            return None
        return last


def _trace(agent: Agent, ground: Ground) -> Trace:
    return Trace(Door.STAFF, DESK, agent.actor, ground.text)


def _failed(asked: Entry, number: int) -> Entry:
    """What says of an entry that came before that nothing came of it."""
    kind, reference = Kind.FAILED, str(number)
    return replace(asked, kind=kind, detail=asked.kind.value, reference=reference)
