"""Links that staff make or take away; each is written down first.

A link that was shown is known by its mark, so that what comes by it later is told as
what it is: done with a link that staff had made.
"""

from dataclasses import replace
from functools import partial
from typing import Protocol

from app.access import Access
from app.courier.errors import CourierError
from app.desk.errors import NotMailed
from app.desk.picture import Pictures
from app.desk.watching import Watching
from app.ledger.trail import Trail
from app.links import Scope, mark
from app.preferences.letter import Letter
from app.preferences.model import Recipient
from app.preferences.person import Profile, masked_email
from app.preferences.staff import Agent, Entry, Kind


class Speak(Protocol):
    """Makes the words of a mail, in a language."""

    def __call__(self, address: str, language: str) -> Letter: ...


class Linking:
    def __init__(
        self, access: Access, pictures: Pictures, watching: Watching, trail: Trail
    ) -> None:
        self._access = access
        self._trail = trail
        self._pictures = pictures
        self._watching = watching

    def mail(
        self, agent: Agent, recipient: Recipient, reason: str, write: Speak
    ) -> None:
        """Courier mails its owner a fresh one, in the language of their profile.

        Raises `NotMailed`.
        """
        whom, label = self.addressed(recipient)
        self._watching.note(agent, Kind.MAILED_LINK, recipient, reason=reason)
        words = partial(write, language=whom.language)
        try:
            self._access.fresh_mail(whom, label, words)()
        except CourierError:
            self._failed(agent, Kind.MAILED_LINK, recipient)
            raise NotMailed from None

    def addressed(self, recipient: Recipient) -> tuple[Recipient, str | None]:
        """The recipient with the language of their profile, and whom a page may say
        that it is for: their address, masked."""
        profile = self._pictures.profile(recipient) or Profile()
        return replace(recipient, language=profile.locale), _label(profile)

    def show(self, agent: Agent, recipient: Recipient, reason: str) -> str:
        """The address of one that can only turn things off, to be read out or copied.

        Who turns things on must have got a link by mail: staff are not them.
        """
        _, label = self.addressed(recipient)
        token = self._access.links.mint(
            Scope.PREFERENCES, recipient, label, is_less=True
        )
        kind = Kind.SHOWED_LINK
        self._watching.note(agent, kind, recipient, reason=reason, link=mark(token))
        return self._access.address(Scope.PREFERENCES, token)

    def revoke(self, agent: Agent, recipient: Recipient, reason: str) -> bool:
        """Every link of the user that was made until now; whether it was written."""
        self._watching.note(agent, Kind.REVOKED_LINKS, recipient, reason=reason)
        if self._access.revoke_all([recipient.user_id]):
            return True
        self._failed(agent, Kind.REVOKED_LINKS, recipient)
        return False

    def _failed(self, agent: Agent, kind: Kind, recipient: Recipient) -> None:
        """Nothing came of what was written down before it was tried."""
        failed = Entry(Kind.FAILED, agent.actor, recipient, detail=kind.value)
        self._trail.note(failed)


def _label(profile: Profile) -> str | None:
    return masked_email(profile.email) or None
