"""Courier's REST API: one method per endpoint, in the project's own words.

Each method raises `errors.Unavailable` or `errors.Refused` and nothing else.
Reference: https://www.courier.com/docs/api-reference
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import reduce
from http import HTTPStatus
from typing import Protocol, TypeVar

from app.courier import paths, wire
from app.courier.errors import AccessDenied, Refused, Unavailable, Unknown
from app.courier.http import Http, Request, new_key
from app.preferences.brand import Brand
from app.preferences.letter import Letter
from app.preferences.lint import SectionSeen
from app.preferences.merge import inherited
from app.preferences.model import Catalog, Recipient, Saved, Tenant
from app.preferences.rules import Change
from app.preferences.timeline import Logged

PAGES = 20
"""Pages of one list, at most: a list that never ends is a fault, not a wait."""

LOG_PAGES = 5
LOG_LIMIT = 100
"""Of the log, the newest pages of this many entries; what is older is left out."""

AUDIT_PAGES = 5
"""Of what staff did, the newest pages."""

LOG_BUDGET = 2.0
"""Seconds for one page of the log: whoever waits for it can do without."""

EXTRA_BUDGET = 1.0
"""Seconds for a brand or a profile: a page that waits for it can do without."""

MOST_TENANTS = 100
"""Of a user's tenants, those on one page."""

PARENTS = 4
"""Levels of parent tenants whose defaults Courier loads."""


L = TypeVar("L")


class Kept(Protocol):
    """Where an answer outlives the process."""

    def keep(self, name: str, body: str) -> None: ...

    def get(self, name: str) -> str | None: ...


class Courier:
    """`with_routing` says whether the workspace's plan has choice of channels."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def close(self) -> None:
        self._http.close()

    def catalog(self, kept: Kept | None = None) -> Catalog:
        """GET /preferences/sections, topics embedded; keeps the answer."""
        body = self._get("catalog", paths.SECTIONS)
        found = wire.catalog(body)
        if kept:
            kept.keep("catalog", body.decode())
        return found

    def kept_catalog(self, kept: Kept) -> Catalog | None:
        """The last answer that was kept, be it by another process."""
        body = kept.get("catalog")
        return wire.catalog(body.encode()) if body else None

    def tenant(self, tenant_id: str) -> Tenant:
        """GET /tenants/{tenant_id} and its parents'; the nearest default wins.

        A tenant that Courier does not know has no name and no defaults.
        """
        levels: list[Tenant] = []
        seen: set[str] = set()
        next_id: str | None = tenant_id
        while next_id and next_id not in seen and len(seen) <= PARENTS:
            seen.add(next_id)
            levels.append(self._tenant(next_id))
            next_id = levels[-1].parent_id
        return reduce(inherited, reversed(levels))

    def brand(self, brand_id: str) -> Brand | None:
        """GET /brands/{brand_id}; None where it is gone or not for this key."""
        try:
            request = Request("brand", "GET", paths.brand(brand_id), is_extra=True)
            return wire.brand(self._http.send(request, EXTRA_BUDGET))
        except Refused as fault:
            if fault.status == HTTPStatus.UNAUTHORIZED:
                raise
            return None

    def tenant_ids(self, user_id: str) -> tuple[str, ...]:
        """GET /users/{user_id}/tenants: all pages, in Courier's order, each once."""
        path = paths.tenants(user_id)

        def read(cursor: str | None) -> tuple[tuple[str, ...], str | None]:
            query = paths.page_query(MOST_TENANTS, cursor)
            return wire.memberships(self._get("tenants", path, query))

        try:
            return tuple(dict.fromkeys(_all_pages(read)))
        except AccessDenied:
            raise
        except Refused:  # whoever it is, they are in no tenant
            return ()

    def locale(self, user_id: str) -> str:
        """GET /profiles/{user_id}: the language of the profile, or nothing."""
        request = Request("locale", "GET", paths.profile(user_id), is_extra=True)
        try:
            return wire.locale(self._http.send(request, EXTRA_BUDGET))
        except Refused:
            return ""

    def preferences(self, recipient: Recipient) -> tuple[Saved, ...]:
        """GET /users/{user_id}/preferences: all topics, or only own choices."""
        path = paths.preferences(recipient)

        def read(cursor: str | None) -> tuple[tuple[Saved, ...], str | None]:
            query = paths.query(recipient, cursor)
            return wire.saved_list(self._get("preferences", path, query))

        return _all_pages(read)

    def preference(
        self, recipient: Recipient, topic_id: str, *, budget: float | None = None
    ) -> Saved:
        """GET /users/{user_id}/preferences/{topic_id}: the choice, or the default."""
        path, query = paths.preference(recipient, topic_id), paths.query(recipient)
        request = Request("preference", "GET", path, query)
        return wire.saved_one(self._http.send(request, budget))

    def logs(
        self,
        recipient: Recipient,
        since: datetime | None = None,
        pages: int = LOG_PAGES,
    ) -> list[Logged]:
        """GET /preferences/logs: what changed, newest first, whoever changed it.

        Without a tenant Courier tells of all tenants; the others' are left out.
        """
        start = since.astimezone(UTC).isoformat() if since else None
        entries: list[Logged] = []
        cursor: str | None = None
        for _ in range(pages):
            query = paths.logs_query(recipient, start, LOG_LIMIT, cursor)
            request = Request("logs", "GET", paths.LOGS, query)
            body = self._http.send(request, LOG_BUDGET)
            page, cursor = wire.log(body, recipient)
            entries += page
            if cursor is None:
                break
        return entries

    def review(self) -> tuple[SectionSeen, ...]:
        """GET /preferences/sections, with what only a lint looks at."""
        return wire.review(self._get("review", paths.SECTIONS))

    def published(self) -> float | None:
        """GET /audit-events, newest first: when the hosted page was last published.

        None where the newest pages do not tell. Only some plans have audit events.
        """
        cursor: str | None = None
        for _ in range(AUDIT_PAGES):
            query = paths.cursor_query(cursor)
            path = paths.AUDIT_EVENTS
            request = Request("published", "GET", path, query, is_extra=True)
            at, cursor = wire.published(self._http.send(request))
            if at is not None or cursor is None:
                return at
        return None

    def put(
        self, recipient: Recipient, topic_id: str, change: Change, *, with_routing: bool
    ) -> None:
        """PUT /users/{user_id}/preferences/{topic_id}: replaces routing."""
        body = wire.change_body(change, with_routing=with_routing)
        path = paths.preference(recipient, topic_id)
        query = paths.query(recipient)
        wire.accepted(self._http.send(Request("put", "PUT", path, query, body)))

    def delete(self, recipient: Recipient, topic_id: str) -> None:
        """DELETE /users/{user_id}/preferences/{topic_id}: back to the default."""
        path, query = paths.preference(recipient, topic_id), paths.query(recipient)
        wire.nothing(self._http.send(Request("delete", "DELETE", path, query)))

    def put_many(
        self, recipient: Recipient, changes: Mapping[str, Change], *, with_routing: bool
    ) -> frozenset[str]:
        """POST /users/{user_id}/preferences; returns the topics it confirmed.

        At most `wire.BULK_LIMIT` changes; topics left out are untouched.
        """
        request = Request(
            "put_many",
            "POST",
            paths.preferences(recipient),
            paths.query(recipient),
            wire.bulk_body(changes, with_routing=with_routing),
            key=new_key(),
        )
        return wire.bulk_confirmed(self._http.send(request))

    def delete_all(self, recipient: Recipient) -> None:
        """PUT /users/{user_id}/preferences with no topics: everything to default."""
        path, query = paths.preferences(recipient), paths.query(recipient)
        body = wire.bulk_body({}, with_routing=True)
        wire.replaced(self._http.send(Request("delete_all", "PUT", path, query, body)))

    def send(
        self, recipient: Recipient, template: str | Letter, data: dict[str, str]
    ) -> None:
        """POST /send: one mail, by a template's id or with its own words."""
        body = wire.letter_body(recipient, template, data)
        request = Request("send", "POST", paths.SEND, body=body, key=new_key())
        wire.sent(self._http.send(request))

    def _tenant(self, tenant_id: str) -> Tenant:
        try:
            return wire.tenant(self._get("tenant", paths.tenant(tenant_id)))
        except Unknown:
            return Tenant()

    def _get(self, name: str, path: str, query: str = "") -> bytes:
        return self._http.send(Request(name, "GET", path, query))


def _all_pages(
    read: Callable[[str | None], tuple[tuple[L, ...], str | None]],
) -> tuple[L, ...]:
    """A list that is told page by page; `read` gives lines and the next cursor.

    Of one page alone it is the page itself.
    """
    lines: tuple[L, ...] = ()
    cursor: str | None = None
    for _ in range(PAGES):
        page, cursor = read(cursor)
        lines = lines + page if lines else page
        if cursor is None:
            return lines
    raise Unavailable(f"a list of more than {PAGES} pages")
