"""Turns entries of staff into rows, and rows of both tables into lines of the trail."""

from typing import Any

from app.ledger import rows
from app.ledger.rows import Row
from app.preferences.choice import Choice, Door, State
from app.preferences.model import Recipient
from app.preferences.staff import Entry, Kind
from app.preferences.trail import Line, Source

KINDS = frozenset(kind.value for kind in Kind)
PLAIN = ("topic_id", "reference", "reason", "basis", "link", "detail")
FORGOTTEN: dict[str, str | None] = {
    **dict.fromkeys(("user_id", "topic_id", "reason", "link", "detail")),
    "tenant_id": "",
}
"""What is written over an entry when whom it was about is erased."""


def written(entry: Entry) -> dict[str, Any]:
    """The columns of a new row that the caller knows."""
    whom = entry.recipient
    return {
        "kind": entry.kind.value,
        "actor": entry.actor,
        "user_id": whom.user_id if whom else None,
        "tenant_id": whom.tenant_id or "" if whom else "",
        **{name: getattr(entry, name) for name in PLAIN},
    }


def is_known(row: Row) -> bool:
    """Whether this version of the program knows such an act."""
    return row["kind"] in KINDS


def entry(row: Row) -> Entry:
    return Entry(
        Kind(row["kind"]),
        row["actor"],
        _recipient(row),
        **{name: row[name] for name in PLAIN},
        at=row["at"] / 1000,
        id=row["id"],
    )


def entry_line(row: Row) -> Line:
    return Line(
        at=row["at"] / 1000,
        source=Source.ENTRY,
        id=row["id"],
        kind=Kind(row["kind"]) if is_known(row) else None,
        door=Door.STAFF,
        actor=row["actor"],
        recipient=_recipient(row),
        **{name: row[name] for name in PLAIN},
    )


def choice_line(row: Row) -> Line:
    """What this version cannot read of a row is left out, and the row is told."""
    read = _read(row)
    return Line(
        at=row["at"] / 1000,
        source=Source.CHOICE,
        id=row["id"],
        door=read.trace.door if read else None,
        actor=row["actor"],
        recipient=_recipient(row),
        topic_id=row["topic_id"],
        topic_name=row["topic_name"],
        effect=read.effect if read else None,
        what=_what(row, read.after.routing.channels if read else ()),
        state=State(row["state"]) if read else None,
        reference=row["reference"],
        reason=row["reason"],
        link=row["link"],
        link_made_by=row.get("link_made_by"),
        error=row["last_error"],
    )


def _read(row: Row) -> Choice | None:
    try:
        return rows.choice(row)
    except (ValueError, KeyError, TypeError):
        return None


def _what(row: Row, channels: tuple[str, ...]) -> str:
    """Such as `OPTED_IN by email, sms`."""
    if row["status"] is None:
        return "reset"
    by = f" by {', '.join(channels) or 'no channel'}" if row["is_custom"] else ""
    return f"{row['status']}{by}"


def _recipient(row: Row) -> Recipient | None:
    if row["user_id"] is None:
        return None
    return Recipient(row["user_id"], row["tenant_id"] or None)
