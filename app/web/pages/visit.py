"""One request by one recipient: the link they came with, and whom to ask."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from flask import current_app, g, request, url_for
from werkzeug.exceptions import NotFound, ServiceUnavailable

from app.access import Access, LinkRevoked
from app.center import Center
from app.links import Link, LinkExpired, Scope, mark, mended
from app.preferences.choice import Choice, Door, Trace
from app.preferences.model import Recipient
from app.signing import LinkInvalid, Stamp
from app.tenants import NotKnown, Place
from app.web import i18n, metrics, security
from app.web.hosts import hosts, origin_of
from app.web.pages.carried import carried, with_notice

UNDONE = 30 * 24 * 60 * 60.0
"""Seconds for which a link without its full power may take back what it did."""

NOTICE_AGE = 120
"""Seconds for which the address after an act still tells what came of it."""

RETRY_SECONDS = 30
"""When a client that reads Retry-After may come back while Courier is down."""

BLUEPRINTS = {
    Scope.PREFERENCES: "own",
    Scope.EMBED: "embed",
    Scope.UNSUBSCRIBE: "pages",
    Scope.CONFIRM: "consent",
}
FIRST = {Scope.UNSUBSCRIBE: "ask_unsubscribe", Scope.CONFIRM: "ask_consent"}
SCOPES = {blueprint: scope for scope, blueprint in BLUEPRINTS.items()}


def scope_here() -> Scope:
    """What a link must be for that opens the address of this request."""
    return SCOPES.get(request.blueprint or "", Scope.PREFERENCES)


def allow_hosts(recipient: Recipient | None) -> None:
    """Those who may embed pages of this recipient, or of everybody, may do so."""
    g.framing = hosts().framing(recipient.tenant_id if recipient else None)
    if g.framing:
        security.allow("frame-ancestors", *g.framing)


def _within(link: Link, center: Center) -> Recipient:
    """Whose preferences an address is about: it may name another of their tenants.

    404 for one that is not theirs, 503 where nobody can say.
    """
    home, wanted = link.recipient, request.args.get("tenant")
    if not wanted or not link.has_all_tenants or wanted == home.tenant_id:
        return home
    try:
        found = center.tenants.within(home, wanted)
    except NotKnown:
        raise ServiceUnavailable(retry_after=RETRY_SECONDS) from None
    if found is None:
        raise NotFound
    return found


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
    recipient: Recipient
    carried: dict[str, str] = field(default_factory=dict)
    root: str = ""
    """What stands before every address: nothing, or ours for somebody else's page."""
    beginnings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What is found once: how addresses of a topic begin and end, by view."""

    @classmethod
    def of(cls, token: str, scope: Scope | None = None) -> Self:
        """Reads the link, or raises what is wrong with it, which has its own page."""
        access: Access = current_app.extensions["access"]
        scope, token = scope or scope_here(), mended(token)
        link = access.open(scope, token)
        metrics.link_opened(scope.value, link.power.value)
        return cls._opened(token, link, access)

    @classmethod
    def _opened(cls, token: str, link: Link, access: Access) -> Self:
        center: Center = current_app.extensions["center"]
        recipient = _within(link, center)
        is_spoken = i18n.code(recipient.language)
        i18n.speak(is_spoken or center.profile_language(recipient))
        g.recipient = recipient = replace(recipient, language=i18n.tag())
        repeated = carried(recipient, link.recipient)
        visit = cls(token, link, access, center, recipient, repeated)
        g.own_page = visit.own_page  # found where it is wanted
        if visit.is_printed:  # a browser asks for redirects too
            security.allow("form-action", origin_of(visit.return_to) or "")
        if visit.is_embedded:
            allow_hosts(recipient)
        return visit

    @classmethod
    def of_full(cls, token: str) -> Self:
        """The same for what only a fresh link may do; `LinkWeak` for others."""
        visit = cls.of(token)
        if not visit.link.is_full:
            raise LinkWeak(visit)
        return visit

    @classmethod
    def of_any(cls, token: str, scope: Scope) -> Self:
        """The same for what even a link may do that was taken away or has ended."""
        try:
            return cls.of(token, scope)
        except (LinkRevoked, LinkExpired) as fault:
            access: Access = current_app.extensions["access"]
            return cls._opened(mended(token), fault.link, access)

    @property
    def label(self) -> str | None:
        """Whom the page says it is for; an old link does not tell."""
        return self.link.label if self.link.is_full else None

    @property
    def is_embedded(self) -> bool:
        return self.link.scope is Scope.EMBED

    def places(self) -> tuple[Place, ...]:
        """The tenants that this link opens; none where it opens but one, or where
        nobody can say."""
        with suppress(NotFound, ServiceUnavailable):
            return self.known_places()
        return ()

    def known_places(self) -> tuple[Place, ...]:
        """The same; 404 where it opens but one, 503 where nobody can say."""
        if not self.link.has_all_tenants:
            raise NotFound
        home = replace(self.link.recipient, language=self.recipient.language)
        try:
            return self.center.tenants.places(home)
        except NotKnown:
            raise ServiceUnavailable(retry_after=RETRY_SECONDS) from None

    def place_url(self, tenant_id: str | None) -> str:
        """The same page for another of these tenants; None is outside of any."""
        there = self._without("tenant")
        if tenant_id != self.link.recipient.tenant_id:
            there["tenant"] = tenant_id or ""
        return replace(self, carried=there, beginnings={}).url(self.first)

    @property
    def return_to(self) -> str:
        return self.carried.get("return_to", "")

    @property
    def is_printed(self) -> bool:
        """Whether a page of somebody else has printed ours, and is led back to."""
        return self.is_embedded and bool(self.return_to and "printed" in self.carried)

    @property
    def return_site(self) -> str:
        """The name of where the recipient came from."""
        return urlsplit(self.return_to).netloc

    @property
    def is_young(self) -> bool:
        """Whether it is so new that its scope does not matter to its age."""
        return self.access.links.is_young(self.link)

    def trace(self, door: Door | None = None) -> Trace:
        """For the ledger: by which link an act came, told by its hash alone."""
        page = Door.EMBED if self.is_embedded else Door.PAGE
        return Trace(door or page, self.mark)

    @property
    def mark(self) -> str:
        """What stands for the link where it must not be told."""
        return mark(self.token)

    @property
    def own_since(self) -> float | None:
        """Since when a link may take back what it did itself; None for all that was."""
        return None if self.link.may_undo_all else self.access.now() - UNDONE

    def may_undo(self, choice: Choice) -> bool:
        since = self.own_since
        is_own = choice.trace.link == self.mark
        return since is None or (is_own and choice.at > since)

    def seal(self, purpose: str, value: object) -> str:
        """Signs JSON that only this recipient's pages can hand back."""
        return self.access.links.seal(self._bound(purpose), value)

    def stamp(self, purpose: str) -> Stamp:
        """The same for many at once; see `forms.seals`."""
        return self.access.links.stamp(self._bound(purpose))

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object:
        return self.access.links.unseal(self._bound(purpose), text, max_age)

    def url(self, view: str, **values: Any) -> str:  # noqa: ANN401  as Flask has it
        """The address of a view of this link's scope."""
        return self._address(BLUEPRINTS[self.link.scope], view, values)

    def link_url(self, view: str) -> str:
        """The address of a view that is about the link itself."""
        return self._address("pages", view, {"scope": self.link.scope.value})

    def _address(self, blueprint: str, view: str, values: dict[str, Any]) -> str:
        more = {**self.carried, **values}
        return self.root + url_for(f"{blueprint}.{view}", token=self.token, **more)

    def own_page(self) -> str:
        """The link's first page up to its language, which comes next."""
        address = replace(self, carried=self._without("lang")).url(self.first)
        return address + ("&" if "?" in address else "?")

    @property
    def first(self) -> str:
        """The view that the link itself opens."""
        return FIRST.get(self.link.scope, "preferences")

    @property
    def home(self) -> str:
        """Where all preferences are: our page, or the page that has printed ours."""
        return self.return_to if self.is_printed else self.url(self.first)

    def topic_url(self, view: str, topic_id: str) -> str:
        """The same as `url` for one of many topics: only the end is made anew."""
        return quote(topic_id).join(self.around(view))

    def waiting_url(self, ids: Iterable[int]) -> str:
        """Where a page asks what became of these; empty where nothing waits."""
        text = ",".join(str(id_) for id_ in sorted(set(ids)))
        return self.url("waiting", ids=text) if text else ""

    def undo_url(self, reference: str) -> str:
        return self.url("undo", reference=reference)

    def url_after(self, text: str, *, topic: str = "", undo: str = "") -> str:
        """The first page's address with a notice: what a redirect leads to.

        `topic` is the anchor of the topic that the notice belongs to, `undo` the
        reference of the act that it tells of.
        """
        notice = self.seal("notice", [text, topic, undo])
        if self.is_printed:
            return with_notice(self.return_to, notice)
        anchor = {"_anchor": topic} if topic else {}
        return self.url(self.first, notice=notice, **anchor)

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

    def around(self, view: str, of: str = "topic_id") -> tuple[str, str]:
        """How the address of one of many topics, or sections, begins and ends."""
        if view not in self.beginnings:
            values: dict[str, Any] = {"token": self.token, of: "0"}
            endpoint = f"{BLUEPRINTS[self.link.scope]}.{view}"
            bare = self.root + url_for(endpoint, **values)
            query = f"?{urlencode(self.carried)}" if self.carried else ""
            self.beginnings[view] = bare.removesuffix("0"), query
        return self.beginnings[view]

    def _without(self, name: str) -> dict[str, str]:
        return {k: v for k, v in self.carried.items() if k != name}

    def _bound(self, purpose: str) -> str:
        return f"{purpose} {self.recipient.user_id}\0{self.recipient.tenant_id or ''}"
