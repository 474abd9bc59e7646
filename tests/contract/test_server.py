"""The server itself: kept connections, kept data, many writers at once."""

import threading
from pathlib import Path

import httpx

from app.sandbox.server import create_sandbox
from tests.contract.conftest import KEY, Running, Seed, running
from tests.peer import PATIENCE


def test_a_connection_is_used_again(sandbox: Running) -> None:
    streams = {
        id(sandbox.plain.get("/brands").extensions["network_stream"]) for _ in range(3)
    }
    assert len(streams) == 1
    assert sandbox.plain.get("/brands").http_version == "HTTP/1.1"


def test_an_answer_without_a_body_keeps_the_connection_in_step(
    sandbox: Running,
) -> None:
    removed = sandbox.http.delete("/users/x/preferences/none")
    assert (removed.status_code, removed.content) == (204, b"")
    head = sandbox.plain.head("/brands")
    assert (head.status_code, head.content) == (200, b"")
    assert sandbox.http.get("/brands").status_code == 200


def test_a_file_database_keeps_its_data(tmp_path: Path, seed: Seed) -> None:
    file, due = str(tmp_path / "courier.db"), seed.topic("Due dates")
    with running(create_sandbox(file, api_key=KEY)) as sandbox:
        sandbox.choose(due, status="OPTED_OUT")
        sandbox.sdk.workspace_preferences.topics.archive(
            seed.topic("Mentions"), section_id=seed.section("Projects")
        )
    with running(create_sandbox(file, api_key=KEY)) as sandbox:
        assert sandbox.preference(due)["status"] == "OPTED_OUT"
        items = sandbox.sdk.users.preferences.retrieve("user-ada").items
        assert len(items) == 3


def test_without_a_seed_the_workspace_is_empty() -> None:
    with running(create_sandbox(api_key=KEY, seed=None)) as sandbox:
        assert sandbox.sdk.workspace_preferences.list().results == []
        sandbox.plain.post("/_sandbox/reset").raise_for_status()
        assert sandbox.sdk.tenants.list().items == []


def test_start_values_of_switches_survive_a_reset() -> None:
    app = create_sandbox(api_key=KEY, switches={"list_mode": "all"})
    with running(app) as sandbox:
        sandbox.turn(list_mode="overrides")
        sandbox.plain.post("/_sandbox/reset").raise_for_status()
        switches = sandbox.plain.get("/_sandbox/switches").json()
        assert switches["list_mode"] == "all"


def test_many_writers_lose_nothing(sandbox: Running, seed: Seed) -> None:
    due, faults = seed.topic("Due dates"), list[int]()

    def write(user: str) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(
            base_url=sandbox.url, headers=headers, timeout=PATIENCE
        ) as client:
            for status in ("OPTED_OUT", "OPTED_IN") * 5:
                body = {"topic": {"status": status}}
                path = f"/users/{user}/preferences/{due}"
                answer = client.put(path, json=body)
                faults.extend({answer.status_code} - {200})

    threads = [threading.Thread(target=write, args=(f"u{n % 4}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for number in range(4):
        assert_unbroken_history(sandbox, f"u{number}")


def assert_unbroken_history(sandbox: Running, user: str) -> None:
    """Each entry's `previous` is the entry before it."""
    entries = sandbox.sdk.workspace_preferences.list_logs(user_id=user, limit=100)
    statuses = [entry.status for entry in entries.items]
    before = [entry.previous.status for entry in entries.items if entry.previous]
    assert before == statuses[1:]
    assert len(statuses) >= 10


def test_only_the_last_thousand_requests_are_kept(sandbox: Running) -> None:
    in_process = sandbox.app.test_client()
    for number in range(1003):
        in_process.get(f"/brands/{number}")
    recorded = sandbox.requests()
    assert len(recorded) == 1000
    assert recorded[0]["path"] == "/brands/3"
