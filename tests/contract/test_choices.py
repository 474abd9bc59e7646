"""One topic of one user: what a PUT keeps, replaces, refuses, and what GET shows."""

import pytest

from tests.contract.conftest import Running, Seed


def test_a_topic_without_an_override_shows_its_default(
    sandbox: Running, seed: Seed
) -> None:
    shown = sandbox.preference(seed.topic("Cash flow"))
    assert shown == {
        "topic_id": seed.topic("Cash flow"),
        "topic_name": "Cash flow report",
        "status": "OPTED_OUT",
        "default_status": "OPTED_OUT",
        "has_custom_routing": False,
        "section_id": seed.section("Invoices"),
        "section_name": "Invoices and payments",
    }


def test_a_put_answers_success_and_never_the_state(
    sandbox: Running, seed: Seed
) -> None:
    answer = sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    assert answer.json() == {"message": "success"}


def test_a_bare_put_drops_the_saved_channels(sandbox: Running, seed: Seed) -> None:
    topic = seed.topic("Mentions")
    sandbox.choose(
        topic, status="OPTED_IN", has_custom_routing=True, custom_routing=["push"]
    )
    assert sandbox.preference(topic)["custom_routing"] == ["push"]
    sandbox.choose(topic, status="OPTED_OUT")
    shown = sandbox.preference(topic)
    assert shown["has_custom_routing"] is False
    assert "custom_routing" not in shown


def test_channels_without_the_flag_are_ignored(sandbox: Running, seed: Seed) -> None:
    topic = seed.topic("Mentions")
    sandbox.choose(topic, status="OPTED_IN", custom_routing=["push"])
    assert "custom_routing" not in sandbox.preference(topic)


@pytest.mark.parametrize(
    ("has", "channels", "sent_to", "shown"),
    [
        (True, [], [], []),
        (True, ["push"], ["push"], ["push"]),
        (False, ["push"], ["email", "push", "sms", "inbox"], ["push"]),
        (False, [], ["email", "push", "sms", "inbox"], None),
    ],
)
def test_the_routing_truth_table(
    sandbox: Running,
    seed: Seed,
    has: bool,
    channels: list[str],
    sent_to: list[str],
    shown: list[str] | None,
) -> None:
    topic = seed.topic("Mentions")
    sandbox.choose(
        topic, status="OPTED_IN", has_custom_routing=has, custom_routing=channels
    )
    preference = sandbox.preference(topic)
    assert preference["has_custom_routing"] is has
    assert preference.get("custom_routing") == shown
    assert preference["status"] == "OPTED_IN"
    assert channels_of_a_send(sandbox, topic) == sent_to


def channels_of_a_send(sandbox: Running, topic: str) -> list[str]:
    answer = sandbox.sdk.send.message(
        message={
            "to": {"user_id": "someone"},
            "content": {"title": "t", "body": "b"},
            "preferences": {"subscription_topic_id": topic},
        }
    )
    output = sandbox.sdk.messages.content(answer.request_id)
    return [result.channel for result in output.results]


def test_an_omitted_schedule_stays_and_null_clears_it(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.whole_topic("Comments")
    legacy = topic["digest"]["schedules"][2]["schedule_id"]
    assert legacy.startswith("sch/")
    sandbox.choose(topic["id"], status="OPTED_IN", digest_schedule_id=legacy)
    sandbox.choose(topic["id"], status="OPTED_OUT")
    assert sandbox.preference(topic["id"])["digest_schedule_id"] == legacy
    sandbox.choose(topic["id"], status="OPTED_OUT", digest_schedule_id=None)
    assert "digest_schedule_id" not in sandbox.preference(topic["id"])


def test_a_schedule_not_active_on_the_topic_is_refused_before_writing(
    sandbox: Running, seed: Seed
) -> None:
    cash = seed.whole_topic("Cash flow")
    disabled = cash["digest"]["schedules"][3]
    assert disabled["disabled"]
    for schedule in (disabled["schedule_id"], "sch_unknown"):
        answer = sandbox.choose(
            cash["id"], status="OPTED_IN", digest_schedule_id=schedule
        )
        assert answer.status_code == 400
    assert sandbox.preference(cash["id"])["status"] == "OPTED_OUT"


def test_a_choice_of_a_schedule_that_was_disabled_later_is_omitted(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.whole_topic("Tasks")
    weekly = topic["digest"]["schedules"][2]["schedule_id"]
    sandbox.choose(topic["id"], status="OPTED_IN", digest_schedule_id=weekly)
    sandbox.sdk.workspace_preferences.topics.delete_digest(
        topic["id"], section_id=seed.section("Projects")
    )
    assert "digest_schedule_id" not in sandbox.preference(topic["id"])


def test_an_unknown_topic_is_404_to_get_and_put_but_not_to_delete(
    sandbox: Running,
) -> None:
    path = "/users/someone/preferences/UNKNOWN"
    assert sandbox.http.get(path).status_code == 404
    assert sandbox.choose("UNKNOWN", status="OPTED_IN").status_code == 404
    assert sandbox.http.delete(path).status_code == 204


def test_delete_goes_back_to_the_default_and_may_be_repeated(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.topic("Due dates")
    sandbox.choose(topic, status="OPTED_OUT")
    for _ in range(2):
        path = f"/users/someone/preferences/{topic}"
        assert sandbox.http.delete(path).status_code == 204
    assert sandbox.preference(topic)["status"] == "OPTED_IN"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"topic": "x"},
        {"topic": {}},
        {"topic": {"status": "MAYBE"}},
        {"topic": {"status": "OPTED_IN", "has_custom_routing": "yes"}},
        {
            "topic": {
                "status": "OPTED_IN",
                "has_custom_routing": True,
                "custom_routing": ["pigeon"],
            }
        },
        {"topic": {"status": "OPTED_IN", "digest_schedule_id": 7}},
    ],
)
def test_a_malformed_topic_is_refused(
    sandbox: Running, seed: Seed, body: dict[str, object]
) -> None:
    path = f"/users/someone/preferences/{seed.topic('Due dates')}"
    answer = sandbox.http.put(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"


def test_the_list_holds_overrides_or_every_topic(sandbox: Running, seed: Seed) -> None:
    sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    items = sandbox.http.get("/users/someone/preferences").json()["items"]
    assert [item["topic_name"] for item in items] == ["Due dates"]
    sandbox.turn(list_mode="all")
    items = sandbox.http.get("/users/someone/preferences").json()["items"]
    assert [item["topic_id"] for item in items] == [t["id"] for t in seed.topics()]
    statuses = {item["topic_name"]: item["status"] for item in items}
    assert statuses["Due dates"] == "OPTED_OUT"
    assert statuses["Security alerts"] == "REQUIRED"
