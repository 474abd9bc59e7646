"""Where recipients stand: the bodies that change it, and the answers that tell it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.courier.wire.reading import read, routing
from app.courier.wire.shapes import (
    BulkAnswer,
    Log,
    LogEntry,
    LogValue,
    Message,
    OnePreference,
    PreferenceList,
    ReplaceAnswer,
    TopicPreference,
)
from app.preferences.model import Recipient, Routing, Saved, Standing, Status
from app.preferences.rules import Change
from app.preferences.timeline import Logged

BULK_LIMIT = 50
"""Topics in one bulk request, at most."""

SHARED = 16 * 1024
"""Bytes of a list that is worth remembering; some sixty topics."""


# Bodies


def change_body(change: Change, *, with_routing: bool) -> dict[str, Any]:
    """The body of a single PUT. A plan without channel choice refuses routing."""
    topic: dict[str, Any] = {"status": change.status.value}
    if with_routing:
        topic |= _routing_body(change.routing)
    if change.schedule_id is not None or change.clears_schedule:
        topic["digest_schedule_id"] = change.schedule_id
    return {"topic": topic}


def bulk_body(changes: Mapping[str, Change], *, with_routing: bool) -> dict[str, Any]:
    topics = []
    for topic_id, change in changes.items():
        topic = change_body(change, with_routing=with_routing)["topic"]
        topics.append({"topic_id": topic_id, **topic})
    return {"topics": topics}


def _routing_body(routing: Routing) -> dict[str, Any]:
    return {
        "has_custom_routing": routing.is_custom,
        "custom_routing": list(routing.channels),
    }


# Answers


def saved_list(body: bytes) -> tuple[tuple[Saved, ...], str | None]:
    """The lines of one page of the list, and the cursor of the next if there is one.

    Many recipients' lists are the same, word for word, and are read once.
    """
    return _shared_list(body) if len(body) <= SHARED else _saved_list(body)


def _saved_list(body: bytes) -> tuple[tuple[Saved, ...], str | None]:
    answer = read(PreferenceList, body)
    cursor = answer.paging.cursor if answer.paging.more else None
    return tuple(_saved(item) for item in answer.items), cursor


_shared_list = lru_cache(maxsize=512)(_saved_list)


def log(body: bytes, recipient: Recipient) -> tuple[list[Logged], str | None]:
    """The recipient's entries of one page of the log, and the cursor of the next."""
    answer = read(Log, body)
    cursor = answer.paging.cursor if answer.paging.more else None
    whose = recipient.user_id, recipient.tenant_id
    own = [e for e in answer.items if (e.user_id, e.tenant_id or None) == whose]
    return [_logged(entry) for entry in own], cursor


def saved_one(body: bytes) -> Saved:
    return _saved(read(OnePreference, body).topic)


def accepted(body: bytes) -> None:
    read(Message, body)


def bulk_confirmed(body: bytes) -> frozenset[str]:
    """What Courier says it wrote; a topic it does not name was not written."""
    answer = read(BulkAnswer, body)
    refused = {error.topic_id for error in answer.errors}
    return frozenset(item.topic_id for item in answer.items) - refused


def replaced(body: bytes) -> None:
    read(ReplaceAnswer, body)


def _saved(item: TopicPreference) -> Saved:
    routed = routing(item.has_custom_routing, item.custom_routing)
    standing = Standing(
        item.status, item.default_status, routed, item.digest_schedule_id
    )
    return Saved(item.topic_id, item.topic_name, standing, item.section_name)


def _logged(entry: LogEntry) -> Logged:
    previous = _log_value(entry.previous) if entry.previous else None
    at = entry.timestamp.timestamp()
    return Logged(entry.topic_id, entry.topic_name, *_log_value(entry), at, previous)


def _log_value(value: LogValue) -> tuple[Status, Routing]:
    return value.status, routing(value.has_custom_routing, value.custom_routing)
