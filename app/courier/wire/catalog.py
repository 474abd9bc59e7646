"""The workspace's sections and topics."""

from app.courier.wire.reading import channels, read
from app.courier.wire.shapes import (
    CatalogSection,
    CatalogTopic,
    DigestSchedule,
    SectionList,
)
from app.preferences.model import Catalog, Schedule, Section, Topic


def catalog(body: bytes) -> Catalog:
    return Catalog(tuple(_section(s) for s in read(SectionList, body).results))


def _section(section: CatalogSection) -> Section:
    return Section(
        id=section.id,
        name=section.name,
        description=section.description,
        channels=channels(section.routing_options * section.has_custom_routing),
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
