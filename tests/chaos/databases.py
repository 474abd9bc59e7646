"""The ledger's databases as the storm knows them: how they go and come back."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text

from tests.postgres import Cluster, running_cluster


class Database(ABC):
    """`outage` names what `away` does, and `seconds` are how long it lasts."""

    name: str
    outage: str
    seconds: tuple[float, float]
    fills: bool
    """Whether a full disk of the app's is the database's as well."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(
            make_url(url).set(drivername=self._driver), poolclass=NullPool
        )

    _driver: str

    @abstractmethod
    def away(self) -> Any:  # noqa: ANN401  a context manager
        """The database is gone for the block."""

    def pending(self) -> int:
        """Choices that Courier has not taken yet."""
        return self._count("state = 'pending'")

    def open(self) -> int:
        """Choices that something is still to be done for, if only a look."""
        return self._count("due_at IS NOT NULL")

    def is_idle(self, now: float) -> bool:
        """Whether nobody is at any of them, nor should be by this clock."""
        is_due = f"due_at <= {int(now * 1000)}"
        return not self._count(
            f"due_at IS NOT NULL AND ({is_due} OR lease IS NOT NULL)"
        )

    def _count(self, condition: str) -> int:
        statement = f"SELECT count(*) FROM choices WHERE {condition}"  # noqa: S608
        with self._engine.connect() as connection:
            return int(connection.execute(text(statement)).scalar_one())

    def rows(self, user: str, topic: str) -> list[dict[str, Any]]:
        statement = (
            "SELECT * FROM choices WHERE user_id = :user AND topic_id = :topic"
            " ORDER BY id"
        )
        with self._engine.connect() as connection:
            found = connection.execute(text(statement), {"user": user, "topic": topic})
            return [dict(row) for row in found.mappings()]


class Sqlite(Database):
    """Gone: another connection holds it for longer than anybody waits."""

    name = "sqlite"
    outage = "locked"
    seconds = (6.5, 7.5)
    fills = True
    _driver = "sqlite"

    def __init__(self, file: Path) -> None:
        self._file = file
        super().__init__(f"sqlite:///{file}")

    @contextmanager
    def away(self) -> Iterator[None]:
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=30)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()


class Postgres(Database):
    """Gone: the server crashed, and comes back with what was committed."""

    name = "postgresql"
    outage = "crashed"
    seconds = (1.5, 4.0)
    fills = False
    _driver = "postgresql+psycopg"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        super().__init__(cluster.create("chaos"))

    @contextmanager
    def away(self) -> Iterator[None]:
        self._cluster.stop("immediate")
        try:
            yield
        finally:
            self._cluster.start()


NAMES = ("sqlite", "postgresql")


@contextmanager
def database(name: str, directory: Path) -> Iterator[Database]:
    if name == "sqlite":
        yield Sqlite(directory / "ledger.db")
        return
    with running_cluster() as cluster:
        yield Postgres(cluster)
