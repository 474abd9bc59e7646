"""Messages as support sees them: list, read, history, rendered output.

They are made by `send`. What belongs to a message but is not in its own
answer (history, output, topic) is kept beside it as `extras`.
"""

import json
import sqlite3

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.errors import not_found
from app.sandbox.paging import DEFAULT_LIMIT, page_of
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store

routes = Blueprint("messages", __name__)


@routes.get("/messages")
def list_messages() -> ResponseReturnValue:
    rows = store().rows(
        "SELECT status, body FROM messages WHERE (?1 = '' OR recipient = ?1)"
        " AND (?2 = '' OR tenant_id = ?2) ORDER BY enqueued DESC, place DESC",
        request.args.get("recipient", ""),
        request.args.get("tenant_id", ""),
    )
    wanted = _wanted_statuses()
    kept = [row for row in rows if not wanted or row["status"] in wanted]
    page = page_of([json.loads(row["body"]) for row in kept], DEFAULT_LIMIT)
    return {"results": page.items, "paging": page.paging()}


@routes.get("/messages/<id:message_id>")
def read_message(message_id: str) -> ResponseReturnValue:
    row = _known(message_id)
    extras = json.loads(row["extras"])
    return {**json.loads(row["body"]), "providers": extras.get("providers", [])}


@routes.get("/messages/<id:message_id>/history")
def read_history(message_id: str) -> ResponseReturnValue:
    row = _known(message_id)
    message = json.loads(row["body"])
    return {"results": json.loads(row["extras"]).get("history") or _steps(message)}


@routes.get("/messages/<id:message_id>/output")
def read_output(message_id: str) -> ResponseReturnValue:
    row = _known(message_id)
    return {"results": json.loads(row["extras"]).get("output", [])}


def save_message(message: Json, tenant_id: str, extras: Json) -> None:
    store().run(
        "INSERT OR REPLACE INTO messages"
        " (id, recipient, tenant_id, status, enqueued, body, extras)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        message["id"],
        message["recipient"],
        tenant_id,
        message["status"],
        message["enqueued"],
        json.dumps(message),
        json.dumps(extras),
    )


def release_held(user_id: str, tenant_id: str, topic_id: str) -> None:
    """What a digest holds for this recipient is sent now."""
    rows = store().rows(
        "SELECT body, extras FROM messages WHERE recipient = ? AND tenant_id = ?"
        " AND status = 'DIGESTED'",
        user_id,
        tenant_id,
    )
    for row in rows:
        message, extras = json.loads(row["body"]), json.loads(row["extras"])
        if extras.get("topic_id") == topic_id:
            save_message({**message, "status": "SENT"}, tenant_id, extras)


def _known(message_id: str) -> sqlite3.Row:
    row = store().row("SELECT body, extras FROM messages WHERE id = ?", message_id)
    if row is None:
        raise not_found()
    return row


def _wanted_statuses() -> set[str]:
    """`status` may be given several times, also as `status[]`."""
    given = request.args.getlist("status") + request.args.getlist("status[]")
    return {status for entry in given for status in entry.split(",") if status}


def _steps(message: Json) -> list[Json]:
    steps = [{"type": "ENQUEUED", "ts": message["enqueued"]}]
    steps += [
        {"type": step.upper(), "ts": message[step]}
        for step in ("sent", "delivered", "opened", "clicked")
        if step in message
    ]
    if message["status"] not in {step["type"] for step in steps}:
        steps.append({"type": message["status"], "ts": message["enqueued"]})
    return steps
