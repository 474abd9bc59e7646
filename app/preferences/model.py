"""The words of the project as values: catalog, standing, preference.

Nothing here decides anything (see `rules`), and nothing here knows how Courier
spells it (see `app.courier.wire`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NewType

Channel = NewType("Channel", str)
"""`email`, `sms`, `push`, `inbox`, `direct_message`, `webhook`, and whatever
Courier adds next: an unknown one must survive being read and sent back."""


class Status(StrEnum):
    OPTED_IN = "OPTED_IN"
    OPTED_OUT = "OPTED_OUT"
    REQUIRED = "REQUIRED"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whose preferences they are, and in which tenant's context.

    `language` is a tag such as `pt-BR`, empty where it is not known: what they read
    makes nobody somebody else.
    """

    user_id: str
    tenant_id: str | None = None
    language: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Routing:
    """Which channels a recipient asked for.

    `Routing(False, (…))` is Courier's remembered list: not in force, but kept.
    """

    is_custom: bool = False
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """One cadence of a digest. `time` is HH:MM in `timezone` (IANA; UTC if none)."""

    id: str
    frequency: str | None = None
    time: str | None = None
    timezone: str | None = None
    days: tuple[str, ...] = ()
    day_of_month: int | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is called how in one language; None where it is not translated."""

    name: str | None = None
    description: str | None = None
    required_reason: str | None = None


ALL_WORDS = frozenset({"name", "description", "required_reason"})

Translations = Mapping[str, Words]
"""Words by language tag, in lower case, as `pt-br`."""


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    name: str
    default_status: Status
    description: str | None = None
    required_reason: str | None = None
    schedules: tuple[Schedule, ...] = ()
    translations: Translations = field(default_factory=dict, compare=False)
    own_words: frozenset[str] = ALL_WORDS
    """Which of its texts are the workspace's own, and not translated."""


@dataclass(frozen=True, slots=True)
class Section:
    """A group of topics. `channels` are those on offer; empty means no choice."""

    id: str
    name: str | None
    description: str | None = None
    channels: tuple[Channel, ...] = ()
    topics: tuple[Topic, ...] = ()
    translations: Translations = field(default_factory=dict, compare=False)
    own_words: frozenset[str] = ALL_WORDS


@dataclass(frozen=True)
class Catalog:
    """The workspace's sections and topics, the same for everybody."""

    sections: tuple[Section, ...] = ()

    @cached_property
    def _places(self) -> dict[str, tuple[Section, Topic]]:
        return {t.id: (section, t) for section in self.sections for t in section.topics}

    def find(self, topic_id: str) -> tuple[Section, Topic] | None:
        return self._places.get(topic_id)


@dataclass(frozen=True, slots=True)
class Default:
    """A tenant's own default for one topic; it stands above the workspace's.

    `set_routing` is None where the tenant says nothing of channels; `set_by` is the
    name of the tenant, be it a parent, that the status is from.
    """

    status: Status
    set_routing: Routing | None = None
    set_by: str = ""

    @property
    def routing(self) -> Routing:
        return self.set_routing or Routing()


Defaults = Mapping[str, Default]
"""A tenant's defaults by topic id, parents' included."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer's own corner of the workspace; what it does not set, its parent may.

    `brand_id` is that of the nearest level that has one.
    """

    name: str = ""
    parent_id: str | None = None
    brand_id: str | None = None
    defaults: Defaults = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one recipient stands on one topic, as Courier last said."""

    status: Status
    default_status: Status
    routing: Routing = Routing()
    schedule_id: str | None = None
    default_routing: Routing = Routing()
    """A tenant's default may name channels; those are nobody's own choice."""

    @property
    def is_own(self) -> bool:
        """Whether there is a choice of the recipient's own that a reset removes."""
        return (
            self.status not in (self.default_status, Status.REQUIRED)
            or self.routing != self.default_routing
            or self.schedule_id is not None
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """One line of Courier's list of a recipient's preferences."""

    topic_id: str
    topic_name: str
    standing: Standing
    section_name: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """One topic as one recipient has it: what the page shows as one row."""

    topic: Topic
    standing: Standing
    channels: tuple[Channel, ...] = ()
    """On offer, in the section's order."""
    is_locked: bool = False
    required_by: str = ""
    """The tenant's name where it locks what the workspace leaves open."""

    @property
    def is_muted(self) -> bool:
        """Courier's silent state: opted in, with custom routing to no channel."""
        routing = self.standing.routing
        return routing.is_custom and not routing.channels

    @property
    def is_on(self) -> bool:
        if self.is_locked:
            return True
        return self.standing.status is not Status.OPTED_OUT and not self.is_muted

    @property
    def routed(self) -> tuple[Channel, ...]:
        """The channels it takes, or would take when turned on, of those on offer."""
        routing = self.standing.routing
        if not routing.is_custom:
            return self.channels
        return tuple(c for c in self.channels if c in routing.channels)

    @property
    def ticked(self) -> tuple[Channel, ...]:
        return self.routed if self.is_on else ()

    @property
    def schedule_id(self) -> str | None:
        """The schedule in force: the chosen one, else the topic's default."""
        ids = [s.id for s in self.topic.schedules]
        if self.standing.schedule_id in ids:
            return self.standing.schedule_id
        return next((s.id for s in self.topic.schedules if s.is_default), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the page with its preferences."""

    section: Section
    preferences: tuple[Preference, ...]

    @property
    def can_turn_off(self) -> tuple[Preference, ...]:
        return tuple(p for p in self.preferences if p.is_on and not p.is_locked)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything one recipient can be sent, in the catalog's order."""

    groups: tuple[Group, ...] = ()

    def __iter__(self) -> Iterator[Preference]:
        return (p for group in self.groups for p in group.preferences)

    def find(self, topic_id: str) -> Preference | None:
        return next((p for p in self if p.topic.id == topic_id), None)

    def group(self, section_id: str) -> Group | None:
        return next((g for g in self.groups if g.section.id == section_id), None)

    @property
    def total(self) -> int:
        return sum(len(group.preferences) for group in self.groups)

    @property
    def on(self) -> int:
        return sum(p.is_on for p in self)

    @property
    def locked(self) -> int:
        return sum(p.is_locked for p in self)

    @property
    def can_turn_off(self) -> tuple[Preference, ...]:
        return tuple(p for group in self.groups for p in group.can_turn_off)
