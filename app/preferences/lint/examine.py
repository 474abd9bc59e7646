"""Puts all rules to a whole catalog."""

from collections.abc import Iterator

from app.preferences.lint import draft
from app.preferences.lint.findings import Finding, Place, Report, Unchecked, at
from app.preferences.lint.rules import section_findings, topic_findings
from app.preferences.lint.seen import Publication, SectionSeen, languages_of, tag
from app.preferences.lint.translation import translation_findings

UNKNOWN = "Nobody said when the preferences page was last published."


def examine(
    sections: tuple[SectionSeen, ...],
    publication: Publication,
    languages: tuple[str, ...] = (),
) -> Report:
    """`languages` that everything should be translated to; without any, all those
    that anything is translated to."""
    wanted = tuple(dict.fromkeys(map(tag, languages))) or languages_of(sections)
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    if publication.at is None and sections:
        unchecked.append(Unchecked(draft.RULE, publication.reason or UNKNOWN))
    for section in sections:
        told = list(_of_section(section, publication, wanted))
        order = _order(section)
        found = [one for one in told if isinstance(one, Finding)]
        findings += sorted(found, key=lambda finding: order[finding.place])
        unchecked += [one for one in told if isinstance(one, Unchecked)]
    return Report(tuple(findings), tuple(unchecked))


def _of_section(
    section: SectionSeen, publication: Publication, languages: tuple[str, ...]
) -> Iterator[Finding | Unchecked]:
    yield from section_findings(section)
    for topic in section.topics:
        yield from topic_findings(section, topic)
    yield from translation_findings(section, languages)
    yield from draft.draft_findings(section, publication)


def _order(section: SectionSeen) -> dict[Place, int]:
    places = [at(section), *(at(section, topic) for topic in section.topics)]
    return {place: number for number, place in enumerate(places)}
