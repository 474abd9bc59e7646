"""Templates of messages: the list, with the topic that each belongs to.

Courier lists two kinds side by side, legacy ones and those of its newer editor, each
with field names of its own; both are in the seed.
"""

import json

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.paging import DEFAULT_LIMIT, page_of
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store

routes = Blueprint("templates", __name__)


@routes.get("/notifications")
def list_templates() -> ResponseReturnValue:
    rows = store().rows("SELECT body FROM templates ORDER BY place")
    found = [json.loads(row["body"]) for row in rows]
    wanted = [_told(body) for body in found if _is_wanted(body)]
    page = page_of(wanted, DEFAULT_LIMIT)
    return {"results": page.items, "paging": page.paging()}


def save_template(template: Json) -> None:
    body = json.dumps(template)
    store().run("INSERT INTO templates (id, body) VALUES (?, ?)", template["id"], body)


def _told(body: Json) -> Json:
    """Notes only where they are asked for."""
    has_notes = request.args.get("notes", "").lower() == "true"
    return {k: v for k, v in body.items() if k != "note" or has_notes}


def _is_wanted(body: Json) -> bool:
    """By event, and by all of the tags that were asked for, whatever their case."""
    event = request.args.get("event_id", "")
    asked = request.args.get("tags", "").lower().split(",")
    wanted = {tag.strip() for tag in asked} - {""}
    return event in ("", *body.get("event_ids", ())) and wanted <= _tags(body)


def _tags(body: Json) -> set[str]:
    tags = body.get("tags") or []
    named = tags if isinstance(tags, list) else [tag["name"] for tag in tags["data"]]
    return {name.lower() for name in named}
