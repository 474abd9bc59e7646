"""The rule about what is newer than the last publication.

Courier answers with the current state and shows on its own page what was published
last, so the two can tell recipients different things.
"""

from collections.abc import Iterator

from app.preferences.lint.findings import Finding, Place, Severity, Unchecked, at
from app.preferences.lint.seen import Age, Publication, SectionSeen

RULE = "unpublished-draft"


def draft_findings(
    section: SectionSeen, publication: Publication
) -> Iterator[Finding | Unchecked]:
    if publication.at is None:
        return
    yield from _of(at(section), section.age, publication.at)
    for topic in section.topics:
        yield from _of(at(section, topic), topic.age, publication.at)


def _of(place: Place, age: Age, published: float) -> Iterator[Finding | Unchecked]:
    kind = "section" if place.topic_id is None else "topic"
    if age.changed_at is not None and age.changed_at > published:
        yield Finding(
            RULE,
            Severity.WARNING,
            place,
            f"The {kind} was changed after the preferences page was last published: "
            "recipients see the change here already and not on Courier's own page.",
            "Publish the preferences page at Courier, or take the change back.",
        )
    elif not age.is_sure:
        yield Unchecked(
            RULE, f"Courier gave no readable time of the {kind}'s last change.", place
        )
