"""What a lint found, where, and what it could not look at."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from app.preferences.lint.seen import SectionSeen, TopicSeen


class Severity(StrEnum):
    """A notice is worth a look; the other two should keep a change from going out."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Place:
    """A section, or a topic in it."""

    section_id: str
    section: str
    topic_id: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` says what is wrong and why a recipient suffers, `advice` how to mend
    it at Courier."""

    rule: str
    severity: Severity
    place: Place
    message: str
    advice: str

    def as_dict(self) -> dict[str, str | None]:
        head = {"rule": self.rule, "severity": self.severity.value}
        tail = {"message": self.message, "advice": self.advice}
        return {**head, **asdict(self.place), **tail}


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that nobody could look into; without a place nowhere at all."""

    rule: str
    reason: str
    place: Place | None = None

    def as_dict(self) -> dict[str, str | None]:
        place = self.place or Place("", "")
        where = {name: value or None for name, value in asdict(place).items()}
        return {"rule": self.rule, **where, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Report:
    """In the catalog's order, a section's own findings before its topics'."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing but notices."""
        return self.count(Severity.NOTICE) == len(self.findings)


def at(section: SectionSeen, topic: TopicSeen | None = None) -> Place:
    if topic is None:
        return Place(section.id, section.name)
    return Place(section.id, section.name, topic.id, topic.name)
