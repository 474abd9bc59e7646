"""Many topics at once: POST takes what it can, PUT is all or nothing."""

from typing import Any

import httpx
import pytest

from tests.contract.conftest import Running, Seed

PATH = "/users/someone/preferences"


def wish(topic: str, status: str = "OPTED_OUT", **more: object) -> dict[str, Any]:
    return {"topic_id": topic, "status": status, **more}


def post(sandbox: Running, *topics: dict[str, Any]) -> httpx.Response:
    return sandbox.http.post(PATH, json={"topics": topics})


def put(sandbox: Running, *topics: dict[str, Any]) -> httpx.Response:
    return sandbox.http.put(PATH, json={"topics": topics})


def overrides(sandbox: Running) -> dict[str, str]:
    items = sandbox.http.get(PATH).json()["items"]
    return {item["topic_id"]: item["status"] for item in items}


def test_post_applies_what_it_can_and_lists_the_rest(
    sandbox: Running, seed: Seed
) -> None:
    due, security = seed.topic("Due dates"), seed.topic("Security")
    answer = post(sandbox, wish(due), wish(security), wish("UNKNOWN")).json()
    assert answer["items"] == [
        {
            "topic_id": due,
            "status": "OPTED_OUT",
            "has_custom_routing": False,
            "custom_routing": [],
        }
    ]
    refused = [error["topic_id"] for error in answer["errors"]]
    assert refused == [security, "UNKNOWN"]
    assert overrides(sandbox) == {due: "OPTED_OUT"}


def test_post_leaves_other_topics_and_chosen_schedules_alone(
    sandbox: Running, seed: Seed
) -> None:
    tasks = seed.whole_topic("Tasks")
    weekly = tasks["digest"]["schedules"][2]["schedule_id"]
    sandbox.choose(tasks["id"], status="OPTED_IN", digest_schedule_id=weekly)
    sandbox.choose(seed.topic("Mentions"), status="OPTED_OUT")
    post(sandbox, wish(tasks["id"]))
    assert sandbox.preference(tasks["id"])["digest_schedule_id"] == weekly
    assert sandbox.preference(seed.topic("Mentions"))["status"] == "OPTED_OUT"


def test_put_replaces_the_whole_set(sandbox: Running, seed: Seed) -> None:
    due, mentions = seed.topic("Due dates"), seed.topic("Mentions")
    sandbox.choose(due, status="OPTED_OUT")
    answer = put(
        sandbox,
        wish(mentions, "OPTED_IN", has_custom_routing=True, custom_routing=["sms"]),
    ).json()
    assert answer["deleted"] == [due]
    assert answer["items"][0]["custom_routing"] == ["sms"]
    assert overrides(sandbox) == {mentions: "OPTED_IN"}
    assert put(sandbox).json() == {"items": [], "deleted": [mentions]}
    assert overrides(sandbox) == {}


def test_put_of_one_scope_leaves_the_other_alone(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    sandbox.choose(due, status="OPTED_OUT")
    sandbox.choose(due, tenant="harbor-lisbon", status="OPTED_IN")
    sandbox.http.put(PATH, params={"tenant_id": "harbor-lisbon"}, json={"topics": []})
    assert overrides(sandbox) == {due: "OPTED_OUT"}


def test_put_writes_nothing_when_one_topic_is_refused(
    sandbox: Running, seed: Seed
) -> None:
    due, security = seed.topic("Due dates"), seed.topic("Security")
    sandbox.choose(due, status="OPTED_OUT")
    answer = put(sandbox, wish(seed.topic("Mentions")), wish(security), wish("NO"))
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert [error["topic_id"] for error in errors] == [security, "NO"]
    assert all(error["reason"] for error in errors)
    assert overrides(sandbox) == {due: "OPTED_OUT"}


@pytest.mark.parametrize("count", [0, 51])
def test_post_takes_1_to_50_topics(sandbox: Running, count: int) -> None:
    answer = post(sandbox, *[wish(f"T{number}") for number in range(count)])
    assert answer.status_code == 400
    assert "errors" not in answer.json()


def test_put_takes_up_to_50_topics(sandbox: Running) -> None:
    wishes = [wish(f"T{number}") for number in range(51)]
    assert "errors" in put(sandbox, *wishes[:50]).json()
    assert "errors" not in put(sandbox, *wishes).json()


@pytest.mark.parametrize(
    "topic",
    [
        {"status": "OPTED_IN"},
        {"topic_id": "x"},
        {"topic_id": "x", "status": "REQUIRED"},
        {"topic_id": "x", "status": "OPTED_IN", "has_custom_routing": None},
        {"topic_id": "x", "status": "OPTED_IN", "custom_routing": ["fax"]},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_structural_faults_are_refused_whole(
    sandbox: Running, method: str, topic: dict[str, Any]
) -> None:
    answer = sandbox.http.request(method, PATH, json={"topics": [topic]})
    assert answer.status_code == 400
    assert "errors" not in answer.json()


def test_a_topic_named_twice(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    twice = [wish(due), wish(due, "OPTED_IN")]
    assert len(post(sandbox, *twice).json()["items"]) == 1
    assert overrides(sandbox) == {due: "OPTED_IN"}
    sandbox.turn(duplicate_topics="reject")
    assert post(sandbox, *twice).status_code == 400


def test_required_accepted_silently_has_no_effect(sandbox: Running, seed: Seed) -> None:
    sandbox.turn(required_opt_out="accept_silently")
    answer = post(sandbox, wish(seed.topic("Security"))).json()
    assert (len(answer["items"]), answer["errors"]) == (1, [])
    assert overrides(sandbox) == {}
