"""What support asks Courier about people, beside `client`.

Each method raises `CourierError` and nothing else, and reads few pages: whoever waits
has somebody on the phone. A key that may not ask is no alarm.
Reference: https://www.courier.com/docs/api-reference
"""

from collections.abc import Callable
from typing import TypeVar

from app.courier import paths, wire
from app.courier.errors import Unknown
from app.courier.http import Http, Request
from app.preferences.message import Message, Template
from app.preferences.model import Recipient
from app.preferences.person import Profile, Roster

BUDGET = 2.0
"""Seconds for one page."""

PAGES = 3
"""Pages of one list, at most; what is beyond them is left out."""

TEMPLATE_PAGES = 10
"""Of templates, which are kept: a page of them is short."""

LIMIT = 100
"""Lines of a page of tenants or members, which Courier lets us say."""

L = TypeVar("L")
Page = tuple[list[L], str | None]


class People:
    def __init__(self, http: Http) -> None:
        self._http = http

    def messages(self, recipient: Recipient, pages: int = 1) -> list[Message]:
        """GET /messages?recipient=: newest first, and nobody else's.

        Without a tenant Courier tells of all tenants, and not of which.
        """
        found = self._messages(recipient, pages)
        own = [message for whose, message in found if whose == recipient.user_id]
        return sorted(own, key=lambda message: message.at, reverse=True)

    def recipients_of(self, address: str) -> list[str]:
        """The ids to which there are messages by an address, each once."""
        found = self._messages(Recipient(address), PAGES)
        return list(dict.fromkeys(whose for whose, _ in found if whose))

    def templates(self) -> dict[str, Template]:
        """GET /notifications: all of them by their ids, legacy ones included."""

        def read(cursor: str | None) -> Page[Template]:
            query = paths.cursor_query(cursor)
            return wire.templates(self._get("templates", paths.TEMPLATES, query))

        return {template.id: template for template in _read(read, TEMPLATE_PAGES)[0]}

    def profile(self, user_id: str) -> Profile:
        """GET /profiles/{user_id}; an empty one where Courier knows no such user."""
        try:
            return wire.profile(self._get("profile", paths.profile(user_id)))
        except Unknown:
            return Profile()

    def members(self, tenant_id: str) -> Roster:
        """GET /tenants/{tenant_id}/users; of no such tenant there are none."""
        path = paths.members(tenant_id)
        try:
            found, is_whole = _read(self._pages("members", path, wire.members), PAGES)
        except Unknown:
            return Roster(())
        return Roster(tuple(found), is_whole)

    def tenant_list(self) -> dict[str, str]:
        """GET /tenants: the ids of the first few hundred, and their names."""
        pages = self._pages("tenant_list", paths.TENANTS, wire.tenant_list)
        return dict(_read(pages, PAGES)[0])

    def _messages(self, recipient: Recipient, pages: int) -> list[tuple[str, Message]]:
        def read(cursor: str | None) -> Page[tuple[str, Message]]:
            query = paths.messages_query(recipient, cursor)
            return wire.messages(self._get("messages", paths.MESSAGES, query))

        return _read(read, min(pages, PAGES))[0]

    def _pages(
        self, name: str, path: str, meaning: Callable[[bytes], Page[L]]
    ) -> Callable[[str | None], Page[L]]:
        return lambda cursor: meaning(
            self._get(name, path, paths.page_query(LIMIT, cursor))
        )

    def _get(self, name: str, path: str, query: str = "") -> bytes:
        request = Request(name, "GET", path, query, is_extra=True)
        return self._http.send(request, BUDGET)


def _read(read: Callable[[str | None], Page[L]], pages: int) -> tuple[list[L], bool]:
    """The lines of the first pages, and whether these are all."""
    lines: list[L] = []
    cursor: str | None = None
    for _ in range(pages):
        page, cursor = read(cursor)
        lines += page
        if cursor is None:
            return lines, True
    return lines, False
