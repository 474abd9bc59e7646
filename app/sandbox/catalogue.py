"""Reads and writes the rows of sections and topics.

The endpoints over them are `sections` and `topics`; what a topic means for a
user is decided in `resolution`.
"""

import json
import sqlite3
from dataclasses import dataclass

from app.sandbox.vocabulary import OPTED_IN, Json
from app.sandbox.workspace import store


@dataclass(frozen=True)
class Topic:
    """A topic together with the section it stands in."""

    body: Json
    section: Json

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def default_status(self) -> str:
        return str(self.body.get("default_status", OPTED_IN))

    @property
    def default_channels(self) -> list[str]:
        return list(self.body["routing_options"] or self.section["routing_options"])

    @property
    def offered_channels(self) -> list[str]:
        if not self.section["has_custom_routing"]:
            return []
        return list(self.section["routing_options"])

    def schedule(self, schedule_id: str) -> Json | None:
        """The schedule, if the topic has it and it is not disabled."""
        for schedule in (self.body.get("digest") or {}).get("schedules", []):
            if schedule["schedule_id"] == schedule_id and not schedule.get("disabled"):
                return dict(schedule)
        return None


JOINED = """SELECT topics.body AS topic, sections.body AS section
    FROM topics JOIN sections ON sections.id = topics.section_id"""


def find_topic(topic_id: str) -> Topic | None:
    row = store().row(f"{JOINED} WHERE topics.id = ?", topic_id)
    return None if row is None else _topic(row)


def all_topics() -> list[Topic]:
    rows = store().rows(f"{JOINED} ORDER BY sections.place, topics.place")
    return [_topic(row) for row in rows]


def topics_of(section_id: str) -> list[Json]:
    rows = store().rows(
        "SELECT body FROM topics WHERE section_id = ? ORDER BY place", section_id
    )
    return [json.loads(row["body"]) for row in rows]


def find_section(section_id: str) -> Json | None:
    row = store().row("SELECT body FROM sections WHERE id = ?", section_id)
    return None if row is None else dict(json.loads(row["body"]))


def all_sections() -> list[Json]:
    rows = store().rows("SELECT body FROM sections ORDER BY place")
    return [json.loads(row["body"]) for row in rows]


def save_section(section: Json) -> None:
    store().run(
        "INSERT INTO sections (id, body) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        section["id"],
        json.dumps(section),
    )


def save_topic(section_id: str, topic: Json) -> None:
    store().run(
        "INSERT INTO topics (id, section_id, body) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        topic["id"],
        section_id,
        json.dumps(topic),
    )


def _topic(row: sqlite3.Row) -> Topic:
    return Topic(json.loads(row["topic"]), json.loads(row["section"]))
