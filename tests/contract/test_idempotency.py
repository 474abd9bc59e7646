"""Idempotency-Key on POST: the stored answer comes back, a refusal is not stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.sandbox.server import create_sandbox
from tests.contract.conftest import KEY, Running, Seed, running

PATH = "/users/someone/preferences"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def clocked(clock: Clock) -> Iterator[Running]:
    with running(create_sandbox(api_key=KEY, clock=clock)) as sandbox:
        yield sandbox


def post(sandbox: Running, topic: str, status: str, **headers: str) -> httpx.Response:
    body = {"topics": [{"topic_id": topic, "status": status}]}
    given = {"Idempotency-Key": "k", **headers}
    return sandbox.http.post(PATH, json=body, headers=given)


def test_a_known_key_replays_status_and_body_without_effect(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    first = post(sandbox, due, "OPTED_OUT")
    sandbox.http.delete(f"{PATH}/{due}")
    again = post(sandbox, due, "OPTED_IN")
    assert again.content == first.content
    assert sandbox.http.get(PATH).json()["items"] == []


def test_a_refused_request_is_not_stored(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    assert post(sandbox, due, "MAYBE").status_code == 400
    assert post(sandbox, due, "OPTED_OUT").status_code == 200


def test_a_500_is_replayed_too(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    sandbox.fault(kind="status", status=500, times=1)
    assert post(sandbox, due, "OPTED_OUT").status_code == 500
    assert post(sandbox, due, "OPTED_OUT").status_code == 500


def test_a_503_is_not_replayed(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    sandbox.fault(kind="status", status=503, times=1)
    assert post(sandbox, due, "OPTED_OUT").status_code == 503
    assert post(sandbox, due, "OPTED_OUT").status_code == 200


def test_a_key_has_no_meaning_for_put(sandbox: Running, seed: Seed) -> None:
    topic = {"topic_id": seed.topic("Due dates"), "status": "OPTED_OUT"}
    headers = {"Idempotency-Key": "k"}
    sandbox.http.put(PATH, json={"topics": [topic]}, headers=headers)
    emptied = sandbox.http.put(PATH, json={"topics": []}, headers=headers)
    assert emptied.json()["deleted"] == [topic["topic_id"]]


def test_a_key_is_forgotten_after_a_day(
    clocked: Running, clock: Clock, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    post(clocked, due, "OPTED_OUT")
    clock.moment += timedelta(hours=23)
    assert post(clocked, due, "OPTED_IN").json()["items"][0]["status"] == "OPTED_OUT"
    clock.moment += timedelta(hours=2)
    assert post(clocked, due, "OPTED_IN").json()["items"][0]["status"] == "OPTED_IN"


@pytest.mark.parametrize("style", ["iso", "milliseconds"])
def test_a_key_may_be_kept_longer(
    clocked: Running, clock: Clock, seed: Seed, style: str
) -> None:
    moment = clock.moment + timedelta(days=30)
    as_number = str(int(moment.timestamp() * 1000))
    until = moment.isoformat() if style == "iso" else as_number
    due, header = seed.topic("Due dates"), {"x-idempotency-expiration": until}
    post(clocked, due, "OPTED_OUT", **header)
    clock.moment += timedelta(days=29)
    assert post(clocked, due, "OPTED_IN").json()["items"][0]["status"] == "OPTED_OUT"


@pytest.mark.parametrize(
    "until",
    [
        "soon",
        "2026-11-20T13:00:00Z",
        "2030-01-01",
        "9" * 20,
        "9" * 5000,
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_a_faulty_expiration_is_refused_and_nothing_applied(
    clocked: Running, seed: Seed, until: str
) -> None:
    header = {"x-idempotency-expiration": until}
    answer = post(clocked, seed.topic("Due dates"), "OPTED_OUT", **header)
    assert answer.status_code == 400
    assert clocked.http.get(PATH).json()["items"] == []
