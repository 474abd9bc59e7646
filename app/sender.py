"""The one door through which every act goes to Courier.

Knows how an act is sent, which plan the workspace is on, and what an answer means:
delivered, refused, or to be tried again. Not what was wished (see `center`) nor why
(see `preferences.rules`), and not what is still to be sent (see `delivery`).
"""

import time
from collections.abc import Callable, Mapping

from app.circuit import Circuit
from app.courier.client import Courier
from app.courier.errors import (
    AccessDenied,
    CourierError,
    NotOnPlan,
    Unavailable,
    Unknown,
)
from app.ledger.queue import Result, Verdict
from app.outcome import Trouble
from app.preferences.model import Recipient, Standing
from app.preferences.rules import Act, Change, Reset, carried, is_same

PLAN_CHECK = 3600.0
"""Seconds until a plan that had no choice of channels is tried again."""

READ_BACK = 2.0
"""Seconds to find out what became of an act that Courier did not answer."""

DELIVERED = Result(Verdict.DELIVERED)
NOT_TRIED = Result(Verdict.POSTPONED, f"{Trouble.UNAVAILABLE}: not tried")


class Sender:
    def __init__(
        self, courier: Courier, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._courier = courier
        self._monotonic = monotonic
        self._off_plan_until: float | None = None
        self.circuit = Circuit(monotonic)

    @property
    def has_channels(self) -> bool:
        """Whether the plan has choice of channels, as far as is known."""
        until = self._off_plan_until
        return until is None or self._monotonic() >= until

    def send(
        self, recipient: Recipient, topic_id: str, before: Standing, act: Act
    ) -> Result:
        """One act, once. A plan without channel choice is learned; the status goes."""

        def act_once() -> None:
            try:
                self._act(recipient, topic_id, act)
            except NotOnPlan:
                self._off_plan_until = self._monotonic() + PLAN_CHECK
                if isinstance(act, Reset) or act.routing != carried(before.routing):
                    raise
                self._act(recipient, topic_id, act)

        return self._tried(act_once)

    def send_many(
        self, recipient: Recipient, group: Mapping[str, Change]
    ) -> dict[str, Result]:
        """At most `BULK_LIMIT` at once; what Courier did not confirm is refused."""
        confirmed: set[str] = set()

        def act_once() -> None:
            confirmed.update(
                self._courier.put_many(recipient, group, with_routing=self.has_channels)
            )

        result = self._tried(act_once)
        if result.verdict is not Verdict.DELIVERED:
            return dict.fromkeys(group, result)
        refused = Result(Verdict.REFUSED, f"{Trouble.REFUSED}: not confirmed")
        return {id_: DELIVERED if id_ in confirmed else refused for id_ in group}

    def _tried(self, act: Callable[[], None]) -> Result:
        if not self.circuit.let_through():
            return NOT_TRIED
        try:
            act()
        except CourierError as fault:
            return self._failed(fault)
        self.circuit.succeeded()
        return DELIVERED

    def reset_all(self, recipient: Recipient) -> Result:
        """Forgets whatever the recipient ever chose, in one request."""
        return self._tried(lambda: self._courier.delete_all(recipient))

    def stands(
        self, recipient: Recipient, topic_id: str, budget: float | None = READ_BACK
    ) -> Standing | Trouble:
        """Where the recipient stands, or why Courier does not say."""
        try:
            told = self._courier.preference(recipient, topic_id, budget=budget)
        except CourierError as fault:
            return trouble(fault)
        return told.standing

    def is_as(self, seen: Standing | Trouble, wanted: Standing) -> bool:
        """Whether Courier's word is what an act was to bring about."""
        if isinstance(seen, Trouble):
            return False
        return is_same(seen, wanted, with_routing=self.has_channels)

    def _act(self, recipient: Recipient, topic_id: str, act: Act) -> None:
        if isinstance(act, Reset):
            self._courier.delete(recipient, topic_id)
        else:
            self._courier.put(recipient, topic_id, act, with_routing=self.has_channels)

    def _failed(self, fault: CourierError) -> Result:
        """A wrong API key is the operator's fault, so it loses nobody's choice."""
        reason = f"{trouble(fault)}: {fault}"
        if isinstance(fault, Unavailable):
            self.circuit.failed()
            retry_after, is_ambiguous = fault.retry_after, fault.is_ambiguous
            return Result(Verdict.POSTPONED, reason, retry_after, is_ambiguous)
        if isinstance(fault, AccessDenied):
            self.circuit.failed()
            return Result(Verdict.POSTPONED, reason)
        self.circuit.succeeded()
        return Result(Verdict.REFUSED, reason)


def trouble(fault: CourierError) -> Trouble:
    match fault:
        case Unavailable(is_ambiguous=True):
            return Trouble.UNCERTAIN
        case Unavailable():
            return Trouble.UNAVAILABLE
        case AccessDenied():
            return Trouble.DENIED
        case NotOnPlan():
            return Trouble.NOT_ON_PLAN
        case Unknown():
            return Trouble.GONE
    return Trouble.REFUSED
