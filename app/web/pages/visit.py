"""One request by one recipient: the link they came with, and whom to ask."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from flask import current_app, url_for

from app.center import Center
from app.links import Link, LinkInvalid, Links, Scope
from app.preferences.choice import Door, Trace
from app.preferences.model import Recipient

NOTICE_AGE = 120
"""Seconds for which the address after an act still tells what came of it."""


@dataclass(frozen=True, slots=True)
class Visit:
    token: str
    link: Link
    links: Links
    center: Center
    _beginnings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, token: str) -> Self:
        """Reads the link, or raises `LinkInvalid`, which has its own page."""
        links: Links = current_app.extensions["links"]
        center: Center = current_app.extensions["center"]
        return cls(token, links.read(Scope.PREFERENCES, token), links, center)

    @property
    def recipient(self) -> Recipient:
        return self.link.recipient

    def trace(self, door: Door = Door.PAGE) -> Trace:
        """For the ledger: by which link an act came, told by its hash alone."""
        link = hashlib.sha256(self.token.encode()).hexdigest()[:16]
        return Trace(door, link)

    def seal(self, purpose: str, value: object) -> str:
        """Signs JSON that only this recipient's pages can hand back."""
        return self.links.seal(self._bound(purpose), value)

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object:
        return self.links.unseal(self._bound(purpose), text, max_age)

    def url(self, view: str, **values: Any) -> str:  # noqa: ANN401  as Flask has it
        return url_for(f"pages.{view}", token=self.token, **values)

    def topic_url(self, view: str, topic_id: str) -> str:
        """The same as `url` for one of many topics: only the end is made anew."""
        return self._beginning(view) + quote(topic_id)

    def waiting_url(self, ids: Iterable[int]) -> str:
        """Where a page asks what became of these; empty where nothing waits."""
        text = ",".join(str(id_) for id_ in sorted(ids))
        return self.url("waiting", ids=text) if text else ""

    def undo_url(self, reference: str) -> str:
        return self.url("undo", reference=reference)

    def url_after(self, text: str, *, topic: str = "", undo: str = "") -> str:
        """The page's address with a notice: what a redirect leads to.

        `topic` is the anchor of the topic that the notice belongs to, `undo` the
        reference of the act that it tells of.
        """
        notice = self.seal("notice", [text, topic, undo])
        anchor = {"_anchor": topic} if topic else {}
        return self.url("preferences", notice=notice, **anchor)

    def notice(self, text: str) -> tuple[str, str, str] | None:
        """Words, anchor and reference of an address's notice.

        A damaged or old one is simply not told.
        """
        try:
            match self.unseal("notice", text, NOTICE_AGE):
                case [str(words), str(topic), str(undo)]:
                    return words, topic, undo
        except LinkInvalid:
            pass
        return None

    def _beginning(self, view: str) -> str:
        if view not in self._beginnings:
            some = self.url(view, topic_id="0")
            self._beginnings[view] = some.removesuffix("0")
        return self._beginnings[view]

    def _bound(self, purpose: str) -> str:
        return f"{purpose} {self.recipient.user_id}\0{self.recipient.tenant_id or ''}"
