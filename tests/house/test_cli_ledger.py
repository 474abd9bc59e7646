"""The commands about the ledger: what they print, and how they end."""

import csv
import io
import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Told

from app.cli import main
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue, Result, Verdict
from app.parts import Parts
from app.preferences.choice import Choice, Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from tests import web
from tests.conftest import SECRET, LedgerFile
from tests.house.test_cli import answer, free_port, run, running
from tests.peer import KEY, PATIENCE, Peer

ADA = Recipient("user-ada")
ON = Standing(Status.OPTED_IN, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())
DONE = Result(Verdict.DELIVERED)
ATTEMPTED = 'delivery_attempts_total{outcome="delivered"} 1.0'
LATER = Result(Verdict.POSTPONED, "unavailable: 503")


@pytest.fixture
def environ(database_url: str, peer: Peer) -> dict[str, str]:
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "https://preferences.example.com",
        "DATABASE_URL": database_url,
    }


@pytest.fixture
def write(parts: Parts, topic_ids: dict[str, str]) -> Callable[..., Choice]:
    """Writes a choice of Ada's by a clock that is right, and what became of it."""
    ledger, queue = Ledger(parts.database), Queue(parts.database)

    def write(name: str = "Due dates", result: Result = DONE) -> Choice:
        draft = Draft(topic_ids[name], name, ON, OFF)
        (choice,) = ledger.record(ADA, [draft], Trace(Door.PAGE, "a1b2"))
        queue.settle([(choice, result)])
        return choice

    return write


def told(environ: dict[str, str], *words: str) -> Told:
    """A command within this process, which is much faster than one of its own."""
    return CliRunner().invoke(main, list(words), env=environ)


def until(is_so: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline
        pause.wait(0.05)


def test_verify_prints_a_head_and_finds_what_was_done_to_rows(
    environ: dict[str, str], write: Callable[..., Choice], ledger_file: LedgerFile
) -> None:
    write()
    clean = told(environ, "ledger", "verify")
    head = clean.stdout.rpartition("Head: ")[2].strip()
    write("Mentions and replies")
    later = told(environ, "ledger", "verify", "--head", head)
    with closing(sqlite3.connect(ledger_file.path)) as database:
        database.execute("UPDATE choices SET door = 'staff' WHERE id = 1")
        database.commit()
    altered = told(environ, "ledger", "verify")

    assert clean.stdout.startswith("In order: 1 entries, 0 of them erased.\nHead: 1:")
    assert (later.exit_code, later.stderr) == (0, "")
    assert altered.exit_code == 1
    assert "Row 1 was altered." in altered.stderr
    assert told(environ, "ledger", "verify", "--head", "x").exit_code == 2


@pytest.mark.parametrize("form", ["json", "csv"])
def test_export_tells_a_recipient_what_is_kept_of_them(
    environ: dict[str, str], write: Callable[..., Choice], form: str
) -> None:
    choice = write("Payment reminders")

    export = told(environ, "ledger", "export", "user-ada", "--format", form)
    nobody = told(environ, "ledger", "export", "nobody", "--format", form)

    assert export.exit_code == nobody.exit_code == 0
    rows = (
        json.loads(export.stdout)
        if form == "json"
        else list(csv.DictReader(io.StringIO(export.stdout)))
    )
    (row,) = rows
    assert row["reference"] == choice.reference
    assert (row["topic_name"], row["what"]) == (
        "Payment reminders",
        "OPTED_OUT",
    )
    assert (row["door"], row["state"], row["link"]) == ("page", "delivered", "a1b2")


def test_erase_takes_what_was_delivered_and_leaves_the_chain_whole(
    environ: dict[str, str], write: Callable[..., Choice]
) -> None:
    write()
    write("Mentions and replies", LATER)

    unsure = told(environ, "ledger", "erase", "user-ada")
    erased = told(environ, "ledger", "erase", "user-ada", "--yes")
    left = json.loads(told(environ, "ledger", "export", "user-ada").stdout)
    verified = told(environ, "ledger", "verify")

    assert unsure.exit_code == 1
    assert erased.stdout == "Erased 1 rows.\n"
    assert "1 rows are not delivered yet, and go once they are." in erased.stderr
    assert [row["topic_name"] for row in left] == ["Mentions and replies"]
    assert "In order: 3 entries, 1 of them erased." in verified.stdout


def test_drift_lists_what_was_changed_elsewhere(
    environ: dict[str, str],
    write: Callable[..., Choice],
    peer: Peer,
    topic_ids: dict[str, str],
) -> None:
    write()
    path = f"/users/user-ada/preferences/{topic_ids['Due dates']}"
    peer.replace(path, {"topic": {"status": "OPTED_OUT"}})
    none = told(environ, "ledger", "drift")
    peer.replace(path, {"topic": {"status": "OPTED_IN"}})

    drift = told(environ, "ledger", "drift")
    peer.fault(status=503)
    down = told(environ, "ledger", "drift")

    assert none.stdout == "0 differ.\n"
    assert drift.stdout == (
        "user-ada  Due dates: here OPTED_OUT, at Courier OPTED_IN\n1 differ.\n"
    )
    assert (down.exit_code, "Traceback" in down.stderr) == (1, False)


def test_deliver_delivers_alone_and_ends_once_what_is_in_flight_is_settled(
    environ: dict[str, str],
    write: Callable[..., Choice],
    parts: Parts,
    peer: Peer,
    topic_ids: dict[str, str],
) -> None:
    write(result=LATER)
    peer.fault("accept_late", delay_ms=1500, methods=["PUT"])
    made_due = told(environ, "ledger", "retry")
    with running(environ, "deliver", "--workers", "2") as process:
        until(lambda: bool(peer.writes()))
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE)

    assert made_due.stdout == "1 choices are due now.\n"
    assert code == 0
    assert parts.queue.backlog().pending == 0
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_what_delivers_alone_tells_how_it_goes(
    environ: dict[str, str], write: Callable[..., Choice], peer: Peer
) -> None:
    """What it counts is its own; it serves no page and writes no line about it."""
    write(result=LATER)
    told(environ, "ledger", "retry")
    port = free_port()
    with running(
        {**environ, "HOST": "127.0.0.1"}, "deliver", "--port", str(port)
    ) as process:
        url = f"http://127.0.0.1:{port}"
        alive = answer(f"{url}/healthz", process)
        until(lambda: bool(peer.writes()))
        until(lambda: ATTEMPTED in web.get(f"{url}/metrics").text)
        counted = web.get(f"{url}/metrics").text
        ready = web.get(f"{url}/readyz")
        none = web.get(f"{url}/p/anything")
        taken = run(environ, "deliver", "--port", str(port))
        process.send_signal(signal.SIGTERM)
        said = "".join(process.communicate(timeout=PATIENCE))

    assert (alive.json(), process.returncode) == ({"status": "alive"}, 0)
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert "\ndelivery_loop_timestamp_seconds " in counted
    assert "\nledger_pending 0.0" in counted
    assert none.status_code == 404
    assert "/readyz" not in said
    assert taken.returncode == 1
    assert f"Error: Cannot listen at 0.0.0.0, port {port}: Address" in taken.stderr


def test_check_tells_of_what_has_waited_for_more_than_a_week(
    environ: dict[str, str], write: Callable[..., Choice], ledger_file: LedgerFile
) -> None:
    write(result=LATER)
    waiting = run(environ, "check")
    with closing(sqlite3.connect(ledger_file.path)) as database:
        database.execute("UPDATE choices SET at = 1")
        database.commit()
    overdue = run(environ, "check")

    assert "ok  backlog   1 choices wait, the oldest for" in waiting.stdout
    assert overdue.returncode == 1
    assert "1 choices could not be delivered for more than a week" in overdue.stdout


LOOKS = [
    ["history", "user-ada"],
    ["ledger", "verify"],
    ["ledger", "retry"],
    ["ledger", "drift"],
    ["ledger", "export", "user-ada"],
    ["ledger", "erase", "user-ada", "--yes"],
    ["revoke", "user-ada"],
]


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_a_look_at_what_is_not_there_makes_nothing_and_says_so(
    environ: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    """Neither a folder and a file, nor a table in a file that somebody else made."""
    missing, empty = tmp_path / "wrong" / "ledger.db", tmp_path / "empty.db"
    empty.touch()
    for path in (missing, empty):
        answer = told({**environ, "DATABASE_URL": f"sqlite:///{path}"}, *words)

        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "has no tables yet, or older ones" in answer.stderr
    assert not missing.parent.exists()
    with closing(sqlite3.connect(empty)) as database:
        assert not database.execute("SELECT * FROM sqlite_master").fetchall()


def test_what_goes_wrong_meanwhile_is_told_beside_the_answer(
    environ: dict[str, str], write: Callable[..., Choice]
) -> None:
    """As all that is logged, it is a line of JSON on stderr."""
    write()

    drift = run({**environ, "COURIER_API_KEY": "wrong"}, "ledger", "drift")

    assert "courier_failed" not in drift.stdout
    assert '"event": "courier_failed"' in drift.stderr


@pytest.mark.parametrize("words", [["serve"], ["deliver"]])
def test_rows_of_a_newer_version_are_not_touched(
    environ: dict[str, str], parts: Parts, words: list[str]
) -> None:
    with parts.database.recording() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    refused = run(environ, *words)

    assert refused.returncode == 1
    assert "of revision 9999, which this version does not know" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [(["serve"], "The database is out of reach"), (["check"], "!!  database  out of")],
)
def test_a_database_out_of_reach_is_told_without_its_password(
    environ: dict[str, str], words: list[str], told: str
) -> None:
    url = "postgresql://me:never-to-be-seen@127.0.0.1:9/nowhere"

    refused = run({**environ, "DATABASE_URL": url}, *words)

    assert refused.returncode == 1
    assert told in refused.stdout + refused.stderr
    assert "never-to-be-seen" not in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stderr
