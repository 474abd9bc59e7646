"""The catalog in a recipient's language, as far as the workspace has words for it."""

from collections.abc import Mapping
from dataclasses import replace

from app.preferences.model import (
    ALL_WORDS,
    Catalog,
    Section,
    Topic,
    Translations,
    Words,
)

NOTHING: Mapping[str, Words] = {}


def in_language(catalog: Catalog, tag: str) -> Catalog:
    """Each text in that language, else as it is; `tag` such as `pt-BR`, or empty."""
    return Catalog(tuple(_section(section, tag) for section in catalog.sections))


def words(translations: Translations, tag: str) -> Words:
    """Those of the language or of one that it belongs to; `pt-BR` reads `pt`."""
    steps = tag.lower().replace("_", "-").split("-")
    tags = ("-".join(steps[:count]) for count in range(len(steps), 0, -1))
    return next((translations[t] for t in tags if t in translations), Words())


def _section(section: Section, tag: str) -> Section:
    said = words(section.translations, tag)
    return replace(
        section,
        name=said.name or section.name,
        description=said.description or section.description,
        topics=tuple(_topic(topic, tag) for topic in section.topics),
        translations=NOTHING,
        own_words=_own(said),
    )


def _topic(topic: Topic, tag: str) -> Topic:
    said = words(topic.translations, tag)
    return replace(
        topic,
        name=said.name or topic.name,
        description=said.description or topic.description,
        required_reason=said.required_reason or topic.required_reason,
        translations=NOTHING,
        own_words=_own(said),
    )


def _own(said: Words) -> frozenset[str]:
    return frozenset(name for name in ALL_WORDS if getattr(said, name) is None)
