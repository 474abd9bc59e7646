"""Unsubscribes a test recipient for real, and tells how long it took to be honored.

Whatever happens on the way, the topic is put back: by the undo that everybody has,
or else at Courier directly. What is off or locked is left alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from app.courier.client import Courier
from app.courier.errors import CourierError, NotOnPlan, Unknown
from app.mail import oneclick
from app.mail.oneclick import Answered
from app.preferences.model import Recipient, Standing, Status
from app.preferences.rules import Change, carried

FIRST, LONGEST, GROWTH = 0.1, 5.0, 1.5
"""Seconds between two questions to Courier: at first, at most, and how they grow."""


class Unfit(Exception):
    """It cannot be tried with this topic now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Result:
    """`seconds` until Courier showed it off, or for which that was waited for."""

    seconds: float
    faults: tuple[str, ...] = ()
    is_honored: bool = False

    @property
    def is_ok(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Outing:
    """Who unsubscribes from what by which address, and seconds to wait for it."""

    recipient: Recipient
    topic_id: str
    address: str
    timeout: float = 300.0


class Canary:
    """`client` posts as mailbox providers do; `sleep` and `monotonic` pass time."""

    def __init__(
        self,
        courier: Courier,
        client: httpx.Client,
        outing: Outing,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._courier = courier
        self._client = client
        self._outing = outing
        self._sleep = sleep
        self._monotonic = monotonic

    def fly(self) -> Result:
        """`Unfit` where it must not be tried."""
        before = self._fit()
        start = self._monotonic()
        answered, is_honored, is_back = Answered("", is_doubtful=True), False, False
        try:
            answered = oneclick.post(self._client, self._outing.address)
            is_honored = not answered.fault and self._comes(Status.OPTED_OUT)
            seconds = self._monotonic() - start
        finally:
            is_back = self._put_back(answered, before)
        faults = self._faults(answered, is_honored=is_honored, is_back=is_back)
        return Result(seconds, faults, is_honored)

    def _faults(
        self, answered: Answered, *, is_honored: bool, is_back: bool
    ) -> tuple[str, ...]:
        faults = []
        if answered.fault:
            faults.append(f"The one-click post failed: {answered.fault}.")
        elif not is_honored:
            waited = f"{self._outing.timeout:g} s"
            faults.append(f"Courier did not show it off within {waited}.")
        if not is_back:
            faults.append("It was not seen on again: turn it on by hand.")
        elif answered.is_doubtful:
            faults.append("It is on, but look again: the post may still be honored.")
        return tuple(faults)

    def _fit(self) -> Standing:
        """Where the recipient stands: on, and free to leave."""
        try:
            standing = self._standing()
            is_required = self._is_required_by_tenant()
        except Unknown:
            raise Unfit("Courier knows no such topic.") from None
        except CourierError as fault:
            raise Unfit(f"Courier does not answer: {fault}") from None
        if is_required or Status.REQUIRED in (standing.status, standing.default_status):
            raise Unfit("The topic is required: nobody can unsubscribe from it.")
        routing = standing.routing
        if standing.status is Status.OPTED_OUT or carried(routing) != routing:
            raise Unfit("The topic is off for this recipient: turn it on first.")
        return standing

    def _is_required_by_tenant(self) -> bool:
        tenant_id = self._outing.recipient.tenant_id
        defaults = self._courier.tenant(tenant_id).defaults if tenant_id else {}
        own = defaults.get(self._outing.topic_id)
        return own is not None and own.status is Status.REQUIRED

    def _standing(self) -> Standing:
        outing = self._outing
        return self._courier.preference(outing.recipient, outing.topic_id).standing

    def _comes(self, status: Status) -> bool:
        """Asks Courier until it shows that, for as long as is waited."""
        deadline, pause = self._monotonic() + self._outing.timeout, FIRST
        while not self._shows(status):
            left = deadline - self._monotonic()
            if left <= 0:
                return False
            self._sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST)
        return True

    def _shows(self, status: Status) -> bool:
        try:
            return self._standing().status is status
        except CourierError:
            return False

    def _put_back(self, answered: Answered, before: Standing) -> bool:
        if answered.reference and self._undone(answered.reference):
            return True
        if not answered.reference and self._shows(Status.OPTED_IN):
            return True
        try:
            self._put(before)
        except CourierError:
            return False
        return self._comes(Status.OPTED_IN)

    def _undone(self, reference: str) -> bool:
        url = f"{self._outing.address}/undo/{reference}"
        answered = oneclick.post(self._client, url, body="")
        return not answered.fault and self._comes(Status.OPTED_IN)

    def _put(self, before: Standing) -> None:
        change = Change(Status.OPTED_IN, before.routing)
        whose, topic_id = self._outing.recipient, self._outing.topic_id
        try:
            self._courier.put(whose, topic_id, change, with_routing=True)
        except NotOnPlan:
            self._courier.put(whose, topic_id, change, with_routing=False)
