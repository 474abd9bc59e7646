"""A session ends in time, by anybody who may end it, and is never found in a copy."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.ledger.database import Database
from app.ledger.errors import LedgerDown
from app.ledger.schema import migrate
from app.ledger.sessions import Sessions
from app.preferences.staff import Agent, Role
from tests.conftest import Clock
from tests.postgres import Cluster

AMIR = Agent("sub-amir", "Amir Haddad", "amir@tidewell.example", Role.AGENT)
ANA = Agent("sub-ana", "Ana Ferreira", "", Role.ADMIN)
ISSUER = "https://id.example"
MINUTE = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tables: Path, tmp_path: Path
) -> Iterator[Database]:
    if request.param == "sqlite":
        shutil.copy(tables, tmp_path / "ledger.db")
        database = Database(f"sqlite:///{tmp_path}/ledger.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        database = Database(cluster.create(f"sessions_{tmp_path.name.lower()[-20:]}"))
        migrate(database)
    yield database
    database.close()


@pytest.fixture
def sessions(database: Database, clock: Clock) -> Sessions:
    return Sessions(database, clock, idle=30 * MINUTE, longest=600 * MINUTE)


def test_a_session_is_found_by_its_secret_alone(sessions: Sessions) -> None:
    secret = sessions.open(AMIR, ISSUER, "s-1", "the.id.token")

    found = sessions.find(secret)
    assert found
    assert (found.agent, found.sid, found.id_token) == (AMIR, "s-1", "the.id.token")
    assert found.id not in secret
    for other in ("", "x", found.id, secret[:-1], secret + "A", "\udcff\0", "x" * 9000):
        assert sessions.find(other) is None


def test_each_secret_is_another_and_long(sessions: Sessions) -> None:
    secrets = {sessions.open(AMIR, ISSUER, "", "") for _ in range(20)}

    assert len(secrets) == 20
    assert all(len(secret) >= 43 for secret in secrets)


def test_use_keeps_a_session_and_its_end_comes_all_the_same(
    sessions: Sessions, clock: Clock
) -> None:
    secret = sessions.open(AMIR, ISSUER, "", "")
    for _ in range(20):
        clock.seconds += 29 * MINUTE
        assert sessions.find(secret)
    clock.seconds += 20 * MINUTE

    assert sessions.find(secret) is None


def test_an_idle_session_ends(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(AMIR, ISSUER, "", "")
    clock.seconds += 30 * MINUTE

    assert sessions.find(secret) is None
    assert sessions.all() == []


def test_what_a_page_asks_by_itself_is_no_use(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(AMIR, ISSUER, "", "")
    for _ in range(29):
        clock.seconds += MINUTE
        assert sessions.find(secret, is_use=False)
    clock.seconds += MINUTE

    assert sessions.find(secret) is None


def test_a_short_patience_is_kept_up_by_use_as_well(
    database: Database, clock: Clock
) -> None:
    sessions = Sessions(database, clock, idle=MINUTE, longest=60 * MINUTE)
    secret = sessions.open(AMIR, ISSUER, "", "")
    for _ in range(10):
        clock.seconds += 40
        assert sessions.find(secret)


def test_closing_ends_a_session_and_no_other(sessions: Sessions) -> None:
    mine, other = (sessions.open(AMIR, ISSUER, "", "") for _ in range(2))

    sessions.close(mine)
    sessions.close("nobody's")

    assert sessions.find(mine) is None
    assert sessions.find(other)


def test_the_provider_ends_one_session_or_all_of_a_person(sessions: Sessions) -> None:
    one = sessions.open(AMIR, ISSUER, "s-1", "")
    two = sessions.open(AMIR, ISSUER, "s-2", "")
    hers = sessions.open(ANA, ISSUER, "s-3", "")
    elsewhere = sessions.open(AMIR, "https://other.example", "s-1", "")

    assert sessions.close_for(ISSUER) == []
    assert sessions.close_for(ISSUER, "sub-ana", "s-1") == []
    assert [s.agent for s in sessions.close_for(ISSUER, sid="s-1")] == [AMIR]
    assert sessions.find(one) is None
    assert sessions.find(two)

    assert len(sessions.close_for(ISSUER, "sub-amir")) == 1
    assert sessions.find(two) is None
    assert sessions.find(hers)
    assert sessions.find(elsewhere)


def test_what_began_after_the_provider_s_word_goes_on(
    sessions: Sessions, clock: Clock
) -> None:
    before = sessions.open(AMIR, ISSUER, "s-1", "")
    told_at = clock()
    clock.seconds += 1
    after = sessions.open(AMIR, ISSUER, "s-1", "")

    assert len(sessions.close_for(ISSUER, "sub-amir", "s-1", told_at)) == 1
    assert sessions.find(before) is None
    assert sessions.find(after)


def test_sessions_with_another_role_end_and_no_others(sessions: Sessions) -> None:
    now = replace(AMIR, role=Role.VIEWER)
    old = sessions.open(AMIR, ISSUER, "", "")
    kept = [
        sessions.open(now, ISSUER, "", ""),
        sessions.open(ANA, ISSUER, "", ""),
        sessions.open(AMIR, "https://other.example", "", ""),
    ]

    assert [s.agent for s in sessions.close_other_roles(now, ISSUER)] == [AMIR]
    assert sessions.find(old) is None
    assert all(sessions.find(secret) for secret in kept)


def test_all_sessions_are_told_without_their_secrets(
    sessions: Sessions, clock: Clock
) -> None:
    sessions.open(AMIR, ISSUER, "", "the.id.token")
    clock.seconds += 1
    sessions.open(ANA, ISSUER, "", "")

    told = sessions.all()

    assert [session.agent for session in told] == [ANA, AMIR]
    assert {session.id_token for session in told} == {""}


def test_a_session_is_ended_by_its_name(sessions: Sessions) -> None:
    secret = sessions.open(AMIR, ISSUER, "", "")
    kept = sessions.open(ANA, ISSUER, "", "")
    found = sessions.find(secret)
    assert found

    for wrong in ("", found.id[:-1], "%", "_" * 16, found.id + "0"):
        assert sessions.end(wrong) == 0
    assert sessions.end(found.id) == 1
    assert sessions.end(found.id) == 0
    assert sessions.find(secret) is None
    assert sessions.find(kept)


def test_a_copy_of_the_database_signs_nobody_in(sqlite_sessions: Path) -> None:
    path, clock = sqlite_sessions, Clock()
    sessions = Sessions(Database(f"sqlite:///{path}"), clock)
    secret = sessions.open(AMIR, ISSUER, "s-1", "the.id.token")
    sessions.begin("the-browser", "the-state", "n", "v", "/staff/")

    with closing(sqlite3.connect(path)) as connection:
        dump = "\n".join(connection.iterdump())
        (kept,) = connection.execute(
            "SELECT secret_hash FROM staff_sessions"
        ).fetchone()

    for told in (secret, "the.id.token", "the-browser", "the-state"):
        assert told not in dump
    assert sessions.find(kept) is None


@pytest.fixture
def sqlite_sessions(tables: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(tables, tmp_path / "copied.db"))


def test_a_use_that_cannot_be_noted_is_a_use_all_the_same(
    sqlite_sessions: Path, clock: Clock
) -> None:
    sessions = Sessions(Database(f"sqlite:///{sqlite_sessions}"), clock)
    secret = sessions.open(AMIR, ISSUER, "", "")
    with closing(sqlite3.connect(sqlite_sessions)) as connection:
        connection.execute(
            "CREATE TRIGGER frozen BEFORE UPDATE ON staff_sessions "
            "BEGIN SELECT RAISE(ABORT, 'frozen'); END"
        )
    clock.seconds += 2 * MINUTE

    assert sessions.find(secret)


def test_without_a_database_nobody_is_signed_in_or_out(
    sqlite_sessions: Path, clock: Clock
) -> None:
    sessions = Sessions(Database(f"sqlite:///{sqlite_sessions}"), clock)
    secret = sessions.open(AMIR, ISSUER, "", "")
    with closing(sqlite3.connect(sqlite_sessions)) as connection:
        connection.execute("ALTER TABLE staff_sessions RENAME TO lost")

    for ask in (sessions.find, sessions.close, sessions.end):
        with pytest.raises(LedgerDown):
            ask(secret[:16])


def test_a_role_that_a_newer_version_wrote_signs_nobody_in(
    sqlite_sessions: Path, clock: Clock
) -> None:
    sessions = Sessions(Database(f"sqlite:///{sqlite_sessions}"), clock)
    secret = sessions.open(AMIR, ISSUER, "", "")
    with closing(sqlite3.connect(sqlite_sessions)) as connection:
        connection.execute("UPDATE staff_sessions SET role = 'owner'")
        connection.commit()

    assert sessions.find(secret) is None
    assert sessions.all() == []


def test_a_sign_in_is_finished_once_by_who_began_it(sessions: Sessions) -> None:
    sessions.begin("browser", "state", "the-nonce", "the-verifier", "/staff/trail")

    assert sessions.finish("another", "state") is None
    assert sessions.finish("browser", "another") is None
    found = sessions.finish("browser", "state")
    assert found
    assert (found.nonce, found.verifier, found.then) == (
        "the-nonce",
        "the-verifier",
        "/staff/trail",
    )
    assert sessions.finish("browser", "state") is None


def test_nothing_is_written_for_who_has_begun_nothing(
    sessions: Sessions, database: Database
) -> None:
    """They need not wait for whoever writes."""
    sessions.begin("browser", "state", "n", "v", "/staff/")

    with database.recording():
        assert sessions.finish("made-up", "state") is None
        assert sessions.finish("browser", "made-up") is None
    assert sessions.finish("browser", "state")


def test_a_sign_in_is_over_after_ten_minutes(sessions: Sessions, clock: Clock) -> None:
    sessions.begin("browser", "state", "n", "v", "/staff/")
    clock.seconds += 10 * MINUTE

    assert sessions.finish("browser", "state") is None


def test_old_sessions_and_sign_ins_leave_the_database(
    sqlite_sessions: Path, clock: Clock
) -> None:
    sessions = Sessions(Database(f"sqlite:///{sqlite_sessions}"), clock)
    for number in range(5):
        sessions.open(AMIR, ISSUER, "", "")
        sessions.begin(f"b{number}", "s", "n", "v", "/staff/")
        clock.seconds += 31 * MINUTE

    with closing(sqlite3.connect(sqlite_sessions)) as connection:
        for table in ("staff_sessions", "staff_signins"):
            count = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608

            assert count.fetchone() == (1,)
