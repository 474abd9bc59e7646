"""Delivers choices to Courier: at once where somebody waits, else from the ledger.

Whoever has a choice's lease may send it. After an answer that leaves a doubt Courier
is asked what became of it; where an older request may still take effect, Courier is
asked again later, and told the newest choice once more if the older one has won.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import structlog

from app import errand
from app.courier.errors import CourierError
from app.courier.wire import BULK_LIMIT
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue, Result, Verdict
from app.outcome import Trouble
from app.preferences.choice import Choice, Draft, State
from app.preferences.model import Recipient
from app.preferences.overlay import overlaid
from app.preferences.rules import Change, Reset, turned_off
from app.preferences.subject import Subject
from app.reading import Reader
from app.sender import DELIVERED, NOT_TRIED, Sender, trouble
from app.tally import Tally

AT_ONCE = 6.0
"""Seconds that somebody waits for many choices; what is left follows by itself."""

UNWRITTEN = 10_000
"""Requests that are remembered while the ledger is out of reach, at most."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("delivery")


class Delivery:
    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        ledger: Ledger,
        queue: Queue,
        sender: Sender,
        reader: Reader,
        monotonic: Callable[[], float] = time.monotonic,
        woken: Callable[[], None] = lambda: None,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally or Tally()
        self._ledger = ledger
        self._queue = queue
        self._sender = sender
        self._reader = reader
        self._monotonic = monotonic
        #: Called when something was left for later.
        self.woken = woken
        self._unwritten: deque[Choice] = deque(maxlen=UNWRITTEN)
        self._noting = threading.Lock()

    def at_once(
        self, choices: Sequence[Choice], *, is_reset_all: bool = False
    ) -> dict[int, Result]:
        """Sends one act's choices that are leased to the caller; settles them.

        The answer has a result by id; those without one are left for later.
        """
        leased = [choice for choice in choices if choice.lease]
        deadline = self._monotonic() + AT_ONCE
        if is_reset_all and len(leased) == len(choices):
            result = self._sender.reset_all(choices[0].recipient)
            results = {choice.id: result for choice in leased}
        else:
            results = self._together(leased, deadline)
        for choice in leased:
            done = results.get(choice.id)
            if done is None or done.verdict is Verdict.REFUSED:
                is_late = self._monotonic() > deadline
                results[choice.id] = NOT_TRIED if is_late else self.send(choice)
        is_settled = self._settle([(c, results[c.id]) for c in leased])
        if len(leased) < len(choices) or any(map(_is_left, results.values())):
            self.woken()
        if is_settled:
            return results
        return {id_: replace(r, is_unsettled=True) for id_, r in results.items()}

    def postpone(self, choices: Sequence[Choice]) -> None:
        """Leaves an act for later, as when nothing can be sent now."""
        self._settle([(choice, NOT_TRIED) for choice in choices if choice.lease])
        self.woken()

    def withdraw(self, choices: Sequence[Choice]) -> int:
        """What waits still, and is not wanted any more, is not sent; how many."""
        return sum(self._queue.withdraw(choice) for choice in choices)

    def fear(self, unwritten: Choice) -> None:
        """A request that was sent without the ledger may yet land: to be noted."""
        self._unwritten.append(unwritten)
        self.woken()

    def is_feared(self, recipient: Recipient, topic_id: str) -> bool:
        """Whether such a request of this process may yet land."""
        return any(
            unwritten.recipient == recipient and unwritten.topic_id == topic_id
            for unwritten in self._unwritten.copy()
        )

    def note_fears(self) -> None:
        """Writes down what was sent while the ledger was out of reach."""
        with self._noting:
            while self._unwritten:
                first = self._unwritten[0]
                self._ledger.doubt(first.recipient, first.draft, first.trace)
                self._unwritten.popleft()

    def due(self, limit: int) -> list[Choice]:
        """Leases what is due, unless Courier is known to be down."""
        self._tally.came_round()
        self.note_fears()
        if not limit or self._sender.circuit.is_open:
            return []
        return self._queue.claim(limit)

    def deliver(self, choice: Choice) -> None:
        """Does what is due for one leased choice, and writes down what came of it."""
        with errand.hiding(choice.recipient.user_id):
            if choice.state is State.DELIVERED:
                self._look_again(choice)
            elif choice.is_unseen:
                self._settle([(choice, self._expand(choice))])
            else:
                self._settle([(choice, self._resent(choice))])

    def _resent(self, choice: Choice) -> Result:
        """Perhaps it is there already: then Courier need not be told again."""
        if choice.is_in_doubt and not isinstance(choice.draft.act, Reset):
            seen = self._sender.stands(choice.recipient, choice.topic_id)
            if self._sender.is_as(seen, choice.after):
                return DELIVERED
        return self.send(choice)

    def send(self, choice: Choice) -> Result:
        """Sent once; where nobody knows what became of it, Courier is asked."""
        draft = choice.draft
        result = self._sender.send(
            choice.recipient, draft.topic_id, draft.before, draft.act
        )
        if not result.is_ambiguous or isinstance(draft.act, Reset):
            return result
        seen = self._sender.stands(choice.recipient, choice.topic_id)
        if not self._sender.is_as(seen, choice.after):
            return result
        return replace(DELIVERED, is_ambiguous=True)  # it may come yet, and once more

    def _together(
        self, choices: Sequence[Choice], deadline: float
    ) -> dict[int, Result]:
        """In bulk, what a bulk request can carry: it knows no schedule, no reset."""
        ids = {choice.topic_id: choice.id for choice in choices}
        changes = {
            choice.topic_id: act
            for choice in choices
            if isinstance(act := choice.draft.act, Change) and _fits_in_bulk(act)
        }
        if len(changes) < 2:  # noqa: PLR2004  one alone is sent alone
            return {}
        results: dict[int, Result] = {}
        for group in _groups(changes):
            if self._monotonic() <= deadline:
                sent = self._sender.send_many(choices[0].recipient, group)
                results |= {ids[topic_id]: result for topic_id, result in sent.items()}
        return results

    def _expand(self, choice: Choice) -> Result:
        """A choice that was made unseen: now that Courier says what there is.

        It counts for all that is on or may come on, whatever older ones will do: one
        of those might be undone.
        """
        recipient, subject = choice.recipient, Subject.of_key(choice.topic_id)
        doubtful = self._ledger.doubtful(recipient)
        older = [
            c
            for c in self._ledger.open(recipient)
            if c.id < choice.id and c.state is State.PENDING
        ]
        try:
            current = self._reader.current(recipient)
            about = self._reader.about(recipient, subject, overlaid(current, older))
        except CourierError as fault:
            return Result(Verdict.POSTPONED, f"{trouble(fault)}: {fault}")
        if about and all(p.is_locked for p in about):
            return Result(Verdict.REFUSED, f"{Trouble.REQUIRED}: locked")
        may_come = doubtful | {p.topic.id for p in current if p.is_on}
        drafts = [
            Draft(p.topic.id, p.topic.name, p.standing, turned_off(p))
            for p in about
            if not p.is_locked and (p.is_on or p.topic.id in may_come)
        ]
        expanded = self._ledger.expand(choice, drafts)
        self.at_once([replace(c, at=choice.at) for c in expanded])  # since it was asked
        return DELIVERED

    def _look_again(self, choice: Choice) -> None:
        """Whether an older request came after this one; then this is sent again."""
        doubts = self._queue.doubts(choice)
        seen = self._sender.stands(choice.recipient, choice.topic_id)
        if isinstance(seen, Trouble) and seen is not Trouble.GONE:
            self._sender.circuit.failed()
        else:
            self._sender.circuit.succeeded()
        if isinstance(seen, Trouble):
            self._queue.checked(choice, is_over=seen is Trouble.GONE, counts=False)
            return
        is_lost = not self._sender.is_as(seen, choice.after) and any(
            self._sender.is_as(seen, old.after) for old in doubts
        )
        if is_lost and not self._queue.is_ours(choice):
            self._queue.checked(choice, counts=False)
            return
        again = self._repaired(choice) if is_lost else DELIVERED
        self._queue.checked(
            choice,
            is_over=again.verdict is Verdict.REFUSED,
            counts=not is_lost,
            is_ambiguous=again.is_ambiguous,
        )

    def _repaired(self, choice: Choice) -> Result:
        log.warning("late_request_repaired", reference=choice.reference)
        return self.send(choice)

    def _settle(self, done: Sequence[tuple[Choice, Result]]) -> bool:
        """Without a ledger the leases run out, and what is due is looked at anew."""
        for choice, result in done:
            self._count(choice, result)
        try:
            self._queue.settle(done)
        except LedgerDown:
            log.exception("not_settled", references=[c.reference for c, _ in done])
            return False
        return True

    def _count(self, choice: Choice, result: Result) -> None:
        self._tally.attempted(_word(result))
        is_there = result.verdict is Verdict.DELIVERED
        if is_there and choice.is_leaving and not choice.is_unseen:
            self._tally.honored(choice.at)


def _word(result: Result) -> str:
    return "not_tried" if result is NOT_TRIED else result.verdict.value


def _is_left(result: Result) -> bool:
    return result.verdict is Verdict.POSTPONED


def _fits_in_bulk(change: Change) -> bool:
    return change.schedule_id is None and not change.clears_schedule


def _groups(changes: dict[str, Change]) -> Iterator[dict[str, Change]]:
    pairs = list(changes.items())
    for start in range(0, len(pairs), BULK_LIMIT):
        yield dict(pairs[start : start + BULK_LIMIT])
