"""The tests' own PostgreSQL: its databases, and its going and coming back."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy

from tests.postgres import Cluster


@contextmanager
def database(cluster: Cluster, name: str) -> Iterator[str]:
    url = cluster.create(name)
    yield url
    cluster.drop(name)


def write(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def words(url: str) -> list[str]:
    """Asked through SQLAlchemy, which reads the same addresses."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        found = connection.scalars(sqlalchemy.text("SELECT word FROM words")).all()
    engine.dispose()
    return list(found)


def test_what_was_written_is_there_after_a_crash(cluster: Cluster) -> None:
    with database(cluster, "house_crash") as url:
        write(url, "before")

        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        cluster.start()

        write(url, "after")
        assert words(url) == ["before", "after"]


def test_two_names_are_two_databases(cluster: Cluster) -> None:
    with database(cluster, "house_one") as one, database(cluster, "house_two") as two:
        write(one, "one")
        write(two, "two")

        assert words(one) == ["one"]
        assert words(two) == ["two"]


def test_a_database_is_dropped_under_its_users(cluster: Cluster) -> None:
    url = cluster.create("house_dropped")
    with psycopg.connect(url) as connection:
        cluster.drop("house_dropped")

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    with database(cluster, "house_dropped") as fresh:
        assert fresh == url
