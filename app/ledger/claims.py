"""Leases the rows that are due to whoever asked for them.

A row that a newer choice has overtaken is closed instead. One whose lease ran out was
perhaps sent, and that leaves a doubt.
"""

from typing import Any

from sqlalchemy import Connection

from app.ledger import rows
from app.ledger import statements as sql
from app.ledger.ledger import LEASE, OUT_OF_STEP, new_lease
from app.preferences.choice import Choice

STRANGE = "strange"
"""The lease of nobody: of a row that is given one more lease's time, and no more."""

Row = dict[str, Any]


def leased(connection: Connection, found: list[Row], times: Row) -> list[Choice]:
    until = times["now"] + int(LEASE * 1000)
    strange = [row for row in found if _is_strange(row, times)]
    sane = [row for row in found if row not in strange]
    old = [{**times, "this": row["id"]} for row in sane if row["has_newer"]]
    due = [row for row in sane if not row["has_newer"]]
    leases = [_new_lease(row, times) | {"until": until} for row in due]
    left = [_stream(row) | times for row in due if row["has_older"]]
    for statement, values in (
        (sql.RESTAMP, [_restamped(row, until) for row in strange]),
        (sql.CLOSE, old),
        (sql.LEASE, leases),
        (sql.CLOSE_OLDER, left),
    ):
        if values:
            connection.execute(statement, values)
    return [_choice(row, lease, times) for row, lease in zip(due, leases, strict=True)]


def _is_strange(row: Row, times: Row) -> bool:
    """Leased by a clock that is hours off: who did so may be at it, or long dead."""
    is_leased = row["lease"] is not None and row["lease"] != STRANGE
    return is_leased and _is_out_of_step(row, times)


def _restamped(row: Row, until: int) -> Row:
    return {"this": row["id"], "until": until, "new_lease": STRANGE}


def _choice(row: Row, lease: Row, times: Row) -> Choice:
    return rows.choice(
        row | {"lease": lease["new_lease"]},
        is_in_doubt=lease["doubt"] is not None,
        is_out_of_step=_is_out_of_step(row, times),
    )


def _new_lease(row: Row, times: Row) -> Row:
    return {
        "this": row["id"],
        "new_lease": new_lease(),
        "doubt": times["doubt"] if row["lease"] else row["doubt_until"],
    }


def _stream(row: Row) -> Row:
    return {
        "user": row["user_id"],
        "tenant": row["tenant_id"],
        "topic": row["topic_id"],
        "this": row["id"],
    }


def _is_out_of_step(row: Row, times: Row) -> bool:
    return bool(abs(row["due_at"] - times["now"]) > OUT_OF_STEP * 1000)
