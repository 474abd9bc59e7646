"""The seed shows everything that a preference page must be able to show."""

import unicodedata
from typing import Any

from tests.contract.conftest import Running, Seed


def schedules(seed: Seed) -> list[dict[str, Any]]:
    digests = [topic["digest"] for topic in seed.topics() if "digest" in topic]
    return [schedule for digest in digests for schedule in digest["schedules"]]


def test_topics_of_every_kind(seed: Seed) -> None:
    topics = seed.topics()
    assert len(topics) == 15
    required = [t for t in topics if t["default_status"] == "REQUIRED"]
    assert len(required) == 2
    assert all(topic["topic_data"]["required_reason"] for topic in required)
    assert any(topic["default_status"] == "OPTED_OUT" for topic in topics)
    described = {"description" in topic for topic in topics}
    assert described == {True, False}


def test_sections_with_and_without_a_choice_of_channels(seed: Seed) -> None:
    sections = seed.sections()
    assert len(sections) >= 4
    assert {section["has_custom_routing"] for section in sections} == {True, False}
    offers = [section["routing_options"] for section in sections]
    assert ["email", "push", "sms", "inbox"] in offers


def test_names_that_try_a_page(seed: Seed) -> None:
    names = [topic["name"] for topic in seed.topics()]
    assert any(85 <= len(name) <= 95 for name in names)
    assert any({"<", "&", '"'} <= set(name) for name in names)
    assert any(unicodedata.bidirectional(name[0]) == "AL" for name in names)
    assert any(unicodedata.category(name[0]) == "So" for name in names)


def test_digests_of_every_kind(seed: Seed) -> None:
    found = {schedule["frequency"] for schedule in schedules(seed)}
    assert found >= {"instant", "daily", "weekly", "monthly", "custom_days"}
    ids = [schedule["schedule_id"] for schedule in schedules(seed)]
    assert any(schedule_id.startswith("sch/") for schedule_id in ids)
    assert any(schedule_id.startswith("sch_01") for schedule_id in ids)
    zones = {schedule.get("timezone") for schedule in schedules(seed)}
    assert len(zones - {None}) >= 3


def test_recipients_messages_and_tenants(seed: Seed) -> None:
    recipients = seed.whole["recipients"]
    ids = [recipient["user_id"] for recipient in recipients]
    assert len(ids) == 6
    assert all(any(mark in user for user in ids) for mark in "@ /")
    assert all(recipient["about"] for recipient in recipients)
    assert len(seed.whole["brands"]) == 2
    statuses = {message["status"] for message in seed.whole["messages"]}
    assert statuses >= {
        "SENT",
        "DELIVERED",
        "OPENED",
        "FILTERED",
        "DIGESTED",
        "UNMAPPED",
        "UNDELIVERABLE",
    }


def test_everything_seeded_passes_the_judge(sandbox: Running, seed: Seed) -> None:
    sandbox.turn(list_mode="all")
    sdk = sandbox.sdk
    assert len(sdk.workspace_preferences.list_logs(limit=100).items) >= 25
    for tenant in seed.whole["tenants"]:
        sdk.tenants.retrieve(tenant["id"])
    for recipient in seed.whole["recipients"]:
        user = recipient["user_id"]
        assert sdk.profiles.retrieve(user).profile == recipient["profile"]
        for tenant_id in ("", *recipient["tenants"]):
            listed = sdk.users.preferences.retrieve(user, tenant_id=tenant_id)
            assert len(listed.items) == 15
        for message in sdk.messages.list(recipient=user).results:
            sdk.messages.retrieve(message.id)
            sdk.messages.content(message.id)


def test_the_history_agrees_with_the_choices(sandbox: Running, seed: Seed) -> None:
    """The newest entry of each topic tells what is stored now."""
    latest: dict[tuple[str, str, str], Any] = {}
    for entry in sandbox.sdk.workspace_preferences.list_logs(limit=100).items:
        key = (entry.user_id, entry.tenant_id or "", entry.topic_id)
        latest.setdefault(key, entry)
    for choice in seed.whole["choices"]:
        keys = (choice["user_id"], choice.get("tenant_id", ""), choice["topic_id"])
        entry = latest.pop(keys)
        stored = (choice["status"], bool(choice["has_custom_routing"]))
        assert (entry.status, entry.has_custom_routing) == stored
        assert entry.custom_routing == (choice["custom_routing"] or [])
    assert latest == {}
