"""Publishing the hosted page.

Courier takes a snapshot of the catalogue for its own page. No endpoint reads
the snapshot, so none is kept here.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.audit import note
from app.sandbox.body import read_body
from app.sandbox.clock import milliseconds
from app.sandbox.workspace import new_id, workspace

routes = Blueprint("publish", __name__)


@routes.post("/preferences/publish")
def publish() -> ResponseReturnValue:
    body = read_body()
    for field in ("brand_id", "heading", "description"):
        body.optional_text(field)
    page_id = new_id("page_")
    note("Preferences Page Published", page_id)
    return {
        "page_id": page_id,
        "published_at": workspace().now(),
        "published_version": milliseconds(workspace().clock()),
        "published_by": "api",
        "preview_url": f"https://view.notificationcenter.app/p/{page_id}",
    }
