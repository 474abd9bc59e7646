"""What Courier says, overlaid with what it has not been told yet."""

from collections.abc import Iterable
from dataclasses import replace

from app.preferences.choice import Choice
from app.preferences.model import Group, Preference, Preferences
from app.preferences.rules import applied, turned_off
from app.preferences.subject import Subject


def overlaid(shown: Preferences, choices: Iterable[Choice]) -> Preferences:
    """As the newest choice leaves each topic; `choices` hold one per key at most."""
    newest = covering(shown, choices)
    if not newest:
        return shown
    return Preferences(
        tuple(
            Group(g.section, tuple(_overlaid(p, newest) for p in g.preferences))
            for g in shown.groups
        )
    )


def covering(shown: Preferences, choices: Iterable[Choice]) -> dict[str, Choice]:
    """The newest choice that changes each topic, be it one that was made unseen."""
    waiting = sorted(choices, key=lambda choice: -choice.id)
    if not waiting:
        return {}
    found = (
        (p.topic.id, _newest(waiting, group, p))
        for group in shown.groups
        for p in group.preferences
    )
    return {topic_id: choice for topic_id, choice in found if choice}


def left(shown: Preference, choice: Choice) -> Preference:
    """The topic as a choice about it leaves it."""
    if choice.is_unseen and shown.is_locked:
        return shown
    act = turned_off(shown) if choice.is_unseen else choice.draft.act
    return replace(shown, standing=applied(shown.standing, act))


def _newest(waiting: list[Choice], group: Group, shown: Preference) -> Choice | None:
    about = [choice for choice in waiting if _is_about(choice, group, shown)]
    is_chosen = any(not choice.is_unseen for choice in about)
    return about[0] if about and (is_chosen or shown.is_on) else None


def _is_about(choice: Choice, group: Group, shown: Preference) -> bool:
    """What was made unseen changes nothing that is locked."""
    if not choice.is_unseen:
        return choice.topic_id == shown.topic.id
    return not shown.is_locked and Subject.of_key(choice.topic_id).has(group, shown)


def _overlaid(shown: Preference, newest: dict[str, Choice]) -> Preference:
    choice = newest.get(shown.topic.id)
    return left(shown, choice) if choice else shown
