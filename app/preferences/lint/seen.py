"""The catalog as a lint sees it: also what a page has no use for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.preferences.model import Status

REGION = 2
"""Letters of a region, such as BR."""

LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Words:
    """What is translated at one topic to one language; empty where nothing is.

    A section's words stand together at one of its topics, whichever that is.
    """

    name: str = ""
    description: str = ""
    required_reason: str = ""
    section_name: str = ""
    section_description: str = ""

    @property
    def is_empty(self) -> bool:
        own = (self.name, self.description, self.required_reason)
        return not self.has_section and not any(text.strip() for text in own)

    @property
    def has_section(self) -> bool:
        return bool(self.section_name.strip() or self.section_description.strip())


@dataclass(frozen=True, slots=True)
class Age:
    """When a thing was last changed, in seconds since 1970, as far as can be told.

    `is_sure` is false where Courier gave a time that cannot be read, or none.
    """

    changed_at: float | None = None
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """`schedules` counts those in force; None means that there is no digest.

    `translations` are by language, see `tag`; `faults` is what is wrong with the
    form of its data.
    """

    id: str
    name: str
    default_status: Status
    description: str = ""
    required_reason: str = ""
    translations: Mapping[str, Words] = field(default_factory=dict)
    schedules: int | None = None
    has_unsubscribe_header: bool = False
    faults: tuple[str, ...] = ()
    age: Age = Age()

    @property
    def is_required(self) -> bool:
        return self.default_status is Status.REQUIRED

    def words(self, language: str) -> Words:
        """As the page reads them: `pt` where there is no `pt-BR`."""
        said = (self.translations.get(tag) for tag in widened(language))
        return next((words for words in said if words is not None), Words())


@dataclass(frozen=True, slots=True)
class SectionSeen:
    """`offers_channels`: it is set to give a choice; `channels` counts of how many."""

    id: str
    name: str
    description: str = ""
    offers_channels: bool = False
    channels: int = 0
    topics: tuple[TopicSeen, ...] = ()
    age: Age = Age()

    def words(self, language: str) -> Words:
        """As the page reads them: of the first topic that has any for the section."""
        for tag in widened(language):
            for topic in self.topics:
                words = topic.translations.get(tag, Words())
                if words.has_section:
                    return words
        return Words()


@dataclass(frozen=True, slots=True)
class Publication:
    """When Courier's own page was last published, or why nobody can tell."""

    at: float | None = None
    reason: str = ""


def is_language(text: str) -> bool:
    return LANGUAGE.fullmatch(text) is not None


def tag(language: str) -> str:
    """A language as words are found by it, however it was written: `pt-BR`."""
    first, *rest = language.strip().replace("_", "-").split("-")
    return "-".join([first.lower(), *map(_subtag, rest)])


def _subtag(text: str) -> str:
    """A region is written in capitals, a script with one."""
    return text.upper() if len(text) == REGION else text.title()


def widened(language: str) -> Iterator[str]:
    """A language and those that it belongs to, the nearest first: `pt-BR`, `pt`."""
    steps = language.split("-")
    for count in range(len(steps), 0, -1):
        yield "-".join(steps[:count])


def languages_of(sections: tuple[SectionSeen, ...]) -> tuple[str, ...]:
    """Every language that anything is translated to."""
    topics = [topic for section in sections for topic in section.topics]
    found = {
        language
        for topic in topics
        for language, words in topic.translations.items()
        if not words.is_empty
    }
    return tuple(sorted(found))
