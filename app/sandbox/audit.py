"""Audit events: what staff did to the workspace, never what users chose.

Other modules call `note`; nothing is ever changed or removed here.
"""

import json

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.errors import not_found
from app.sandbox.paging import DEFAULT_LIMIT, page_of
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import new_id, store, workspace

routes = Blueprint("audit", __name__)

ACTOR = {"id": "sandbox-api-key", "email": "api@sandbox.example"}


@routes.get("/audit-events")
def list_audit_events() -> ResponseReturnValue:
    rows = store().rows("SELECT body FROM audit_events ORDER BY place DESC")
    page = page_of([json.loads(row["body"]) for row in rows], DEFAULT_LIMIT)
    return {"results": page.items, "paging": page.paging()}


@routes.get("/audit-events/<id:event_id>")
def read_audit_event(event_id: str) -> ResponseReturnValue:
    row = store().row("SELECT body FROM audit_events WHERE id = ?", event_id)
    if row is None:
        raise not_found()
    return dict(json.loads(row["body"]))


def note(event_type: str, target: str) -> None:
    event: Json = {
        "auditEventId": new_id("aud_"),
        "actor": ACTOR,
        "target": target,
        "source": "api",
        "timestamp": workspace().now(),
        "type": event_type,
    }
    save_event(event)


def save_event(event: Json) -> None:
    store().run(
        "INSERT INTO audit_events (id, body) VALUES (?, ?)",
        event["auditEventId"],
        json.dumps(event),
    )
