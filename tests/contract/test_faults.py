"""Rehearsed misbehaviour: what the client sees, and whether anything was applied."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.sandbox.server import create_sandbox
from tests.contract.conftest import KEY, Running, Seed, running
from tests.peer import PATIENCE


@pytest.fixture
def patient(naps: list[float]) -> Iterator[Running]:
    """A sandbox that only notes how long it would have slept."""
    with running(create_sandbox(api_key=KEY, sleep=naps.append)) as sandbox:
        yield sandbox


@pytest.fixture
def naps() -> list[float]:
    return []


def attempt(sandbox: Running, seed: Seed) -> httpx.Response:
    path = f"/users/someone/preferences/{seed.topic('Due dates')}"
    return sandbox.plain.put(path, json={"topic": {"status": "OPTED_OUT"}})


def is_applied(sandbox: Running, seed: Seed) -> bool:
    sandbox.turn(faults=[])
    return bool(sandbox.preference(seed.topic("Due dates"))["status"] == "OPTED_OUT")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "authentication_error"),
        (403, "authorization_error"),
        (404, "invalid_request_error"),
        (408, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
    ],
)
def test_a_status_is_answered_without_applying(
    sandbox: Running, seed: Seed, status: int, kind: str
) -> None:
    sandbox.fault(kind="status", status=status)
    answer = attempt(sandbox, seed)
    assert answer.status_code == status
    assert answer.json()["type"] == kind
    assert "Retry-After" not in answer.headers
    assert not is_applied(sandbox, seed)


def test_retry_after_is_sent_when_asked_for(sandbox: Running, seed: Seed) -> None:
    sandbox.fault(kind="status", status=429, retry_after="2")
    assert attempt(sandbox, seed).headers["Retry-After"] == "2"


def test_a_rule_counts_down_and_disappears(sandbox: Running, seed: Seed) -> None:
    sandbox.fault(kind="status", status=503, times=2)
    statuses = [attempt(sandbox, seed).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert sandbox.plain.get("/_sandbox/switches").json()["faults"] == []


def test_the_first_matching_rule_is_applied(sandbox: Running, seed: Seed) -> None:
    sandbox.turn(
        faults=[
            {"kind": "status", "status": 500, "methods": ["GET"]},
            {"kind": "status", "status": 429, "path": "/users/other/"},
            {"kind": "status", "status": 503, "path": "^/users/someone/"},
        ]
    )
    assert attempt(sandbox, seed).status_code == 503
    assert sandbox.plain.get("/brands").status_code == 500
    assert sandbox.plain.post("/send", json={}).status_code == 400


def test_control_endpoints_never_misbehave(sandbox: Running) -> None:
    sandbox.fault(kind="reset")
    assert sandbox.plain.get("/_sandbox/switches").status_code == 200


def test_a_dropped_connection_has_no_answer(sandbox: Running, seed: Seed) -> None:
    sandbox.fault(kind="reset", times=1)
    with pytest.raises(httpx.ReadError):
        attempt(sandbox, seed)
    assert sandbox.requests()[-1]["status"] is None
    assert not is_applied(sandbox, seed)
    assert attempt(sandbox, seed).status_code == 200


def test_a_connection_may_drop_after_the_request_took_effect(
    sandbox: Running, seed: Seed
) -> None:
    sandbox.fault(kind="reset", apply=True, times=1)
    with pytest.raises(httpx.ReadError):
        attempt(sandbox, seed)
    assert is_applied(sandbox, seed)


def test_in_process_a_dropped_connection_is_an_exception(sandbox: Running) -> None:
    sandbox.fault(kind="reset", times=1)
    transport = httpx.WSGITransport(app=sandbox.app)
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(
        transport=transport, base_url="http://courier.test", headers=headers
    ) as client:
        with pytest.raises(ConnectionResetError):
            client.get("/brands")
        assert client.get("/brands").status_code == 200


def test_answers_that_are_no_answers(sandbox: Running, seed: Seed) -> None:
    sandbox.fault(kind="not_json")
    page = attempt(sandbox, seed)
    assert (page.status_code, page.text) == (200, "<html>gateway</html>")
    assert page.headers["content-type"].startswith("text/html")
    sandbox.fault(kind="empty")
    assert attempt(sandbox, seed).content == b""
    sandbox.fault(kind="wrong_shape")
    assert attempt(sandbox, seed).json()["items"] == [{"topic_id": "a"}]
    sections = sandbox.plain.get("/preferences/sections")
    assert sections.json() == {"results": {}}
    assert not is_applied(sandbox, seed)


def test_a_late_answer_means_the_request_took_effect(
    gated: Running, gate: "Gate", seed: Seed
) -> None:
    with waiting(gated, gate, seed):
        assert is_applied(gated, seed)


class Gate:
    """Instead of sleeping: tells that somebody waits, and holds them till opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, _seconds: float) -> None:
        self.reached.set()
        self.opened.wait(PATIENCE)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def gated(gate: Gate) -> Iterator[Running]:
    with running(create_sandbox(api_key=KEY, sleep=gate)) as sandbox:
        yield sandbox


@contextmanager
def waiting(gated: Running, gate: Gate, seed: Seed) -> Iterator[None]:
    """While somebody who turned a topic off waits for a late answer."""
    gated.fault(kind="accept_late", delay_ms=400, methods=["PUT"], times=1)
    slow = threading.Thread(target=attempt, args=(gated, seed))
    slow.start()
    assert gate.reached.wait(PATIENCE)
    yield
    assert slow.is_alive()
    gate.opened.set()
    slow.join()


def test_an_old_request_may_land_after_a_newer_one(
    gated: Running, gate: Gate, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    gated.fault(kind="apply_late", delay_ms=400, methods=["PUT"], times=1)
    path, body = f"/users/someone/preferences/{due}", {"status": "OPTED_OUT"}
    with pytest.raises(httpx.ReadTimeout):
        gated.plain.put(path, json={"topic": body}, timeout=0.1)
    assert gate.reached.wait(PATIENCE)
    assert gated.choose(due, status="OPTED_IN").status_code == 200
    assert gated.preference(due)["status"] == "OPTED_IN"
    gate.opened.set()
    wait_until_answered(gated, 0)
    assert gated.preference(due)["status"] == "OPTED_OUT"


def wait_until_answered(sandbox: Running, place: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while sandbox.requests()[place]["status"] is None:
        assert time.monotonic() < deadline


def test_a_reset_forgets_the_requests_that_still_wait(
    gated: Running, gate: Gate, seed: Seed
) -> None:
    gated.fault(kind="apply_late", delay_ms=400, methods=["PUT"])
    statuses = list[int]()
    slow = threading.Thread(
        target=lambda: statuses.append(attempt(gated, seed).status_code)
    )
    slow.start()
    assert gate.reached.wait(PATIENCE)
    gated.plain.post("/_sandbox/reset").raise_for_status()
    gate.opened.set()
    slow.join()
    assert statuses == [503]
    assert not is_applied(gated, seed)


def test_who_waits_for_a_late_application_has_the_true_answer(
    patient: Running, naps: list[float], seed: Seed
) -> None:
    patient.fault(kind="apply_late", delay_ms=1500)
    assert attempt(patient, seed).json() == {"message": "success"}
    assert naps == [1.5]
    assert is_applied(patient, seed)


def test_other_requests_go_on_while_one_waits(
    gated: Running, gate: Gate, seed: Seed
) -> None:
    with waiting(gated, gate, seed):
        assert gated.plain.get("/brands").status_code == 200


def test_waiting_is_left_to_the_sleep_that_was_given(
    patient: Running, naps: list[float], seed: Seed
) -> None:
    patient.turn(latency_ms=250)
    patient.plain.get("/brands")
    patient.turn(latency_ms=0, faults=[{"kind": "status", "delay_ms": 1500}])
    attempt(patient, seed)
    assert naps == [0.25, 1.5]
