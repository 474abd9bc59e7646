"""Turns choices into rows and rows into choices; what of a row the chain covers."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from app.preferences.choice import Choice, Door, Draft, State, Trace
from app.preferences.model import Channel, Recipient, Routing, Standing, Status
from app.preferences.rules import Act, Change, Reset

Row = Mapping[str, Any] | RowMapping

COVERED = (
    "id",
    "reference",
    "at",
    "user_id",
    "tenant_id",
    "topic_id",
    "topic_name",
    "status",
    "is_custom",
    "channels",
    "schedule_id",
    "clears_schedule",
    "before",
    "door",
    "actor",
    "reason",
    "link",
)
"""The columns that never change once written; the others are about the delivery."""


def content(row: Row) -> list[object]:
    return [row[name] for name in COVERED]


def stream(recipient: Recipient) -> tuple[str, str]:
    return recipient.user_id, recipient.tenant_id or ""


def written(recipient: Recipient, draft: Draft, trace: Trace) -> dict[str, Any]:
    """The columns of a new row that the caller knows."""
    user_id, tenant_id = stream(recipient)
    return {
        "user_id": user_id,
        "tenant_id": tenant_id,
        "topic_id": draft.topic_id,
        "topic_name": draft.topic_name,
        **_act_columns(draft.act),
        "before": _before_text(draft),
        "door": trace.door.value,
        "actor": trace.actor,
        "reason": trace.reason,
        "link": trace.link,
        "state": State.PENDING.value,
        "attempts": 0,
        "looks": 0,
        "last_error": None,
        "delivered_at": None,
    }


def choice(
    row: Row,
    *,
    is_in_doubt: bool = False,
    has_doubt: bool = False,
    is_overdue: bool = False,
    is_out_of_step: bool = False,
) -> Choice:
    delivered_at = row["delivered_at"]
    return Choice(
        id=row["id"],
        reference=row["reference"],
        at=row["at"] / 1000,
        recipient=Recipient(row["user_id"], row["tenant_id"] or None),
        draft=Draft(
            row["topic_id"],
            row["topic_name"],
            _standing(row["before"]),
            _act(row),
            is_guess=bool(json.loads(row["before"]).get("guess")),
        ),
        trace=Trace(Door(row["door"]), row["link"], row["actor"], row["reason"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        looks=row["looks"],
        last_error=row["last_error"],
        delivered_at=None if delivered_at is None else delivered_at / 1000,
        lease=row["lease"],
        is_in_doubt=is_in_doubt,
        has_doubt=has_doubt,
        is_overdue=is_overdue,
        is_out_of_step=is_out_of_step,
    )


def is_readable(row: Row) -> bool:
    """Whether this version of the program knows what a row says."""
    try:
        choice(row)
    except (ValueError, KeyError, TypeError):
        return False
    return True


def _act_columns(act: Act) -> dict[str, Any]:
    if isinstance(act, Reset):
        act_ = Change(Status.OPTED_IN, Routing())
        return {**_act_columns(act_), "status": None}
    return {
        "status": act.status.value,
        "is_custom": act.routing.is_custom,
        "channels": json.dumps(act.routing.channels),
        "schedule_id": act.schedule_id,
        "clears_schedule": act.clears_schedule,
    }


def _act(row: Row) -> Act:
    if row["status"] is None:
        return Reset()
    return Change(
        Status(row["status"]),
        Routing(bool(row["is_custom"]), _channels(json.loads(row["channels"]))),
        row["schedule_id"],
        bool(row["clears_schedule"]),
    )


def _before_text(draft: Draft) -> str:
    standing = draft.before
    value = {
        "status": standing.status,
        "default": standing.default_status,
        "custom": standing.routing.is_custom,
        "channels": standing.routing.channels,
        "schedule": standing.schedule_id,
        "default_custom": standing.default_routing.is_custom,
        "default_channels": standing.default_routing.channels,
    }
    if draft.is_guess:
        value["guess"] = True
    return json.dumps(value, separators=(",", ":"))


def _standing(text: str) -> Standing:
    value = json.loads(text)
    return Standing(
        Status(value["status"]),
        Status(value["default"]),
        Routing(value["custom"], _channels(value["channels"])),
        value["schedule"],
        Routing(value["default_custom"], _channels(value["default_channels"])),
    )


def _channels(names: list[str]) -> tuple[Channel, ...]:
    return tuple(map(Channel, names))
