"""The tables: made once, by whoever comes first, and as they are described."""

import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from app.ledger.database import Database
from app.ledger.errors import SchemaNewer
from app.ledger.schema import migrate
from app.ledger.stafftables import staff_entries
from tests.conftest import Clock
from tests.ledger.acts import ADA, Books, together
from tests.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table; of SQLite, without a folder."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/folder/ledger.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.create(f"bare {request.node.name}"[:60])


def test_migrating_twice_is_fine_and_loses_nothing(bare: str, clock: Clock) -> None:
    books = Books.opened(bare, clock)
    migrate(books.database)
    recorded = books.choose()

    migrate(books.database)

    assert books.ledger.find(ADA, [recorded.id]) == [recorded]
    books.database.close()


def test_many_may_migrate_at_the_same_time(bare: str, clock: Clock) -> None:
    starting = [Books.opened(bare, clock) for _ in range(4)]

    together(*(partial(migrate, books.database) for books in starting))

    for books in starting:
        books.choose()
    assert len(starting[0].ledger.history(ADA)) == 4
    for books in starting:
        books.database.close()


def test_a_new_file_may_be_opened_while_another_changes_how_it_is_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")  # as changing the journal begins
        done = threading.Timer(0.2, other.rollback)
        done.start()

        database = Database(f"sqlite:///{path}")
        with database.reading() as connection:
            kept = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        done.join()

    assert kept == "wal"
    database.close()


def test_the_tables_are_as_they_are_described(url: str) -> None:
    database = Database(url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, staff_entries.metadata) == []
    database.close()


def test_tables_of_a_newer_version_are_refused_and_left_alone(
    bare: str, clock: Clock
) -> None:
    books = Books.opened(bare, clock)
    migrate(books.database)
    with books.database.recording() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaNewer, match="9999"):
        migrate(books.database)

    with books.database.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version"))
        assert found.scalar_one() == "9999"
    books.database.close()
