"""What in a workspace's catalog recipients will suffer from, rule by rule.

Pure: what is looked at stands in `seen`, what is found in `findings`. Each rule has
a name that does not change, because scripts and people know it by that.
"""

from app.preferences.lint.examine import examine
from app.preferences.lint.findings import Finding, Place, Report, Severity, Unchecked
from app.preferences.lint.seen import (
    Age,
    Publication,
    SectionSeen,
    TopicSeen,
    Words,
    is_language,
    tag,
)

__all__ = [
    "Age",
    "Finding",
    "Place",
    "Publication",
    "Report",
    "SectionSeen",
    "Severity",
    "TopicSeen",
    "Unchecked",
    "Words",
    "examine",
    "is_language",
    "tag",
]
