"""Plants the seed: a believable workspace to practise on.

Moments in the seed are hours before the planting, so that a history looks
fresh whenever it is shown. Rows are written as they stand, past all rules:
that is how a stale override comes about.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from app.sandbox.audit import save_event
from app.sandbox.brands import save_brand
from app.sandbox.catalogue import save_section, save_topic
from app.sandbox.choices import Choice, Scope, keep, save_entry
from app.sandbox.clock import iso, milliseconds
from app.sandbox.memberships import save_membership
from app.sandbox.messages import save_message
from app.sandbox.profiles import save_profile
from app.sandbox.templates import save_template
from app.sandbox.tenants import save_tenant
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import new_id, store, workspace

SEED = Path(__file__).with_name("seed.json")


def plant_once() -> None:
    """A database that has been planted before keeps what it has."""
    with store().transaction():
        if store().row("SELECT value FROM facts WHERE name = 'planted'") is None:
            plant()


def plant() -> None:
    """Back to the seed, or to nothing where there is none."""
    with store().transaction():
        store().clear()
        store().run("INSERT INTO facts VALUES ('planted', ?)", workspace().now())
        seed = workspace().seed
        if seed is not None:
            _plant_all(json.loads(seed.read_text("utf-8")))


def _plant_all(seed: Json) -> None:
    names = dict(_sections(seed["sections"]))
    for tenant in seed["tenants"]:
        save_tenant(tenant)
    for brand in seed["brands"]:
        save_brand(brand)
    for recipient in seed["recipients"]:
        _recipient(recipient)
    for choice in seed["choices"]:
        scope = Scope(choice.pop("user_id"), choice.pop("tenant_id", ""))
        keep(scope, choice.pop("topic_id"), Choice(**choice))
    _logs(seed["logs"], names)
    _messages(seed["messages"])
    for template in seed["templates"]:
        save_template(template)
    for moment, event in _dated(seed["audit_events"]):
        save_event({**event, "timestamp": iso(moment)})


def _sections(sections: list[Json]) -> Iterator[tuple[str, str]]:
    """Plants them and tells the names of their topics."""
    for section in sections:
        topics = section.pop("topics")
        save_section(section)
        for topic in topics:
            save_topic(section["id"], topic)
            yield topic["id"], topic["name"]


def _recipient(recipient: Json) -> None:
    save_profile(recipient["user_id"], recipient["profile"])
    for tenant_id in recipient["tenants"]:
        profile = recipient.get("as_member", {})
        save_membership(recipient["user_id"], tenant_id, profile)


def _logs(logs: list[Json], names: dict[str, str]) -> None:
    for moment, entry in _dated(logs):
        name = names[entry["topic_id"]]
        stamped = {"timestamp": iso(moment), "topic_name": name}
        save_entry({"id": new_id("pcl_"), **entry, **stamped})


def _messages(messages: list[Json]) -> None:
    for moment, message in _dated(messages):
        tenant_id, extras = message.pop("tenant_id", ""), message.pop("extras")
        after, enqueued = message.pop("after_seconds"), milliseconds(moment)
        steps = {step: enqueued + seconds * 1000 for step, seconds in after.items()}
        save_message({**message, "enqueued": enqueued, **steps}, tenant_id, extras)


def _dated(entries: list[Json]) -> Iterator[tuple[datetime, Json]]:
    """The oldest first, each with its moment."""
    now = workspace().clock()
    for entry in sorted(entries, key=_hours_ago, reverse=True):
        yield now - timedelta(hours=entry.pop("hours_ago")), entry


def _hours_ago(entry: Json) -> float:
    return float(entry["hours_ago"])
