"""A topic's face: what is the same for everybody who stands the same on it.

Name, description, switch, channels and schedules are most of a page's markup and
hold nothing of the recipient's but their standing, so few faces serve everybody:
each is written once and kept. What is a recipient's own stands in `rows`.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from flask import Flask
from jinja2 import Environment

from app.preferences.model import Preference, Topic
from app.web.i18n import locale
from app.web.pages import cadence, words

KEPT = 4096
"""Faces kept, of one or two kilobytes each."""


@dataclass(frozen=True, slots=True)
class Box:
    """One channel or schedule: its value, its words, and whether it is chosen."""

    value: str
    label: str
    is_chosen: bool


class Manner(NamedTuple):
    """For whom a face is: a link that may only turn things off; a page that says
    below each topic why it stands so."""

    is_weak: bool
    is_explained: bool


@dataclass(frozen=True, slots=True)
class Face:
    anchor: str
    topic: Topic
    name: str
    description: str | None
    required_reason: str | None
    required_by: str
    is_on: bool
    is_locked: bool
    is_muted: bool
    is_elsewhere: bool
    is_weak: bool
    is_explained: bool
    channels: tuple[Box, ...]
    schedules: tuple[Box, ...]


def init_app(app: Flask) -> None:
    environment = app.jinja_env

    def face(
        preference: Preference, *, is_weak: bool, is_explained: bool = False
    ) -> str:
        how = Manner(is_weak, is_explained)
        return _html(environment, preference, locale(), how)

    environment.globals["face"] = face


@lru_cache(maxsize=KEPT)
def anchor(topic_id: str) -> str:
    """A valid HTML id, the same for the same topic on every page."""
    return "t-" + hashlib.sha256(topic_id.encode(errors="replace")).hexdigest()[:10]


@lru_cache(maxsize=KEPT)
def _html(
    environment: Environment, preference: Preference, _locale: Locale, how: Manner
) -> str:
    """The macro's own answer, which is escaped already and known to be.

    The language is part of the key; the words themselves come from the request.
    """
    template = environment.get_template("components/face.html")
    macro = template.module.face  # type: ignore[attr-defined]
    return macro(_face(preference, how))  # type: ignore[no-any-return]


def _face(preference: Preference, how: Manner) -> Face:
    topic = preference.topic
    return Face(
        anchor=anchor(topic.id),
        topic=topic,
        name=topic.name,
        description=topic.description,
        required_reason=topic.required_reason,
        required_by=preference.required_by,
        is_on=preference.is_on,
        is_locked=preference.is_locked,
        is_muted=preference.is_locked and preference.is_muted,
        is_elsewhere=preference.is_on
        and not (preference.ticked or preference.is_muted),
        is_weak=how.is_weak,
        is_explained=how.is_explained,
        channels=_channels(preference),
        schedules=_schedules(preference),
    )


def _channels(preference: Preference) -> tuple[Box, ...]:
    """Under a topic that is on; what is off needs no channel."""
    if not preference.is_on:
        return ()
    ticked = preference.ticked
    return tuple(
        Box(name, words.channel(name), name in ticked) for name in preference.channels
    )


def _schedules(preference: Preference) -> tuple[Box, ...]:
    """One schedule alone is no choice."""
    schedules = preference.topic.schedules
    if not preference.is_on or len(schedules) < 2:  # noqa: PLR2004
        return ()
    chosen = preference.schedule_id
    return tuple(Box(s.id, cadence.in_words(s), s.id == chosen) for s in schedules)
