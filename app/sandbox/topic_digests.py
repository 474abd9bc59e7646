"""A topic's digest on its own: turn it off, release what is held.

How a digest is read from a request stands in `digests`.
"""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import read_body
from app.sandbox.catalogue import save_topic
from app.sandbox.messages import release_held
from app.sandbox.topics import known_topic
from app.sandbox.workspace import workspace

routes = Blueprint("topic_digests", __name__)

DIGEST = "/preferences/sections/<id:section_id>/topics/<id:topic_id>/digest"


@routes.delete(DIGEST)
def turn_digest_off(section_id: str, topic_id: str) -> ResponseReturnValue:
    topic = known_topic(section_id, topic_id)
    if topic.pop("digest", None) is not None:
        save_topic(section_id, {**topic, "updated": workspace().now()})
    return "", HTTPStatus.NO_CONTENT


@routes.post(f"{DIGEST}/release")
def release_digest(section_id: str, topic_id: str) -> ResponseReturnValue:
    """Succeeds also when nothing is held."""
    body = read_body()
    user_id, tenant_id = body.text("user_id"), body.optional_text("tenant_id")
    known_topic(section_id, topic_id)
    release_held(user_id, tenant_id or "", topic_id)
    return "", HTTPStatus.NO_CONTENT
