"""The workspace's sections and topics."""

from app.courier.wire.reading import channels, read
from app.courier.wire.shapes import (
    CatalogSection,
    CatalogTopic,
    DigestSchedule,
    SectionList,
)
from app.preferences.model import (
    Catalog,
    Schedule,
    Section,
    Topic,
    Translations,
    Words,
)

WORDS = ("name", "description", "required_reason")
"""What a topic's data may translate; docs/catalog.md has the shape."""

OF_SECTION = ("section_name", "section_description")


def catalog(body: bytes) -> Catalog:
    return Catalog(tuple(_section(s) for s in read(SectionList, body).results))


def _section(section: CatalogSection) -> Section:
    return Section(
        id=section.id,
        name=section.name,
        description=section.description,
        channels=channels(section.routing_options * section.has_custom_routing),
        topics=tuple(_topic(topic) for topic in section.topics),
        translations=_of_section(section),
    )


def _topic(topic: CatalogTopic) -> Topic:
    data = topic.topic_data or {}
    schedules = topic.digest.schedules if topic.digest else []
    return Topic(
        id=topic.id,
        name=topic.name,
        default_status=topic.default_status,
        description=topic.description,
        required_reason=_text(data.get("required_reason")),
        schedules=tuple(_schedule(s) for s in schedules if not s.disabled),
        translations=_translations(topic, WORDS),
    )


def _of_section(section: CatalogSection) -> Translations:
    """A section has no data of its own: any of its topics may translate it."""
    found: dict[str, Words] = {}
    for topic in section.topics:
        for tag, said in _translations(topic, OF_SECTION).items():
            if said != Words():
                found.setdefault(tag, said)
    return found


def _translations(topic: CatalogTopic, names: tuple[str, ...]) -> dict[str, Words]:
    """What is not of the documented shape is left out: it is the operator's own."""
    given = (topic.topic_data or {}).get("translations")
    languages = given.items() if isinstance(given, dict) else ()
    return {
        tag.lower().replace("_", "-"): Words(*(_text(said.get(n)) for n in names))
        for tag, said in languages
        if isinstance(said, dict)
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


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
