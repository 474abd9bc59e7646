"""What Courier says, overlaid with what it has not been told yet."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.preferences.choice import EVERYTHING, Choice
from app.preferences.model import Group, Preference, Preferences
from app.preferences.rules import applied, turned_off


def overlaid(shown: Preferences, choices: Iterable[Choice]) -> Preferences:
    """`choices` hold one per topic at most; one for everything stands below them."""
    by_topic = {choice.topic_id: choice for choice in choices}
    if not by_topic:
        return shown
    groups = (
        Group(g.section, tuple(_overlaid(p, by_topic) for p in g.preferences))
        for g in shown.groups
    )
    return Preferences(tuple(groups))


def waiting_for(choices: Mapping[str, Choice], topic_id: str) -> Choice | None:
    """The choice that a topic waits for: its own, or a newer one for everything."""
    own, all_ = choices.get(topic_id), choices.get(EVERYTHING)
    if own and all_:
        return max(own, all_, key=lambda choice: choice.id)
    return own or all_


def _overlaid(shown: Preference, by_topic: Mapping[str, Choice]) -> Preference:
    choice = waiting_for(by_topic, shown.topic.id)
    if choice is None:
        return shown
    act = choice.draft.act
    if choice.topic_id == EVERYTHING:
        if shown.is_locked or not shown.is_on:
            return shown
        act = turned_off(shown)
    return replace(shown, standing=applied(shown.standing, act))
