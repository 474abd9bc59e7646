"""The catalog as a lint sees it, and when it was last published."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.courier.errors import Unavailable
from app.courier.wire.reading import read
from app.courier.wire.reviewed import (
    AuditEvents,
    ReviewedList,
    ReviewedSection,
    ReviewedTopic,
)
from app.preferences.lint import (
    Age,
    SectionSeen,
    TopicSeen,
    Words,
    is_language,
    tag,
)

PUBLISHED = "Preferences Page Published"
TRANSLATED = (
    "name",
    "description",
    "required_reason",
    "section_name",
    "section_description",
)


def review(body: bytes) -> tuple[SectionSeen, ...]:
    return tuple(_section(section) for section in read(ReviewedList, body).results)


def published(body: bytes) -> tuple[float | None, str | None]:
    """The newest publication of one page of events, and the cursor of the next."""
    answer = read(AuditEvents, body)
    events = [event for event in answer.results if event.type == PUBLISHED]
    moments = [_moment(event.timestamp) for event in events]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments):
        raise Unavailable("unintelligible: the time of a publication")
    cursor = answer.paging.cursor if answer.paging.more else None
    return max(known, default=None), cursor


def _section(section: ReviewedSection) -> SectionSeen:
    return SectionSeen(
        id=section.id,
        name=section.name,
        description=section.description or "",
        offers_channels=section.has_custom_routing,
        channels=len(section.routing_options),
        topics=tuple(_topic(topic) for topic in section.topics),
        age=_age(section.created, section.updated),
    )


def _topic(topic: ReviewedTopic) -> TopicSeen:
    data = topic.topic_data or {}
    schedules = topic.digest.schedules if topic.digest else None
    return TopicSeen(
        id=topic.id,
        name=topic.name,
        default_status=topic.default_status,
        description=topic.description or "",
        required_reason=_text(data.get("required_reason")),
        translations=_translations(data.get("translations")),
        schedules=None if schedules is None else sum(not s.disabled for s in schedules),
        has_unsubscribe_header=bool(topic.include_unsubscribe_header),
        faults=tuple(_faults(data)),
        age=_age(topic.created, topic.updated),
    )


def _translations(value: object) -> Mapping[str, Words]:
    if not isinstance(value, dict):
        return {}
    return {
        tag(language): Words(**{name: _text(words.get(name)) for name in TRANSLATED})
        for language, words in value.items()
        if is_language(language) and isinstance(words, dict)
    }


def _faults(data: Mapping[str, Any]) -> Iterator[str]:
    """What is not in the form that is documented; null is the same as left out."""
    if not _is_text(data.get("required_reason")):
        yield '"required_reason" is not text'
    translations = data.get("translations")
    if translations is None:
        return
    if not isinstance(translations, dict):
        yield '"translations" is not an object'
        return
    for language, words in translations.items():
        yield from _language_faults(language, words)


def _language_faults(language: str, words: object) -> Iterator[str]:
    if not is_language(language):
        yield f'"{language}" under "translations" is no language, such as de or pt-BR'
    elif not isinstance(words, dict):
        yield f'"{language}" under "translations" is not an object'
    else:
        for name in TRANSLATED:
            if not _is_text(words.get(name)):
                yield f'"{name}" in "{language}" under "translations" is not text'


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _age(created: object, updated: object) -> Age:
    """A section that was never changed has only been created."""
    given = [value for value in (created, updated) if value is not None]
    moments = [_moment(value) for value in given]
    known = [moment for moment in moments if moment is not None]
    is_sure = bool(known) and len(known) == len(given)
    return Age(max(known, default=None), is_sure)


def _moment(value: object) -> float | None:
    """Seconds since 1970; a time without a zone could be any, and is not read."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.timestamp() if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
