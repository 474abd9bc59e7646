"""Sections, topics and digests: full replacement, conflicts, whose topic it is."""

from typing import Any

import pytest
from courier import Courier

from tests.contract.conftest import Running, Seed


def test_replacing_a_section_clears_what_is_left_out_and_keeps_topics(
    sdk: Courier, seed: Seed
) -> None:
    section = seed.section("Projects")
    before = sdk.workspace_preferences.retrieve(section)
    after = sdk.workspace_preferences.replace(section, name="Work")
    assert (after.description, after.routing_options) == (None, [])
    assert after.has_custom_routing is False
    assert after.topics == before.topics


def test_a_section_with_topics_cannot_be_archived(sandbox: Running, seed: Seed) -> None:
    path = f"/preferences/sections/{seed.section('Projects')}"
    assert sandbox.http.delete(path).status_code == 409
    assert sandbox.http.delete("/preferences/sections/none").status_code == 404


def test_a_topic_answers_only_under_its_own_section(
    sandbox: Running, seed: Seed
) -> None:
    wrong = f"/preferences/sections/{seed.section('Account')}"
    path = f"{wrong}/topics/{seed.topic('Tasks')}"
    body = {"name": "x", "default_status": "OPTED_IN"}
    assert sandbox.http.get(path).status_code == 404
    assert sandbox.http.put(path, json=body).status_code == 404
    assert sandbox.http.delete(path).status_code == 404
    assert sandbox.http.get(f"{wrong}/topics/none").status_code == 404
    missing = "/preferences/sections/none/topics"
    assert sandbox.http.post(missing, json=body).status_code == 404


def test_replacing_a_topic_keeps_its_digest_unless_null_is_sent(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.topic("Tasks")
    path = f"/preferences/sections/{seed.section('Projects')}/topics/{topic}"
    body: dict[str, Any] = {"name": "Tasks", "default_status": "OPTED_IN"}
    replaced = sandbox.http.put(path, json=body).json()
    assert len(replaced["digest"]["schedules"]) == 3
    assert "description" not in replaced
    turned_off = sandbox.http.put(path, json={**body, "digest": None}).json()
    assert "digest" not in turned_off


def test_schedules_are_replaced_wholesale(sandbox: Running, seed: Seed) -> None:
    topic = seed.whole_topic("Tasks")
    path = f"/preferences/sections/{seed.section('Projects')}/topics/{topic['id']}"
    kept = topic["digest"]["schedules"][1]["schedule_id"]
    schedules = [
        {"schedule_id": kept, "frequency": "daily"},
        {"frequency": "monthly", "day_of_month": 1, "timezone": "Asia/Dubai"},
    ]
    digest = {"template_id": "t", "schedules": schedules}
    body = {"name": "Tasks", "default_status": "OPTED_IN", "digest": digest}
    stored = sandbox.http.put(path, json=body).json()["digest"]["schedules"]
    assert stored[0]["schedule_id"] == kept
    assert "timezone" not in stored[0]
    assert stored[1]["schedule_id"].startswith("sch_01")


@pytest.mark.parametrize(
    "digest",
    [
        {"template_id": "t", "schedules": []},
        {"template_id": "t"},
        {"schedules": [{"frequency": "daily"}]},
        {"template_id": "t", "schedules": [{"frequency": "hourly"}]},
        {"template_id": "t", "schedules": [{"frequency": "daily", "time": "25:00"}]},
        {
            "template_id": "t",
            "schedules": [{"frequency": "daily", "timezone": "Moon/Sea"}],
        },
        {
            "template_id": "t",
            "schedules": [{"frequency": "daily", "schedule_id": "sch_other"}],
        },
    ],
)
def test_a_digest_that_cannot_be_delivered_creates_no_topic(
    sandbox: Running, seed: Seed, digest: dict[str, Any]
) -> None:
    path = f"/preferences/sections/{seed.section('Projects')}/topics"
    body = {"name": "New", "default_status": "OPTED_IN", "digest": digest}
    assert sandbox.http.post(path, json=body).status_code == 400
    assert len(sandbox.http.get(path).json()["results"]) == 5


def test_a_topic_that_becomes_required_is_noted_for_staff(
    sdk: Courier, sandbox: Running, seed: Seed
) -> None:
    sdk.workspace_preferences.topics.replace(
        seed.topic("Due dates"),
        section_id=seed.section("Projects"),
        name="Due dates",
        default_status="REQUIRED",
    )
    assert sdk.audit_events.list().results[0].type == "Topic Default Status Changed"
    refused = sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    assert refused.status_code == 400


def test_an_archived_topic_vanishes_from_users_lists(sdk: Courier, seed: Seed) -> None:
    sdk.workspace_preferences.topics.archive(
        seed.topic("Mentions"), section_id=seed.section("Projects")
    )
    items = sdk.users.preferences.retrieve("user-ada").items
    assert seed.topic("Mentions") not in {item.topic_id for item in items}


def test_a_created_topic_can_be_chosen(
    sdk: Courier, sandbox: Running, seed: Seed
) -> None:
    topic = sdk.workspace_preferences.topics.create(
        seed.section("Projects"), name="Timesheets", default_status="OPTED_OUT"
    )
    assert len(topic.id) == 28
    assert sandbox.choose(topic.id, status="OPTED_IN").status_code == 200
    assert sandbox.preference(topic.id)["default_status"] == "OPTED_OUT"
