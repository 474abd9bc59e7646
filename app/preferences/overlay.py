"""What Courier says, overlaid with what it has not been told yet."""

from collections.abc import Iterable
from dataclasses import replace

from app.preferences.choice import Choice
from app.preferences.model import Group, Preference, Preferences
from app.preferences.rules import applied, turned_off
from app.preferences.subject import Subject


def overlaid(shown: Preferences, choices: Iterable[Choice]) -> Preferences:
    """One per topic at most; those made unseen stand below newer ones."""
    waiting = sorted(choices, key=lambda choice: choice.id)
    if not waiting:
        return shown
    groups = (
        Group(g.section, tuple(_overlaid(g, p, waiting) for p in g.preferences))
        for g in shown.groups
    )
    return Preferences(tuple(groups))


def _overlaid(group: Group, shown: Preference, waiting: list[Choice]) -> Preference:
    """As the newest of them leaves it that is about this topic."""
    for choice in reversed(waiting):
        if choice.topic_id == shown.topic.id:
            return replace(shown, standing=applied(shown.standing, choice.draft.act))
        if choice.is_unseen and Subject.of_key(choice.topic_id).has(group, shown):
            if shown.is_locked or not shown.is_on:
                return shown
            return replace(shown, standing=applied(shown.standing, turned_off(shown)))
    return shown
