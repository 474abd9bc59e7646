"""Where the workspace is kept: one SQLite connection behind one lock.

A request is one transaction: a refusal undoes everything it wrote. Nothing
here knows what the rows mean; `seeding` fills them for the first time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

SCHEMA = """
CREATE TABLE IF NOT EXISTS sections (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT);
CREATE TABLE IF NOT EXISTS topics (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE,
    section_id TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS tenants (
    id TEXT PRIMARY KEY, parent_id TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS memberships (
    user_id TEXT, tenant_id TEXT, profile TEXT, PRIMARY KEY (user_id, tenant_id));
CREATE TABLE IF NOT EXISTS profiles (user_id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE IF NOT EXISTS brands (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT);
CREATE TABLE IF NOT EXISTS choices (
    user_id TEXT, tenant_id TEXT, topic_id TEXT, body TEXT,
    PRIMARY KEY (user_id, tenant_id, topic_id));
CREATE TABLE IF NOT EXISTS logs (
    place INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT, tenant_id TEXT,
    timestamp TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS logs_by_user ON logs (user_id, timestamp);
CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, recipient TEXT,
    tenant_id TEXT, status TEXT, enqueued INTEGER, body TEXT, extras TEXT);
CREATE TABLE IF NOT EXISTS templates (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT);
CREATE TABLE IF NOT EXISTS sent (
    place INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);
CREATE TABLE IF NOT EXISTS audit_events (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT);
CREATE TABLE IF NOT EXISTS replays (
    key TEXT, path TEXT, status INTEGER, body TEXT, expires TEXT,
    PRIMARY KEY (key, path));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""

EMPTY = "".join(
    f"DELETE FROM {table};"  # noqa: S608 - the names stand right below
    for table in (
        "sections",
        "topics",
        "tenants",
        "memberships",
        "profiles",
        "brands",
        "choices",
        "logs",
        "messages",
        "templates",
        "sent",
        "audit_events",
        "replays",
        "facts",
    )
)

Value = str | int | None


class Store:
    def __init__(self, database: str) -> None:
        self._lock = RLock()
        self._connection = sqlite3.connect(
            database, check_same_thread=False, isolation_level=None
        )
        self._connection.row_factory = sqlite3.Row
        with self.transaction():
            self._statements(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens at once, or not at all."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, statement: str, *values: Value) -> None:
        with self._lock:
            self._connection.execute(statement, values)

    def rows(self, query: str, *values: Value) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Value) -> sqlite3.Row | None:
        found = self.rows(query, *values)
        return found[0] if found else None

    def clear(self) -> None:
        self._statements(EMPTY)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _statements(self, script: str) -> None:
        # Not executescript: that would commit the surrounding transaction.
        for statement in script.split(";"):
            self.run(statement)
