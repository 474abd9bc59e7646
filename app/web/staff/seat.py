"""One request of one member of staff about one recipient: the desk's own visit."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, request, url_for
from werkzeug.exceptions import NotFound

from app.desk.desk import Desk
from app.links import Link
from app.preferences.model import Recipient
from app.preferences.staff import Agent
from app.signing import LinkInvalid

NEVER = datetime.fromtimestamp(0, UTC)
NOTICE_AGE = 120
"""Seconds for which the address after an act still tells what came of it."""


def desk() -> Desk:
    found: Desk = current_app.extensions["desk"]
    return found


def recipient_url(recipient: Recipient) -> str:
    """The address of a recipient's page at the desk; it names nobody."""
    handle = desk().handles.of(recipient)
    return url_for("staff.recipient", handle=handle)


@dataclass(frozen=True, slots=True)
class Seat:
    """`seen` is the number of the newest choice that the page shows or showed."""

    agent: Agent
    handle: str
    recipient: Recipient
    seen: int = 0

    @classmethod
    def of(cls, handle: str) -> "Seat":
        """404 for a handle that is not ours; writes down that somebody looks."""
        seat = cls.known(handle)
        desk().watching.opened(seat.agent, seat.recipient)
        return seat

    @classmethod
    def known(cls, handle: str) -> "Seat":
        """The same for who is shown nothing of the recipient."""
        try:
            recipient = desk().handles.read(handle)
        except LinkInvalid:
            raise NotFound from None
        agent: Agent = g.agent
        return cls(agent, handle, recipient)

    def knowing(self, seen: int) -> "Seat":
        """The same, of a page that shows what is in the ledger up to a number."""
        return replace(self, seen=seen)

    @property
    def link(self) -> Link:
        """Nobody's: what stands for it on a page that no link has opened."""
        return Link(self.recipient, None, NEVER)

    def seal(self, purpose: str, value: object) -> str:
        return desk().handles.seal(self._bound(purpose), [value, self.seen])

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object:
        return self._unsealed(purpose, text, max_age)[0]

    def seen_by(self, purpose: str, text: str) -> int:
        """What the page knew of that has sealed this."""
        return self._unsealed(purpose, text)[1]

    def _unsealed(
        self, purpose: str, text: str, max_age: int | None = None
    ) -> tuple[object, int]:
        match desk().handles.unseal(self._bound(purpose), text, max_age):
            case [value, int(seen)]:
                return value, seen
        raise LinkInvalid

    def url(self, view: str, **values: Any) -> str:  # noqa: ANN401  as Flask has it
        return url_for(f"staff.{view}", handle=self.handle, **values)

    def topic_url(self, view: str, topic_id: str) -> str:
        """Staff do not reset: that may turn on what the recipient turned off."""
        return self.url(view, topic_id=topic_id) if view == "choose" else ""

    def undo_url(self, reference: str) -> str:
        return self.url("undo", reference=reference)

    def url_after(self, text: str, *, undo: str = "") -> str:
        """The recipient's page with a notice: what a redirect leads to."""
        return self.url("recipient", notice=self.seal("notice", [text, undo]))

    def notice(self) -> tuple[str, str] | None:
        """Words, and the reference of the act that they tell of; an old one is none."""
        try:
            match self.unseal("notice", request.args.get("notice", ""), NOTICE_AGE):
                case [str(words), str(undo)]:
                    return words, undo
        except LinkInvalid:
            pass
        return None

    def _bound(self, purpose: str) -> str:
        named = f"{self.recipient.user_id}\0{self.recipient.tenant_id or ''}"
        return f"{purpose} {self.agent.subject}\0{named}"
