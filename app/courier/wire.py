"""Courier's field names: only this file and `shapes` know them.

Every answer is checked field by field, because a 200 can be wrong; a field that
Courier adds later is no fault. The bodies of requests are built here as well.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from app.courier.errors import Unavailable
from app.courier.shapes import (
    Answer,
    BulkAnswer,
    CatalogSection,
    CatalogTopic,
    DigestSchedule,
    Log,
    LogEntry,
    LogValue,
    Message,
    OnePreference,
    PreferenceList,
    ReplaceAnswer,
    SectionList,
    Sent,
    Tenant,
    TopicPreference,
)
from app.preferences.letter import Letter
from app.preferences.model import (
    Catalog,
    Channel,
    Default,
    Recipient,
    Routing,
    Saved,
    Schedule,
    Section,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import Change
from app.preferences.timeline import Logged

BULK_LIMIT = 50
"""Topics in one bulk request, at most."""

A = TypeVar("A", bound=Answer)


# Bodies


def letter_body(
    recipient: Recipient, template: str | Letter, data: dict[str, str]
) -> dict[str, Any]:
    """One mail to a user, by a template's id or with the words themselves.

    It names no topic, so nobody's preferences hold it back.
    """
    message: dict[str, Any] = {"to": {"user_id": recipient.user_id}, "data": data}
    if isinstance(template, Letter):
        message |= {
            "content": {"title": template.title, "body": template.body},
            "routing": {"method": "single", "channels": ["email"]},
        }
    else:
        message["template"] = template
    if recipient.tenant_id:
        message["context"] = {"tenant_id": recipient.tenant_id}
    return {"message": message}


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


def catalog(body: bytes) -> Catalog:
    return Catalog(tuple(_section(s) for s in _read(SectionList, body).results))


def saved_list(body: bytes) -> tuple[list[Saved], str | None]:
    """The lines of one page of the list, and the cursor of the next if there is one."""
    answer = _read(PreferenceList, body)
    cursor = answer.paging.cursor if answer.paging.more else None
    return [_saved(item) for item in answer.items], cursor


def log(body: bytes, recipient: Recipient) -> tuple[list[Logged], str | None]:
    """The recipient's entries of one page of the log, and the cursor of the next."""
    answer = _read(Log, body)
    cursor = answer.paging.cursor if answer.paging.more else None
    whose = recipient.user_id, recipient.tenant_id
    own = [e for e in answer.items if (e.user_id, e.tenant_id or None) == whose]
    return [_logged(entry) for entry in own], cursor


def saved_one(body: bytes) -> Saved:
    return _saved(_read(OnePreference, body).topic)


def sent(body: bytes) -> None:
    _read(Sent, body)


def accepted(body: bytes) -> None:
    _read(Message, body)


def bulk_confirmed(body: bytes) -> frozenset[str]:
    """What Courier says it wrote; a topic it does not name was not written."""
    answer = _read(BulkAnswer, body)
    refused = {error.topic_id for error in answer.errors}
    return frozenset(item.topic_id for item in answer.items) - refused


def replaced(body: bytes) -> None:
    _read(ReplaceAnswer, body)


def nothing(body: bytes) -> None:
    """A DELETE has no answer to read, but a gateway's page is not Courier's word."""
    if body:
        _read(Answer, body)


def tenant(body: bytes) -> tuple[str | None, dict[str, Default]]:
    """A tenant's parent, if any, and its own defaults by topic id."""
    answer = _read(Tenant, body)
    lines = answer.default_preferences.items if answer.default_preferences else None
    return answer.parent_tenant_id, {
        line.id: Default(
            line.status,
            None
            if line.has_custom_routing is None
            else _routing(line.has_custom_routing, line.custom_routing),
        )
        for line in lines or ()
    }


def error_reason(body: bytes) -> str:
    """What Courier says went wrong, for the log."""
    try:
        return Message.model_validate_json(body).message[:500]
    except ValidationError:
        return "(no readable error)"


def _read(model: type[A], body: bytes) -> A:
    try:
        return model.model_validate_json(body)
    except ValidationError as fault:
        where = fault.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in where["loc"]) or "the body"
        raise Unavailable(f"unintelligible: {place}: {where['msg']}") from None


def _section(section: CatalogSection) -> Section:
    return Section(
        id=section.id,
        name=section.name,
        description=section.description,
        channels=_channels(section.routing_options * section.has_custom_routing),
        topics=tuple(_topic(topic) for topic in section.topics),
    )


def _topic(topic: CatalogTopic) -> Topic:
    reason = (topic.topic_data or {}).get("required_reason")
    schedules = topic.digest.schedules if topic.digest else []
    return Topic(
        id=topic.id,
        name=topic.name,
        default_status=topic.default_status,
        description=topic.description,
        required_reason=reason if isinstance(reason, str) else None,
        schedules=tuple(_schedule(s) for s in schedules if not s.disabled),
    )


def _schedule(schedule: DigestSchedule) -> Schedule:
    one_day = [schedule.day_of_week] if schedule.day_of_week else []
    return Schedule(
        id=schedule.schedule_id,
        frequency=schedule.frequency,
        time=schedule.time,
        timezone=schedule.timezone,
        days=tuple(schedule.days_of_week or one_day),
        day_of_month=schedule.day_of_month,
        is_default=bool(schedule.is_default),
    )


def _saved(item: TopicPreference) -> Saved:
    routing = _routing(item.has_custom_routing, item.custom_routing)
    standing = Standing(
        item.status, item.default_status, routing, item.digest_schedule_id
    )
    return Saved(item.topic_id, item.topic_name, standing, item.section_name)


def _logged(entry: LogEntry) -> Logged:
    previous = _log_value(entry.previous) if entry.previous else None
    at = entry.timestamp.timestamp()
    return Logged(entry.topic_id, entry.topic_name, *_log_value(entry), at, previous)


def _log_value(value: LogValue) -> tuple[Status, Routing]:
    return value.status, _routing(value.has_custom_routing, value.custom_routing)


def _routing(is_custom: bool | None, channels: Iterable[str] | None) -> Routing:
    return Routing(bool(is_custom), _channels(channels or ()))


def _channels(names: Iterable[str]) -> tuple[Channel, ...]:
    return tuple(Channel(name) for name in dict.fromkeys(names))
