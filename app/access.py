"""Who may come in by which link, and how a link is taken away or made anew.

A fresh link is mailed to its owner by Courier and never shown: whoever holds an old
one proves nothing by it. What is taken away is every link of one user up to a moment.
"""

import time
from collections.abc import Callable

import structlog

from app.courier.cache import in_background
from app.courier.client import Courier
from app.courier.errors import CourierError
from app.ledger.errors import LedgerDown
from app.ledger.revocations import Revocations
from app.links import Link, Links, Scope
from app.preferences.letter import Letter
from app.preferences.model import Recipient

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
    ) -> None:
        self.links = links
        self._revocations = revocations
        self._courier = courier
        self._url = url
        self._template = template
        self._now = now
        self._spawn = spawn

    def open(self, scope: Scope, token: str) -> Link:
        """Raises `LinkInvalid`, `LinkExpired` or `LinkRevoked`.

        Who may only unsubscribe may do so for ever, as the law has it.
        """
        link = self.links.read(scope, token)
        if scope is not Scope.UNSUBSCRIBE and self.is_revoked(link):
            raise LinkRevoked(link)
        return link

    def is_revoked(self, link: Link) -> bool:
        """While nobody can say, the link is believed."""
        try:
            before = self._revocations.before(link.recipient.user_id)
        except LedgerDown:
            log.warning("revocations_out_of_reach")
            return False
        return before is not None and link.minted_at.timestamp() <= before

    def revoke(self, user_id: str, before: float | None = None) -> bool:
        """Takes away the links minted until then or now; whether it was written."""
        try:
            moment = self._now() if before is None else before
            self._revocations.revoke(user_id, moment)
        except LedgerDown:
            return False
        return True

    def address(self, scope: Scope, token: str) -> str:
        return f"{self._url}{scope.path}{token}"

    def send_fresh(self, recipient: Recipient, label: str | None, write: Write) -> None:
        """Mails a fresh link to its owner, after the caller has had its answer."""
        fresh = self.links.ahead(AHEAD)
        token = fresh.mint(Scope.PREFERENCES, recipient, label)
        address = self.address(Scope.PREFERENCES, token)
        words = self._template or write(address)

        def send() -> None:
            try:
                self._courier.send(recipient, words, {"preferences_url": address})
            except CourierError as fault:
                log.warning("fresh_link_not_sent", reason=type(fault).__name__)

        self._spawn(send)
