"""Cursors and limits of the list endpoints.

A cursor is opaque to clients; here it is a position in URL-safe base64.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

from app.sandbox.errors import invalid
from app.sandbox.parsing import whole_number
from app.sandbox.vocabulary import Json

Item = TypeVar("Item")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: list[Item]
    cursor: str | None

    def paging(self) -> Json:
        """`cursor` is omitted on the last page."""
        more: Json = {"more": self.cursor is not None}
        return more if self.cursor is None else {**more, "cursor": self.cursor}

    def listing(self, url: str, **filters: str | None) -> Json:
        """The envelope of the tenant endpoints."""
        body: Json = {"type": "list", "url": url, "has_more": self.cursor is not None}
        if self.cursor is not None:
            query = {**filters, "cursor": self.cursor}
            kept = {name: value for name, value in query.items() if value}
            body["cursor"] = self.cursor
            body["next_url"] = f"{url}?{urlencode(kept)}"
        return body


def encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid("'cursor' is not a cursor of this endpoint.") from error


def read_limit(default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    limit = whole_number(request.args.get("limit", str(default)))
    if limit is None or not 1 <= limit <= most:
        raise invalid(f"'limit' must be from 1 to {most}.")
    return limit


def read_offset() -> int:
    cursor = request.args.get("cursor")
    return position_of(decode(cursor)) if cursor else 0


def position_of(text: str) -> int:
    position = whole_number(text)
    if position is None:
        raise invalid("'cursor' is not a cursor of this endpoint.")
    return position


def page_of(items: list[Item], limit: int) -> Page[Item]:
    """The page of `items` that the request's cursor asks for."""
    start = read_offset()
    end = start + limit
    return Page(items[start:end], encode(str(end)) if end < len(items) else None)
