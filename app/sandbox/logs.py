"""The history of users' choices, newest first. It names no actor.

Entries are written in `choices`, in the transaction of the change itself.
"""

import json

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.clock import iso, parse_moment
from app.sandbox.errors import invalid
from app.sandbox.paging import Page, decode, encode, position_of, read_limit
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store

routes = Blueprint("logs", __name__)

DEFAULT_LIMIT = 25

QUERY = """SELECT place, timestamp, body FROM logs
    WHERE (?1 = '' OR user_id = ?1) AND (?2 = '' OR tenant_id = ?2)
    AND timestamp >= ?3 AND (timestamp, place) < (?4, ?5)
    ORDER BY timestamp DESC, place DESC LIMIT ?6"""


@routes.get("/preferences/logs")
def list_logs() -> ResponseReturnValue:
    user_id = request.args.get("user_id", "")
    tenant_id = request.args.get("tenant_id", "")
    if tenant_id and not user_id:
        raise invalid("'tenant_id' is only valid together with 'user_id'.")
    page = _read_page(user_id, tenant_id, read_limit(DEFAULT_LIMIT))
    return {"items": page.items, "paging": page.paging()}


def _read_page(user_id: str, tenant_id: str, limit: int) -> Page[Json]:
    """The cursor is an entry, not an offset: new entries move no page."""
    timestamp, place = _read_cursor()
    rows = store().rows(
        QUERY, user_id, tenant_id, _read_since(), timestamp, place, limit + 1
    )
    items = [json.loads(row["body"]) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    last = rows[limit - 1]
    return Page(items, encode(f"{last['timestamp']}|{last['place']}"))


def _read_since() -> str:
    since = request.args.get("since")
    if since is None:
        return ""
    try:
        return iso(parse_moment(since))
    except (ValueError, OverflowError) as error:
        raise invalid("'since' must be an ISO-8601 date or date-time.") from error


def _read_cursor() -> tuple[str, int]:
    cursor = request.args.get("cursor")
    if cursor is None:
        return "~", 0  # after every timestamp
    timestamp, _, place = decode(cursor).partition("|")
    return timestamp, position_of(place)
