"""The rule about words that are not translated to a language that is wanted."""

from collections.abc import Iterator

from app.preferences.lint.findings import Finding, Severity, at
from app.preferences.lint.seen import SectionSeen, TopicSeen

RULE = "missing-translation"
WHY = "who reads the page in that language finds foreign words in the middle of it."


def translation_findings(
    section: SectionSeen, languages: tuple[str, ...]
) -> Iterator[Finding]:
    """A section without topics has no place for words, and no page that shows it."""
    if not section.topics:
        return
    for language in languages:
        yield from _of_section(section, language)
        for topic in section.topics:
            yield from _of_topic(section, topic, language)


def _of_section(section: SectionSeen, language: str) -> Iterator[Finding]:
    words = section.words(language)
    lacking = _lacking(
        ("section_name", section.name, words.section_name),
        ("section_description", section.description, words.section_description),
    )
    if lacking:
        yield Finding(
            RULE,
            Severity.WARNING,
            at(section),
            f"The section has no {' and no '.join(lacking)} in {language}: {WHY}",
            f'Write what is missing under "translations", "{language}" in the '
            "topic_data of one topic of the section at Courier, both together.",
        )


def _of_topic(
    section: SectionSeen, topic: TopicSeen, language: str
) -> Iterator[Finding]:
    words = topic.words(language)
    lacking = _lacking(
        ("name", topic.name, words.name),
        ("description", topic.description, words.description),
        ("required_reason", topic.required_reason, words.required_reason),
    )
    if lacking:
        yield Finding(
            RULE,
            Severity.WARNING,
            at(section, topic),
            f"The topic has no {' and no '.join(lacking)} in {language}: {WHY}",
            f'Write what is missing under "translations", "{language}" in the '
            "topic's topic_data at Courier.",
        )


def _lacking(*parts: tuple[str, str, str]) -> list[str]:
    """The names of what has words of its own and none in that language."""
    return [name for name, own, said in parts if own.strip() and not said.strip()]
