"""The database full, locked, read-only, gone and back; and the choices meanwhile."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from flask import Flask

from app.ledger.errors import LedgerDown
from app.outcome import Answer, Outcome, Rendered, Shown, Trouble
from app.parts import Parts
from app.preferences.choice import State
from app.preferences.rules import Wish
from app.preferences.subject import Subject
from tests.conftest import Clock
from tests.ledger.acts import (
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    at_courier,
    deliver_due,
    status,
    unwritable,
)
from tests.peer import Json, Peer
from tests.postgres import Cluster


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


def chosen(parts: Parts, topic: str, *, is_quiet: bool = True) -> Outcome:
    was = Rendered(topic, "Due dates", WAS_ON, is_quiet=is_quiet)
    outcome = parts.center.choosing.choose(SAM, was, Wish(is_on=False), TRACE)
    assert isinstance(outcome, Outcome)
    return outcome


# A disk that is full


@pytest.mark.parametrize("how", ["file", "pages"])
def test_on_a_full_disk_nothing_is_recorded_and_courier_is_told_all_the_same(
    sqlite: str, clock: Clock, peer: Peer, topic: str, how: str
) -> None:
    told = in_a_process(how, sqlite, peer.url, topic)

    assert any(word in told["fault"] for word in ("full", "disk I/O"))
    assert (told["trouble"], told["reference"], told["is_kept"]) == (None, None, False)
    assert status(peer, topic) == "OPTED_OUT"
    if how == "file":
        assert told["can_write"] is False
    books = Books.opened(sqlite, clock)
    assert books.evidence.verify().faults == []
    books.choose(ON, "once there is room again")
    books.database.close()


def in_a_process(*words: str) -> Json:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.full_disk", *words],
        cwd=Path.cwd(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


# Locked, read-only, broken


def test_a_database_that_somebody_locked_is_down_and_then_well(
    sqlite: str, clock: Clock
) -> None:
    books = Books.opened(sqlite, clock)
    path = sqlite.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        assert books.ledger.history(SAM) == [], "it can still be read"
        with pytest.raises(LedgerDown, match="locked"):
            books.choose()
        somebody.execute("ROLLBACK")

    assert books.choose().id == 1
    books.database.close()


def test_a_database_that_may_only_be_read_is_down(
    request: pytest.FixtureRequest, url: str, clock: Clock
) -> None:
    if url.startswith("sqlite"):
        url = url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        request.addfinalizer(partial(_read_only, cluster, "off"))
        _read_only(cluster, "on")
    books = Books.opened(url, clock)

    assert books.ledger.history(SAM) == []
    with pytest.raises(LedgerDown):
        books.choose()
    assert not books.database.can_write()
    books.database.close()


def _read_only(cluster: Cluster, on_or_off: Literal["on", "off"]) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        setting = f"SET default_transaction_read_only = {on_or_off}"
        connection.execute(f"ALTER DATABASE ledger {setting}".encode())


def test_a_file_that_is_no_database_is_down(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("not a database " * 100)
    books = Books.opened(f"sqlite:///{path}", clock)

    with pytest.raises(LedgerDown):
        books.choose()
    with pytest.raises(LedgerDown):
        books.ledger.history(SAM)
    books.database.close()


# Gone and back


def test_a_server_that_went_away_is_down_and_well_once_it_is_back(
    cluster: Cluster, postgresql: str, clock: Clock
) -> None:
    books = Books.opened(postgresql, clock)
    kept = books.choose(OFF, "before")
    cluster.stop()
    try:
        for asked in (
            books.choose,
            lambda: books.ledger.history(SAM),
            books.queue.backlog,
        ):
            with pytest.raises(LedgerDown):
                asked()
        assert not books.database.can_write()
    finally:
        cluster.start()

    assert books.database.can_write()
    again = books.choose(OFF, "after")
    assert again.id > kept.id
    assert books.state(kept) is State.PENDING
    assert books.evidence.verify().faults == []
    books.database.close()


# The app meanwhile


def test_without_a_ledger_saved_is_said_only_of_what_courier_took(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    with unwritable(books):
        saved = chosen(parts, topic)
        assert (saved.trouble, saved.reference, saved.is_kept) == (None, None, False)
        assert status(peer, topic) == "OPTED_OUT"
        peer.fault("status", status=503)

        lost = chosen(parts, topic)

        assert lost.trouble is Trouble.UNAVAILABLE
        assert lost.preference.is_on
    assert books.ledger.history(SAM) == []


@pytest.mark.parametrize("does_the_page_know", [True, False])
def test_without_a_ledger_nothing_overtakes_what_waits(
    parts: Parts, books: Books, peer: Peer, topic: str, does_the_page_know: bool
) -> None:
    """It would come later, and win, after "Saved" had been said."""
    books.wait(ON, topic, SAM)
    with unwritable(books):
        outcome = chosen(parts, topic, is_quiet=not does_the_page_know)
    assert outcome.trouble is Trouble.UNAVAILABLE
    assert peer.writes() == []

    deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_IN"


def test_without_a_ledger_everything_unseen_is_not_kept(
    parts: Parts, books: Books, peer: Peer
) -> None:
    peer.fault()
    with unwritable(books):
        told = parts.center.unsubscribing.act_unseen(SAM, Subject(), TRACE)
        assert (told.answer, told.reference) == (Answer.FAILED, None)
    assert books.ledger.open(SAM) == []


def test_without_a_ledger_nothing_is_ready(app: Flask, books: Books) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with unwritable(books):
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_while_the_server_is_gone_pages_are_shown_and_choices_are_tried(
    cluster: Cluster, parts: Parts, peer: Peer, topic: str
) -> None:
    assert chosen(parts, topic).reference
    at_courier(peer, topic, "OPTED_IN")
    cluster.stop()
    try:
        shown, outcome = parts.center.show(SAM), chosen(parts, topic)
        assert not parts.center.is_ready()
    finally:
        cluster.start()

    assert isinstance(shown, Shown)
    assert (outcome.trouble, outcome.reference) == (None, None)
    assert status(peer, topic) == "OPTED_OUT"
    assert parts.center.is_ready()
