"""Merges the catalog, a tenant's defaults and Courier's list into preferences.

Courier's list may hold every topic or only the recipient's own choices (its
sources disagree), so both are merged the same way: what is listed is true, what
is missing stands at its default. A listed topic that the catalog lacks is shown
too, in a group of its own: hiding it would hide mail that somebody gets.
"""

from collections.abc import Iterable
from dataclasses import replace

from app.preferences.model import (
    Catalog,
    Channel,
    Default,
    Defaults,
    Group,
    Preference,
    Preferences,
    Saved,
    Section,
    Standing,
    Status,
    Tenant,
    Topic,
)

UNLISTED = "~"
"""How the ids of groups begin that hold topics the catalog does not know."""


def merge(catalog: Catalog, defaults: Defaults, saved: Iterable[Saved]) -> Preferences:
    by_topic = {line.topic_id: line for line in saved}
    groups = [
        Group(
            section, tuple(_preference(section, t, defaults, by_topic) for t in topics)
        )
        for section in catalog.sections
        if (topics := section.topics)
    ]
    strangers = [line for id_, line in by_topic.items() if not catalog.find(id_)]
    return Preferences((*groups, *_unlisted(strangers, defaults)))


def preference(
    section: Section, topic: Topic, default: Default | None, standing: Standing | None
) -> Preference:
    """One row. Locked when any of the four places says REQUIRED."""
    standing = placed(standing, default) if standing else at_default(topic, default)
    said = {standing.status, standing.default_status, topic.default_status}
    said |= {default.status} if default else set()
    return Preference(
        topic,
        standing,
        section.channels,
        Status.REQUIRED in said,
        _required_by(topic, default),
    )


def _required_by(topic: Topic, default: Default | None) -> str:
    """Whom to name at a lock; nobody where the workspace itself requires it."""
    is_own = topic.default_status is Status.REQUIRED
    if default is None or is_own or default.status is not Status.REQUIRED:
        return ""
    return default.set_by


def inherited(parent: Tenant, own: Tenant) -> Tenant:
    """A tenant with what its parent adds: only what it sets itself replaces that.

    What a parent requires stays required; Courier refuses the opt-out all the same.
    """
    above = parent.defaults
    raised = {id_: _above(above.get(id_), own.defaults[id_]) for id_ in own.defaults}
    brand_id = own.brand_id or parent.brand_id
    return replace(own, brand_id=brand_id, defaults={**above, **raised})


def _above(parent: Default | None, own: Default) -> Default:
    if parent is None:
        return own
    is_required = Status.REQUIRED in (parent.status, own.status)
    routing = parent.set_routing if own.set_routing is None else own.set_routing
    set_by = parent.set_by if parent.status is Status.REQUIRED else own.set_by
    return Default(Status.REQUIRED if is_required else own.status, routing, set_by)


def at_default(topic: Topic, default: Default | None) -> Standing:
    """Where somebody stands who never chose anything."""
    if default is None:
        return Standing(topic.default_status, topic.default_status)
    return Standing(
        default.status,
        default.status,
        default.routing,
        default_routing=default.routing,
    )


def placed(standing: Standing, default: Default | None) -> Standing:
    """A listed standing, against the tenant's default where there is one.

    Courier's sources leave open whose default it says within a tenant; a REQUIRED
    is believed in any case.
    """
    if default is None:
        return standing
    is_required = standing.default_status is Status.REQUIRED
    return replace(
        standing,
        default_status=Status.REQUIRED if is_required else default.status,
        default_routing=default.routing,
    )


def stranger(topic_id: str, name: str, standing: Standing) -> Topic:
    return Topic(topic_id, name, standing.default_status)


def channels_hidden(preferences: Preferences) -> Preferences:
    """The same without any choice of channels: the workspace's plan has none."""
    return Preferences(tuple(_without_channels(group) for group in preferences.groups))


def _preference(
    section: Section, topic: Topic, defaults: Defaults, saved: dict[str, Saved]
) -> Preference:
    line = saved.get(topic.id)
    return preference(
        section, topic, defaults.get(topic.id), line.standing if line else None
    )


def _unlisted(strangers: list[Saved], defaults: Defaults) -> Iterable[Group]:
    names = dict.fromkeys(line.section_name for line in strangers)
    for number, name in enumerate(names):
        section = Section(id=f"{UNLISTED}{number}", name=name)
        rows = [
            preference(
                section,
                stranger(line.topic_id, line.topic_name, line.standing),
                defaults.get(line.topic_id),
                line.standing,
            )
            for line in strangers
            if line.section_name == name
        ]
        yield Group(section, tuple(rows))


def _without_channels(group: Group) -> Group:
    none: tuple[Channel, ...] = ()
    rows = (replace(p, channels=none) for p in group.preferences)
    return Group(group.section, tuple(rows))
