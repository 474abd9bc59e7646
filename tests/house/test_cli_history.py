"""`python -m app history`: our rows, and what Courier says was changed elsewhere."""

import json
from typing import Any

import pytest

from app.ledger.ledger import Ledger
from app.parts import Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.settings import Settings
from tests.conftest import SECRET
from tests.house.test_cli import run
from tests.peer import KEY, Peer

TENANT = "harbor-collective"
ON = Standing(Status.OPTED_IN, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())
DRAFT = Draft("T", "A topic", ON, OFF)


@pytest.fixture
def environ(settings: Settings, peer: Peer, parts: Parts) -> dict[str, str]:
    """Of a process beside the app, with a row for a user and one in a tenant."""
    ledger = Ledger(parts.database)
    for recipient in (Recipient("user-ada"), Recipient("user-ada", TENANT)):
        ledger.record(recipient, [DRAFT], Trace(Door.PAGE))
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "https://preferences.example.com",
        "DATABASE_URL": settings.database_url.get_secret_value(),
    }


def told(environ: dict[str, str], *words: str) -> list[dict[str, Any]]:
    done = run(environ, "history", "user-ada", "--json", *words)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_what_was_changed_elsewhere_is_marked_and_in_its_place(
    environ: dict[str, str], peer: Peer, topic_ids: dict[str, str]
) -> None:
    path = f"/users/user-ada/preferences/{topic_ids['Due dates']}"
    peer.replace(path, {"topic": {"status": "OPTED_OUT"}})

    lines = told(environ)

    doors = [line["door"] for line in lines]
    assert doors.count("page") == 2
    assert lines[-1]["door"] == "elsewhere"
    assert (lines[-1]["topic_name"], lines[-1]["what"]) == ("Due dates", "OPTED_OUT")
    assert lines[-1]["reference"] is None
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_a_tenant_narrows_both(environ: dict[str, str]) -> None:
    lines = told(environ, "--tenant", TENANT)

    assert {line["tenant_id"] for line in lines} == {TENANT}
    assert [line["door"] for line in lines].count("page") == 1


def test_without_courier_our_rows_are_told_and_what_is_missing(
    environ: dict[str, str],
) -> None:
    alone = environ | {"COURIER_BASE_URL": "http://127.0.0.1:9"}

    done = run(alone, "history", "user-ada")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    assert "page       A topic: OPTED_OUT" in done.stdout
    assert "Courier's log is missing" in done.stderr
