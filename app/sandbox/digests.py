"""Reads a topic's digest from a request: template, schedules, categories.

The schedules are replaced wholesale, each by what was sent for it. A digest
without a schedule could never be delivered and is refused.
"""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.sandbox.body import Body
from app.sandbox.errors import invalid
from app.sandbox.vocabulary import DAYS, FREQUENCIES, RETENTIONS, Json
from app.sandbox.workspace import new_id, workspace

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LAST_DAY = 31
DEFAULT_CATEGORY = {"category_key": "digest", "retain": "FIRST"}


def read_digest(body: Body, stored: Json | None) -> Json | None:
    """None turns the digest off; absent schedules keep the stored ones."""
    if body.value("digest") is None:
        return None
    digest = body.object("digest")
    now = workspace().now()
    optional: Json = {
        "audience_id": digest.optional_text("audience_id"),
        "trigger_empty": digest.flag("trigger_empty"),
    }
    return {
        "template_id": digest.text("template_id"),
        "schedules": _read_schedules(digest, (stored or {}).get("schedules", [])),
        "categories": _read_categories(digest),
        "created": (stored or {}).get("created", now),
        "updated": now,
        **_present(optional),
    }


def _read_schedules(digest: Body, stored: list[Json]) -> list[Json]:
    if not digest.has("schedules") and stored:
        return stored
    bodies = digest.objects("schedules")
    if not bodies:
        raise invalid(f"{digest.where('schedules')} must hold at least one schedule.")
    before = {schedule["schedule_id"]: schedule for schedule in stored}
    return [_read_schedule(body, before) for body in bodies]


def _read_schedule(body: Body, before: dict[str, Json]) -> Json:
    now = workspace().now()
    schedule_id = body.optional_text("schedule_id")
    if schedule_id is not None and schedule_id not in before:
        raise invalid(f"{body.where('schedule_id')} is not a schedule of the topic.")
    created = before[schedule_id].get("created", now) if schedule_id else now
    return {
        "schedule_id": schedule_id or new_id("sch_01"),
        "frequency": body.one_of("frequency", FREQUENCIES),
        **_read_cadence(body),
        "created": created,
        "updated": now,
    }


def _read_cadence(body: Body) -> Json:
    cadence: Json = {
        "time": _read_time(body),
        "timezone": _read_timezone(body),
        "day_of_week": body.optional_one_of("day_of_week", DAYS),
        "days_of_week": body.words("days_of_week", DAYS),
        "day_of_month": body.number("day_of_month", 1, LAST_DAY),
        "is_default": body.flag("is_default"),
        "disabled": body.flag("disabled"),
    }
    return _present(cadence)


def _read_time(body: Body) -> str | None:
    time = body.optional_text("time")
    if time is not None and not TIME.fullmatch(time):
        raise invalid(f"{body.where('time')} must be a time of day, HH:MM.")
    return time


def _read_timezone(body: Body) -> str | None:
    name = body.optional_text("timezone")
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid(f"{body.where('timezone')} is not an IANA zone.") from error
    return name


def _read_categories(digest: Body) -> list[Json]:
    if not digest.has("categories"):
        return [DEFAULT_CATEGORY]
    return [_read_category(body) for body in digest.objects("categories")]


def _read_category(body: Body) -> Json:
    optional: Json = {
        "retain": body.optional_one_of("retain", RETENTIONS),
        "limit": body.number("limit", 1, 100),
        "sort_key": body.optional_text("sort_key"),
    }
    return {"category_key": body.text("category_key"), **_present(optional)}


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
