"""POST /send: takes a message, and decides by the preferences what becomes of it.

Nothing leaves the sandbox; what was given is listed under `/_sandbox/sent`,
with the links in it, so that a mailed link can be followed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.catalogue import Topic, find_topic
from app.sandbox.choices import Scope
from app.sandbox.clock import milliseconds
from app.sandbox.errors import CourierError, invalid
from app.sandbox.messages import save_message
from app.sandbox.resolution import context_of
from app.sandbox.vocabulary import OPTED_OUT, Json
from app.sandbox.workspace import new_id, store, workspace

routes = Blueprint("send", __name__)

LINK = re.compile(r"https?://[^\s\"'<>\\)\]]+")
DEFAULT_CHANNELS = ["email"]


@dataclass(frozen=True)
class Fate:
    """What becomes of a message for one recipient."""

    status: str
    channels: list[str]
    reason: str | None = None


@routes.post("/send")
def send() -> ResponseReturnValue:
    message = read_body().object("message")
    if not message.value("content") and not message.value("template"):
        reason = "Invalid Request. Either 'content' or 'template' must be defined."
        raise CourierError(HTTPStatus.BAD_REQUEST, reason)
    recipients = _recipients(message)
    request_id = new_id("1-")
    for place, recipient in enumerate(recipients):
        message_id = request_id if len(recipients) == 1 else f"{request_id}-{place}"
        _take(message, message_id, request_id, recipient)
    return {"requestId": request_id}, HTTPStatus.ACCEPTED


def _recipients(message: Body) -> list[Body]:
    several = isinstance(message.value("to"), list)
    recipients = message.objects("to") if several else [message.object("to")]
    if not recipients:
        raise invalid("'message.to' must name a recipient.")
    return recipients


def _take(message: Body, message_id: str, request_id: str, recipient: Body) -> None:
    name = recipient.optional_text("user_id") or recipient.optional_text("email") or ""
    tenant_id, topic = _tenant_id(message, recipient), _topic(message)
    fate = _fate(Scope(name, tenant_id), topic)
    body = _described(message, fate) | {"id": message_id, "recipient": name}
    save_message(body, tenant_id, _extras(message, topic, fate.channels))
    _remember(message, request_id, name, tenant_id)


def _described(message: Body, fate: Fate) -> Json:
    now, template = milliseconds(workspace().clock()), message.value("template")
    body: Json = {
        "event": template or "inline",
        "notification": template or "inline",
        "status": fate.status,
        "enqueued": now,
    }
    if fate.status == "SENT":
        body["sent"] = now
    return body if fate.reason is None else {**body, "reason": fate.reason}


def _tenant_id(message: Body, recipient: Body) -> str:
    context = Body(message.mapping("context") or {}, f"{message.path}context.")
    return (
        recipient.optional_text("tenant_id") or context.optional_text("tenant_id") or ""
    )


def _topic(message: Body) -> Topic | None:
    preferences = message.mapping("preferences") or {}
    topic_id = preferences.get("subscription_topic_id")
    return find_topic(str(topic_id)) if topic_id else None


def _fate(scope: Scope, topic: Topic | None) -> Fate:
    """Without a topic, preferences do not count."""
    if topic is None:
        return Fate("SENT", DEFAULT_CHANNELS)
    context = context_of(scope)
    effective = context.effective(topic)
    if effective.status == OPTED_OUT and not context.is_required(topic):
        return Fate("FILTERED", [], "UNSUBSCRIBED")
    channels = context.channels(topic)
    if not channels:
        return Fate("FILTERED", [], "NO_CHANNELS")
    held = _holding_schedule(topic, effective.digest_schedule_id)
    return Fate("DIGESTED" if held else "SENT", channels)


def _holding_schedule(topic: Topic, chosen: str | None) -> bool:
    schedules = (topic.body.get("digest") or {}).get("schedules", [])
    defaults = [entry for entry in schedules if entry.get("is_default")]
    schedule = topic.schedule(chosen) if chosen else next(iter(defaults), None)
    return schedule is not None and schedule.get("frequency") != "instant"


def _extras(message: Body, topic: Topic | None, channels: list[str]) -> Json:
    content = message.value("content")
    inline = content if isinstance(content, dict) else {}
    title, text = str(inline.get("title", "")), str(inline.get("body", ""))
    rendered = {
        "blocks": [{"type": "text", "text": text}],
        "body": text,
        "html": "",
        "subject": title,
        "text": text,
        "title": title,
    }
    return {
        "topic_id": topic.id if topic else None,
        "providers": [{"channel": channel, "status": "SENT"} for channel in channels],
        "output": [
            {"channel": channel, "channel_id": channel, "content": rendered}
            for channel in channels
        ],
    }


def _remember(message: Body, request_id: str, recipient: str, tenant_id: str) -> None:
    entry = {
        "request_id": request_id,
        "recipient": recipient,
        "tenant": tenant_id or None,
        "message": message.fields,
        "links": list(dict.fromkeys(_links(message.fields))),
    }
    store().run("INSERT INTO sent (body) VALUES (?)", json.dumps(entry))


def _links(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield from LINK.findall(part)
    elif isinstance(part, dict):
        for value in part.values():
            yield from _links(value)
    elif isinstance(part, list):
        for value in part:
            yield from _links(value)
