"""Replays the stored answer of a POST with a known Idempotency-Key.

An answer is kept for a day, or until `x-idempotency-expiration`. A refusal is
not kept; Courier's own 500 is.
"""

from datetime import UTC, datetime, timedelta

from flask import Response, request

from app.sandbox.clock import iso, parse_moment
from app.sandbox.errors import invalid
from app.sandbox.workspace import store, workspace

SHORTEST = timedelta(hours=24)
LONGEST = timedelta(days=366)


def key_of_request() -> str | None:
    if request.method != "POST":
        return None
    return request.headers.get("Idempotency-Key") or None


def find_replay(key: str) -> Response | None:
    row = store().row(
        "SELECT status, body FROM replays WHERE key = ? AND path = ? AND expires > ?",
        key,
        request.full_path,
        workspace().now(),
    )
    if row is None:
        return None
    return Response(row["body"], row["status"], mimetype="application/json")


def keep_answer(key: str, answer: Response) -> None:
    store().run(
        "INSERT OR REPLACE INTO replays VALUES (?, ?, ?, ?, ?)",
        key,
        request.full_path,
        answer.status_code,
        answer.get_data(as_text=True),
        iso(expiration()),
    )


def expiration() -> datetime:
    now = workspace().clock()
    wish = request.headers.get("x-idempotency-expiration")
    if wish is None:
        return now + SHORTEST
    moment = _moment(wish)
    # A minute of grace for a client that computed the shortest span itself.
    if not now + SHORTEST - timedelta(minutes=1) <= moment <= now + LONGEST:
        raise invalid("'x-idempotency-expiration' must be 24 hours to 1 year ahead.")
    return moment


def _moment(wish: str) -> datetime:
    try:
        if wish.isdigit():
            return datetime.fromtimestamp(int(wish) / 1000, UTC)
        return parse_moment(wish)
    except (ValueError, OverflowError, OSError) as error:
        message = "'x-idempotency-expiration' must be epoch milliseconds or ISO-8601."
        raise invalid(message) from error
