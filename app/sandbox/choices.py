"""What users have chosen, row by row, with one log entry for every change.

Whether a choice is allowed is decided in `rules`; what it amounts to together
with the defaults, in `resolution`.
"""

import json
from dataclasses import asdict, dataclass

from app.sandbox.vocabulary import Json
from app.sandbox.workspace import new_id, store, workspace


@dataclass(frozen=True)
class Scope:
    """A user, globally or in the context of one tenant."""

    user_id: str
    tenant_id: str = ""


@dataclass(frozen=True)
class Choice:
    """An override; `None` stands for a field that was not set."""

    status: str
    has_custom_routing: bool | None = None
    custom_routing: list[str] | None = None
    digest_schedule_id: str | None = None

    def logged(self) -> Json:
        return {
            "status": self.status,
            "has_custom_routing": bool(self.has_custom_routing),
            "custom_routing": self.custom_routing or [],
        }


def choices_of(scope: Scope) -> dict[str, Choice]:
    rows = store().rows(
        "SELECT topic_id, body FROM choices WHERE user_id = ? AND tenant_id = ?"
        " ORDER BY rowid",
        scope.user_id,
        scope.tenant_id,
    )
    return {row["topic_id"]: Choice(**json.loads(row["body"])) for row in rows}


def keep(scope: Scope, topic_id: str, choice: Choice) -> None:
    store().run(
        "INSERT INTO choices VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user_id, tenant_id, topic_id)"
        " DO UPDATE SET body = excluded.body",
        scope.user_id,
        scope.tenant_id,
        topic_id,
        json.dumps(asdict(choice)),
    )


def forget(scope: Scope, topic_id: str) -> None:
    store().run(
        "DELETE FROM choices WHERE user_id = ? AND tenant_id = ? AND topic_id = ?",
        scope.user_id,
        scope.tenant_id,
        topic_id,
    )


def log_change(
    scope: Scope, topic: tuple[str, str], now: Json, previous: Json | None
) -> None:
    """An entry shows no digest, so a change of that alone is not logged."""
    if now == previous:
        return
    topic_id, topic_name = topic
    timestamp = workspace().now()
    entry: Json = {
        "id": new_id("pcl_"),
        "user_id": scope.user_id,
        "topic_id": topic_id,
        "topic_name": topic_name,
        **now,
        "timestamp": timestamp,
    }
    if previous is not None:
        entry["previous"] = previous
    if scope.tenant_id:
        entry["tenant_id"] = scope.tenant_id
    save_entry(entry)


def save_entry(entry: Json) -> None:
    store().run(
        "INSERT INTO logs (user_id, tenant_id, timestamp, body) VALUES (?, ?, ?, ?)",
        entry["user_id"],
        entry.get("tenant_id", ""),
        entry["timestamp"],
        json.dumps(entry),
    )
