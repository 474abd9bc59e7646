"""The catalogue's topics: list, create, read, replace, archive.

A topic answers only under its own section. Its digest is read by
`topic_digests`.
"""

import secrets
import string
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.audit import note
from app.sandbox.body import Body, read_body
from app.sandbox.catalogue import find_topic, save_topic, topics_of
from app.sandbox.digests import read_digest
from app.sandbox.errors import not_found
from app.sandbox.sections import known_section
from app.sandbox.vocabulary import CONTROLS, STATUSES, Json
from app.sandbox.workspace import store, workspace

routes = Blueprint("topics", __name__)

ALPHABET = string.ascii_uppercase + string.digits
ID_LENGTH = 28


@routes.get("/preferences/sections/<id:section_id>/topics")
def list_topics(section_id: str) -> ResponseReturnValue:
    known_section(section_id)
    return {"results": topics_of(section_id)}


@routes.post("/preferences/sections/<id:section_id>/topics")
def create_topic(section_id: str) -> ResponseReturnValue:
    known_section(section_id)
    body, now = read_body(), workspace().now()
    topic = {"id": _topic_id(), **_read(body), "creator": "api"}
    topic |= {"created": now, "updated": now}
    digest = read_digest(body, None)
    save_topic(section_id, _with_digest(topic, digest))
    note("Topic Created", topic["id"])
    return _with_digest(topic, digest)


@routes.get("/preferences/sections/<id:section_id>/topics/<id:topic_id>")
def read_topic(section_id: str, topic_id: str) -> ResponseReturnValue:
    return known_topic(section_id, topic_id)


@routes.put("/preferences/sections/<id:section_id>/topics/<id:topic_id>")
def replace_topic(section_id: str, topic_id: str) -> ResponseReturnValue:
    """A full replacement, except that leaving `digest` out keeps it."""
    before, body = known_topic(section_id, topic_id), read_body()
    topic = {"id": topic_id, **_read(body), "created": before["created"]}
    topic |= {"updated": workspace().now(), "updater": "api"}
    kept = before.get("digest")
    digest = read_digest(body, kept) if body.has("digest") else kept
    save_topic(section_id, _with_digest(topic, digest))
    if topic["default_status"] != before["default_status"]:
        note("Topic Default Status Changed", topic_id)
    return _with_digest(topic, digest)


@routes.delete("/preferences/sections/<id:section_id>/topics/<id:topic_id>")
def archive_topic(section_id: str, topic_id: str) -> ResponseReturnValue:
    known_topic(section_id, topic_id)
    store().run("DELETE FROM topics WHERE id = ?", topic_id)
    note("Topic Deleted", topic_id)
    return "", HTTPStatus.NO_CONTENT


def known_topic(section_id: str, topic_id: str) -> Json:
    topic = find_topic(topic_id)
    if topic is None or topic.section["id"] != section_id:
        raise not_found()
    return topic.body


def _topic_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


def _read(body: Body) -> Json:
    fields: Json = {
        "name": body.text("name"),
        "default_status": body.one_of("default_status", STATUSES),
        "allowed_preferences": body.words("allowed_preferences", CONTROLS) or [],
        "include_unsubscribe_header": bool(body.flag("include_unsubscribe_header")),
        "routing_options": body.channels("routing_options") or [],
        "topic_data": body.mapping("topic_data") or {},
    }
    description = body.optional_text("description")
    return fields if description is None else {**fields, "description": description}


def _with_digest(topic: Json, digest: Json | None) -> Json:
    return topic if digest is None else {**topic, "digest": digest}
