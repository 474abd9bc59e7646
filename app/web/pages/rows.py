"""What a template prints for one topic: no rule, no markup, only finished values."""

import hashlib
from dataclasses import dataclass

from app.preferences.model import Preference
from app.web.pages import cadence, forms, words
from app.web.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Box:
    """One channel or schedule: its value, its words, and whether it is chosen."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`anchor` is a valid HTML id, the same for the same topic on every page.

    `reset` is the address that resets it, empty where nothing can be reset.
    """

    anchor: str
    action: str
    reset: str
    name: str
    description: str | None
    required_reason: str | None
    is_on: bool
    is_locked: bool
    is_muted: bool
    channels: tuple[Box, ...]
    schedules: tuple[Box, ...]
    state: str
    note: words.Note | None
    again: str


def anchor(topic_id: str) -> str:
    return "t-" + hashlib.sha256(topic_id.encode(errors="replace")).hexdigest()[:10]


def row(
    visit: Visit,
    preference: Preference,
    note: words.Note | None = None,
    again: str = "",
) -> Row:
    topic, is_own = preference.topic, preference.standing.is_own
    return Row(
        anchor=anchor(topic.id),
        action=visit.url("choose", topic_id=topic.id),
        reset=visit.url("reset", topic_id=topic.id) if is_own else "",
        name=topic.name,
        description=topic.description,
        required_reason=topic.required_reason,
        is_on=preference.is_on,
        is_locked=preference.is_locked,
        is_muted=preference.is_locked and preference.is_muted,
        channels=_channels(preference),
        schedules=_schedules(preference),
        state=forms.seal(visit, preference),
        note=note,
        again=again,
    )


def _channels(preference: Preference) -> tuple[Box, ...]:
    """Under a topic that is on; what is off needs no channel."""
    if not preference.is_on:
        return ()
    ticked = preference.ticked
    labels = words.channels(preference.channels)
    named = zip(preference.channels, labels, strict=True)
    return tuple(Box(name, label, name in ticked) for name, label in named)


def _schedules(preference: Preference) -> tuple[Box, ...]:
    """One schedule alone is no choice."""
    schedules = preference.topic.schedules
    if not preference.is_on or len(schedules) < 2:  # noqa: PLR2004
        return ()
    chosen = preference.schedule_id
    return tuple(Box(s.id, cadence.in_words(s), s.id == chosen) for s in schedules)
