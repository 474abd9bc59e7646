"""What somebody unsubscribes from: one topic, a section, or everything optional."""

from dataclasses import dataclass
from typing import Self

from app.preferences.model import Group, Preference, Preferences

UNSEEN = "*"
"""With this begins the topic id of a choice that was made without seeing the topics."""

EVERYTHING = UNSEEN
"""What stands for the topic's id in a choice for everything optional."""

_TOPIC, _SECTION = f"{UNSEEN}t:", f"{UNSEEN}s:"


@dataclass(frozen=True, slots=True)
class Subject:
    """At most one of the two ids; neither means everything optional."""

    topic_id: str | None = None
    section_id: str | None = None

    @property
    def key(self) -> str:
        """What stands for a topic's id where its topics were not seen."""
        if self.topic_id is not None:
            return f"{_TOPIC}{self.topic_id}"
        return UNSEEN if self.section_id is None else f"{_SECTION}{self.section_id}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """The subject of a `key`."""
        if key.startswith(_TOPIC):
            return cls(topic_id=key.removeprefix(_TOPIC))
        if key.startswith(_SECTION):
            return cls(section_id=key.removeprefix(_SECTION))
        return cls()

    def within(self, shown: Preferences) -> tuple[Preference, ...]:
        """Those of the topics that it is about, locked ones included."""
        return tuple(
            p for group in shown.groups for p in group.preferences if self.has(group, p)
        )

    def has(self, group: Group, preference: Preference) -> bool:
        if self.topic_id is not None:
            return preference.topic.id == self.topic_id
        return self.section_id in (None, group.section.id)


def keys_of(topic_id: str, section_id: str) -> list[str]:
    """Under which choices about a topic are kept, seen and unseen."""
    subjects = (Subject(topic_id), Subject(section_id=section_id), Subject())
    return [topic_id, *(subject.key for subject in subjects)]


def is_unseen(topic_id: str) -> bool:
    """Whether it is a `key`, and no topic's id."""
    return topic_id.startswith(UNSEEN)
