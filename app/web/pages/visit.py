"""One request by one recipient: the link they came with, and whom to ask."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from flask import current_app, url_for

from app.access import Access, LinkRevoked
from app.center import Center
from app.links import Link, Scope, mended
from app.preferences.choice import Choice, Door, Trace
from app.preferences.model import Recipient
from app.signing import LinkInvalid
from app.web import metrics

UNDONE = 30 * 24 * 60 * 60.0
"""Seconds for which a link without its full power may take back what it did."""

NOTICE_AGE = 120
"""Seconds for which the address after an act still tells what came of it."""


class LinkWeak(Exception):
    """The link is too old for what was asked."""

    def __init__(self, visit: "Visit") -> None:
        super().__init__()
        self.visit = visit


@dataclass(frozen=True, slots=True)
class Visit:
    """`token` is the link's own; what a mail program left around it is gone."""

    token: str
    link: Link
    access: Access
    center: Center
    _beginnings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, token: str, scope: Scope = Scope.PREFERENCES) -> Self:
        """Reads the link, or raises what is wrong with it, which has its own page."""
        access: Access = current_app.extensions["access"]
        center: Center = current_app.extensions["center"]
        token = mended(token)
        link = access.open(scope, token)
        metrics.link_opened(scope.value, link.power.value)
        return cls(token, link, access, center)

    @classmethod
    def of_full(cls, token: str) -> Self:
        """The same for what only a fresh link may do; `LinkWeak` for others."""
        visit = cls.of(token)
        if not visit.link.is_full:
            raise LinkWeak(visit)
        return visit

    @classmethod
    def of_any(cls, token: str, scope: Scope) -> Self:
        """The same for what even a link may do that was taken away."""
        try:
            return cls.of(token, scope)
        except LinkRevoked as fault:
            access: Access = current_app.extensions["access"]
            center: Center = current_app.extensions["center"]
            return cls(mended(token), fault.link, access, center)

    @property
    def label(self) -> str | None:
        """Whom the page says it is for; an old link does not tell."""
        return self.link.label if self.link.is_full else None

    @property
    def recipient(self) -> Recipient:
        return self.link.recipient

    @property
    def is_young(self) -> bool:
        """Whether it is so new that its scope does not matter to its age."""
        return self.access.links.is_young(self.link)

    def trace(self, door: Door = Door.PAGE) -> Trace:
        """For the ledger: by which link an act came, told by its hash alone."""
        return Trace(door, self.mark)

    @property
    def mark(self) -> str:
        """What stands for the link where it must not be told."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:16]

    @property
    def own_since(self) -> float | None:
        """A link without its full power takes back only what it did itself of late."""
        return None if self.link.is_full else self.access.now() - UNDONE

    def may_undo(self, choice: Choice) -> bool:
        since = self.own_since
        is_own = choice.trace.link == self.mark
        return since is None or (is_own and choice.at > since)

    def seal(self, purpose: str, value: object) -> str:
        """Signs JSON that only this recipient's pages can hand back."""
        return self.access.links.seal(self._bound(purpose), value)

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object:
        return self.access.links.unseal(self._bound(purpose), text, max_age)

    def url(self, view: str, **values: Any) -> str:  # noqa: ANN401  as Flask has it
        return url_for(f"pages.{view}", token=self.token, **values)

    def topic_url(self, view: str, topic_id: str) -> str:
        """The same as `url` for one of many topics: only the end is made anew."""
        return self._beginning(view) + quote(topic_id)

    def waiting_url(self, ids: Iterable[int]) -> str:
        """Where a page asks what became of these; empty where nothing waits."""
        text = ",".join(str(id_) for id_ in sorted(set(ids)))
        return self.url("waiting", ids=text) if text else ""

    def undo_url(self, reference: str) -> str:
        return self.url("undo", reference=reference)

    def url_after(
        self, text: str, *, topic: str = "", undo: str = "", view: str = "preferences"
    ) -> str:
        """The page's address with a notice: what a redirect leads to.

        `topic` is the anchor of the topic that the notice belongs to, `undo` the
        reference of the act that it tells of.
        """
        notice = self.seal("notice", [text, topic, undo])
        anchor = {"_anchor": topic} if topic else {}
        return self.url(view, notice=notice, **anchor)

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
