"""Who may come in by which link, and how a link is taken away or made anew.

A fresh link is mailed to its owner by Courier and never shown: whoever holds an old
one proves nothing by it. What is taken away is every link of one user up to a moment.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from math import floor

import structlog

from app import errand
from app.courier.cache import in_background
from app.courier.client import Courier
from app.courier.errors import CourierError
from app.ledger.errors import LedgerDown
from app.ledger.revocations import Revocations
from app.links import Link, LinkExpired, Links, Scope
from app.preferences.letter import Letter
from app.preferences.model import Recipient
from app.tally import Tally

AHEAD = 1.0
"""Seconds by which a fresh link is dated ahead, to outlive a revocation just made."""

Write = Callable[[str], Letter]
"""Makes the words of the mail that carries an address."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("access")


class LinkRevoked(Exception):
    """The link is ours, and was taken away."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link


class Access:
    """`url` is where recipients reach us, `template` Courier's for a fresh link."""

    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        links: Links,
        revocations: Revocations,
        courier: Courier,
        url: str,
        template: str = "",
        now: Callable[[], float] = time.time,
        spawn: Callable[[Callable[[], None]], None] = in_background,
        sleep: Callable[[float], None] = time.sleep,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally or Tally()
        self.links = links
        self._revocations = revocations
        self._courier = courier
        self._url = url
        self._template = template
        self.now = now
        self._spawn = spawn
        self._sleep = sleep

    def open(self, scope: Scope, token: str) -> Link:
        """Raises `LinkInvalid`, `LinkExpired` or `LinkRevoked`.

        Who may only unsubscribe may do so for ever, as the law has it.
        """
        errand.hide(token)
        link = self._read(scope, token)
        self._tally.opened(scope.value, link.minted_at.timestamp())
        if scope is not Scope.UNSUBSCRIBE and self.is_revoked(link):
            raise LinkRevoked(link)
        return link

    def _read(self, scope: Scope, token: str) -> Link:
        """No line of the log says from now on whose link it is."""
        try:
            link = self.links.read(scope, token)
        except LinkExpired as fault:
            errand.hide(fault.link.recipient.user_id, fault.link.label)
            raise
        errand.hide(link.recipient.user_id, link.label)
        return link

    def is_revoked(self, link: Link) -> bool:
        """While nobody can say, the link is believed."""
        try:
            return self.was_revoked(link)
        except LedgerDown:
            log.warning("revocations_out_of_reach")
            return False

    def was_revoked(self, link: Link) -> bool:
        """The same for whoever wants to know that nobody can say: `LedgerDown`."""
        before = self._revocations.before(link.recipient.user_id)
        return before is not None and link.minted_at.timestamp() <= before

    def revoke(self, user_id: str, until: float) -> bool:
        """Takes away the links minted until then; whether it was written."""
        try:
            self._revocations.revoke(user_id, until)
        except LedgerDown:
            return False
        return True

    def revoke_all(self, user_ids: Iterable[str]) -> list[str]:
        """Takes away every link of theirs; whose were, up to the first that was not.

        Links tell seconds, so this one is waited out: what is minted after the answer
        must not be dead.
        """
        second = floor(self.now())
        revoked = list(takewhile(lambda id_: self.revoke(id_, second), user_ids))
        self._sleep(max(second + 1 - self.now(), 0))
        return revoked

    def address(self, scope: Scope, token: str) -> str:
        return f"{self._url}{scope.path}{token}"

    def send_fresh(self, old: Link, language: str, write: Write) -> None:
        """Mails a link as the old one was, but fresh, to its owner.

        After the caller has had its answer, and in a language that they read.
        """
        recipient = replace(old.recipient, language=language)
        mail = self.fresh_mail(
            recipient, old.label, write, has_all_tenants=old.has_all_tenants
        )
        self.send_all([mail])

    def send_all(self, mails: Sequence[Callable[[], None]]) -> None:
        """One after the other, after the caller has had its answer."""

        def send_quietly() -> None:
            for send in mails:
                try:
                    send()
                except CourierError as fault:
                    log.warning("fresh_link_not_sent", reason=type(fault).__name__)

        self._spawn(send_quietly)

    def fresh_mail(
        self,
        recipient: Recipient,
        label: str | None,
        write: Write,
        *,
        has_all_tenants: bool = False,
    ) -> Callable[[], None]:
        """Writes that mail; what is returned sends it, or raises `CourierError`."""
        fresh = self.links.ahead(AHEAD)
        token = fresh.mint(
            Scope.PREFERENCES, recipient, label, has_all_tenants=has_all_tenants
        )
        address = self.address(Scope.PREFERENCES, token)
        words = self._template or write(address)
        return lambda: self._courier.send(
            recipient, words, {"preferences_url": address}
        )
