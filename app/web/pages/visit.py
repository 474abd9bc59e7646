"""One request by one recipient: the link they came with, and whom to ask."""

from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from flask import current_app, url_for

from app.center import Center
from app.links import Link, LinkInvalid, Links, Scope
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

    def url_after(self, text: str, *, topic: str = "", problem: bool = False) -> str:
        """The page's address with a notice: what a redirect leads to.

        `topic` is the anchor of the topic that the notice belongs to.
        """
        notice = self.seal("notice", [text, topic, int(problem)])
        anchor = {"_anchor": topic} if topic else {}
        return self.url("preferences", notice=notice, **anchor)

    def notice(self, text: str) -> tuple[str, str, bool] | None:
        """The notice of an address; a damaged or old one is simply not told."""
        try:
            match self.unseal("notice", text, NOTICE_AGE):
                case [str(words), str(topic), int(problem)]:
                    return words, topic, bool(problem)
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
