"""What is wrong has a line in /readyz and a metric, and pages serve what they can."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from app.deliver import create_workers
from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.settings import Settings
from tests.conftest import Clock, Later, LedgerFile, with_tables
from tests.house.client import Visitor
from tests.house.test_cli import free_port
from tests.ledger.acts import eventually
from tests.ops.asked import Operator
from tests.peer import KEY, Peer
from tests.postgres import Cluster

TOPIC = "Due dates"


def test_all_is_well_and_every_part_says_so(app: Flask, operator: Operator) -> None:
    told = app.test_client().get("/readyz").get_json()

    assert operator.ready() == (200, "ready", {})
    assert told == {
        "status": "ready",
        "checks": {
            "courier": "ok",
            "courier_key": "ok",
            "catalog": "ok",
            "database": "ok",
            "migrations": "ok",
            "delivery": "ok",
        },
    }
    assert all(operator.is_up(part) for part in told["checks"])


# Courier


def test_courier_that_fails_degrades_and_the_page_shows_what_was_known(
    operator: Operator, visitor: Visitor, alice: str, peer: Peer
) -> None:
    visitor.open(alice)
    peer.fault(status=503)
    page = visitor.open(alice)

    status, verdict, bad = operator.ready()

    assert (status, verdict) == (200, "degraded")
    assert bad == {"courier": "the last call to it failed"}
    assert not operator.is_up("courier")
    assert operator.is_up("catalog")
    assert page.status == 200
    assert "Kept." in visitor.change(page, TOPIC, on=None).text
    failed = {"call": "preferences", "outcome": "unavailable"}
    assert operator.number("courier_call_seconds_count", **failed) >= 1


def test_courier_that_goes_on_failing_is_left_alone(
    operator: Operator, visitor: Visitor, alice: str, peer: Peer, clock: Clock
) -> None:
    visitor.open(alice)
    peer.fault(status=503)
    for _ in range(6):
        visitor.open(alice)

    assert "left alone" in operator.ready()[2]["courier"]
    peer.mend()
    clock.seconds += 60
    visitor.open(alice)
    assert operator.ready() == (200, "ready", {})


def test_without_a_catalog_nothing_can_be_served(
    operator: Operator, visitor: Visitor, alice: str, peer: Peer
) -> None:
    peer.fault(status=503)

    status, verdict, bad = operator.ready()

    assert (status, verdict) == (503, "down")
    assert set(bad) == {"courier", "catalog"}
    assert not operator.is_up("catalog")
    assert "Turn off everything optional" in visitor.open(alice).text


def test_to_be_counted_waits_for_nobody(operator: Operator, peer: Peer) -> None:
    assert not operator.is_up("catalog")
    assert peer.requests() == []
    assert operator.ready() == (200, "ready", {})
    assert operator.is_up("catalog")


def test_a_key_that_courier_refuses_is_told_and_loses_no_choice(
    operator: Operator,
    visitor: Visitor,
    alice: str,
    peer: Peer,
    parts: Parts,
) -> None:
    page = visitor.open(alice)
    peer.fault(status=401)
    kept = visitor.change(page, TOPIC, on=None)

    status, verdict, bad = operator.ready()

    assert "Kept." in kept.text
    assert (status, verdict) == (200, "degraded")
    assert bad == {"courier_key": "Courier refuses it: look at COURIER_API_KEY"}
    assert not operator.is_up("courier_key")
    assert operator.is_up("courier")
    denied = {"call": "put", "outcome": "denied"}
    assert operator.number("courier_call_seconds_count", **denied) == 1
    assert visitor.open(alice).status == 200
    assert parts.queue.backlog().pending == 1


def test_a_key_that_was_never_right_is_told_from_the_beginning(
    settings: Settings, outside: Outside, tmp_path: Path, alice: str
) -> None:
    changes = {
        "courier_api_key": SecretStr("wrong"),
        "database_url": SecretStr(f"sqlite:///{tmp_path}/other.db"),
    }
    settings = settings.model_copy(update=changes)
    parts = create_parts(settings, outside)
    migrate(parts.database)
    app = create_app(settings, outside, parts)

    status, verdict, bad = Operator(app).ready()

    assert (status, verdict) == (503, "down")
    assert set(bad) == {"courier_key", "catalog"}
    page = Visitor(app.test_client()).open(alice)
    assert "Turn off everything optional" in page.text
    parts.center.close()


def test_a_new_process_with_a_wrong_key_is_not_ready_whatever_the_database_keeps(
    settings: Settings, outside: Outside, operator: Operator, alice: str
) -> None:
    """So a rollout stops; whoever comes all the same may leave, and it is kept."""
    assert operator.ready() == (200, "ready", {})
    wrong = settings.model_copy(update={"courier_api_key": SecretStr("wrong")})
    parts = create_parts(wrong, outside)
    app = create_app(wrong, outside, parts)

    status, verdict, bad = Operator(app).ready()

    assert (status, verdict, set(bad)) == (503, "down", {"courier_key"})
    page = Visitor(app.test_client()).open(alice)
    assert "Turn off everything optional" in page.text
    parts.center.close()


@pytest.mark.parametrize(("key", "is_right"), [(KEY, True), ("wrong", False)])
def test_where_nobody_comes_the_loop_sees_whether_courier_takes_the_key(
    settings: Settings, outside: Outside, tables: Path, key: str, *, is_right: bool
) -> None:
    """Nor does anybody ask whether it is ready."""
    given = settings.model_copy(update={"courier_api_key": SecretStr(key)})
    parts = create_parts(given, outside)
    with_tables(parts.database, tables)
    operator = Operator(create_app(given, outside, parts))
    assert operator.is_up("courier_key")
    assert not operator.is_up("catalog")
    workers = create_workers(parts, given, 0)
    workers.start()
    try:
        assert eventually(lambda: operator.is_up("catalog") is is_right)
        assert eventually(lambda: operator.is_up("courier_key") is is_right)
    finally:
        workers.stop()
        parts.center.close()


def test_what_the_key_may_not_ask_beside_is_no_alarm(
    operator: Operator, visitor: Visitor, bob: str, peer: Peer
) -> None:
    peer.fault(status=403, path="^/brands")
    visitor.open(bob)

    assert operator.ready() == (200, "ready", {})


# The database


@pytest.mark.parametrize(
    ("how", "fault", "verdict"),
    [("pages", "full", [200, "degraded"]), ("file", "disk", [503, "down"])],
)
def test_a_full_disk_is_told_and_pages_are_shown(
    tmp_path: Path, peer: Peer, how: str, fault: str, verdict: list[object]
) -> None:
    """Whether the probe still fits is luck; that the last choice did not is told."""
    database = f"sqlite:///{tmp_path}/ledger.db"
    made = create_parts(_settings(peer.url, database), Outside())
    migrate(made.database)
    made.center.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.ops.full_disk", how, database, peer.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ready"][:2] == verdict
    assert "kept: the disk" in told["ready"][2]
    assert told["is_up"] is False
    assert told[fault] >= 1
    assert told["page"] == 200


def _settings(courier: str, database: str) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": "key",
            "COURIER_BASE_URL": courier,
            "SECRET_KEY": "s" * 32,
            "PUBLIC_URL": "http://preferences.example",
            "DATABASE_URL": database,
        }
    )


def test_a_lost_database_is_told_and_pages_are_shown(
    settings: Settings, outside: Outside, cluster: Cluster, alice: str
) -> None:
    """A choice counts then if Courier takes it."""
    url = SecretStr(cluster.create("ops"))
    settings = settings.model_copy(update={"database_url": url})
    parts = create_parts(settings, outside)
    migrate(parts.database)
    app = create_app(settings, outside, parts)
    operator, visitor = Operator(app), Visitor(app.test_client())
    assert operator.ready() == (200, "ready", {})
    before = visitor.open(alice)
    cluster.stop()
    try:
        status, verdict, bad = operator.ready()
        page = visitor.open(alice)
        saved = visitor.change(before, TOPIC, on=None)
        states = {part: operator.state(part) for part in ("database", "migrations")}
        faults = operator.number("ledger_faults_total", fault="gone")
    finally:
        cluster.start()

    assert (status, verdict) == (503, "down")
    assert bad["database"] == "nothing is kept: it is out of reach"
    assert "migrations" in bad
    assert states == {"database": 0.0, "migrations": None}
    assert faults >= 1
    assert page.status == 200
    assert "Saved" in saved.text
    assert operator.ready() == (200, "ready", {})
    parts.center.close()


def test_a_choice_that_could_not_be_kept_is_told_until_one_is(
    operator: Operator, visitor: Visitor, alice: str, ledger_file: LedgerFile
) -> None:
    page = visitor.open(alice)
    ledger_file.spoil()
    visitor.change(page, TOPIC, on=None)

    status, verdict, bad = operator.ready()

    assert (status, verdict) == (200, "degraded")
    about = "the last choice was not kept: its tables are not as expected"
    assert bad == {"database": about}
    ledger_file.mend()
    visitor.change(visitor.open(alice), TOPIC, on="1")
    assert operator.ready() == (200, "ready", {})


@pytest.mark.parametrize(
    ("revision", "status", "words"),
    [("0002", 503, "older than this version"), ("9999", 200, "a newer version")],
)
def test_tables_of_another_version_are_told(
    operator: Operator, parts: Parts, revision: str, status: int, words: str
) -> None:
    with parts.database.recording() as connection:
        connection.exec_driver_sql(
            f"UPDATE alembic_version SET version_num = '{revision}'"  # noqa: S608  ours
        )

    assert operator.ready()[0] == status
    assert words in operator.ready()[2]["migrations"]


# What is beside


def test_a_redis_that_is_out_of_reach_is_told_and_stops_nobody(
    settings: Settings, outside: Outside, parts: Parts, alice: str
) -> None:
    url = SecretStr(f"redis://127.0.0.1:{free_port()}")
    app = create_app(settings.model_copy(update={"redis_url": url}), outside, parts)
    operator, visitor = Operator(app), Visitor(app.test_client())

    status, verdict, bad = operator.ready()
    page = visitor.open(alice)

    assert (status, verdict) == (200, "degraded")
    assert bad == {"redis": "it is out of reach, so each process counts for itself"}
    assert not operator.is_up("redis")
    assert "Saved" in visitor.change(page, TOPIC, on=None).text


def test_a_delivery_loop_that_stands_still_is_told(
    operator: Operator, parts: Parts, clock: Clock, later: Later
) -> None:
    parts.delivery.due(0)
    assert operator.ready() == (200, "ready", {})
    began = clock.seconds

    clock.seconds += 121
    later.run()

    assert operator.ready() == (200, "degraded", {"delivery": "its loop stands still"})
    assert not operator.is_up("delivery")
    assert operator.number("delivery_loop_timestamp_seconds") == began


def test_no_line_of_it_names_a_host_or_a_file(
    app: Flask, peer: Peer, ledger_file: LedgerFile
) -> None:
    peer.fault(status=503)
    ledger_file.lose("answers")

    told = app.test_client().get("/readyz").text

    assert "nothing is kept" in told
    for secret in ("127.0.0.1", ".db", "answers", "503"):
        assert secret not in told
