"""The catalogue's sections: list, create, read, replace, archive.

Their topics are embedded in every answer and kept by `topics`.
"""

import secrets
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.audit import note
from app.sandbox.body import Body, read_body
from app.sandbox.catalogue import all_sections, find_section, save_section, topics_of
from app.sandbox.errors import CourierError, not_found
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store, workspace

routes = Blueprint("sections", __name__)

NANOID_BYTES = 15  # 20 characters, as Courier's own ids have about that


@routes.get("/preferences/sections")
def list_sections() -> ResponseReturnValue:
    return {"results": [_with_topics(section) for section in all_sections()]}


@routes.post("/preferences/sections")
def create_section() -> ResponseReturnValue:
    section = {
        "id": secrets.token_urlsafe(NANOID_BYTES),
        **_read(read_body()),
        "created": workspace().now(),
        "creator": "api",
    }
    save_section(section)
    note("Section Created", section["id"])
    return _with_topics(section)


@routes.get("/preferences/sections/<id:section_id>")
def read_section(section_id: str) -> ResponseReturnValue:
    return _with_topics(known_section(section_id))


@routes.put("/preferences/sections/<id:section_id>")
def replace_section(section_id: str) -> ResponseReturnValue:
    """A full replacement: what is left out is cleared; topics stay."""
    before = known_section(section_id)
    section = {
        "id": section_id,
        **_read(read_body()),
        "created": before["created"],
        "creator": before.get("creator", "api"),
        "updated": workspace().now(),
        "updater": "api",
    }
    save_section(section)
    _note_channels(before, section)
    return _with_topics(section)


@routes.delete("/preferences/sections/<id:section_id>")
def archive_section(section_id: str) -> ResponseReturnValue:
    known_section(section_id)
    if topics_of(section_id):
        raise CourierError(HTTPStatus.CONFLICT, "The section still has topics.")
    store().run("DELETE FROM sections WHERE id = ?", section_id)
    note("Section Archived", section_id)
    return "", HTTPStatus.NO_CONTENT


def known_section(section_id: str) -> Json:
    section = find_section(section_id)
    if section is None:
        raise not_found()
    return section


def _read(body: Body) -> Json:
    fields: Json = {
        "name": body.text("name"),
        "has_custom_routing": bool(body.flag("has_custom_routing")),
        "routing_options": body.channels("routing_options") or [],
    }
    description = body.optional_text("description")
    return fields if description is None else {**fields, "description": description}


def _with_topics(section: Json) -> Json:
    return {**section, "topics": topics_of(section["id"])}


def _note_channels(before: Json, after: Json) -> None:
    old, new = set(before["routing_options"]), set(after["routing_options"])
    for channel in sorted(new - old):
        note("Section Channel Added", f"{after['id']}/{channel}")
    for channel in sorted(old - new):
        note("Section Channel Removed", f"{after['id']}/{channel}")
