"""The switches themselves, and those that no other file is about."""

from typing import Any

import pytest

from tests.contract.conftest import Running, Seed


def test_a_partial_patch_leaves_the_others(sandbox: Running) -> None:
    before = sandbox.plain.get("/_sandbox/switches").json()
    after = sandbox.plain.patch("/_sandbox/switches", json={"list_mode": "all"}).json()
    assert after == {**before, "list_mode": "all"}
    assert sandbox.plain.delete("/_sandbox/switches").json() == before


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"list_mode": "some"}, "list_mode"),
        ({"channels_on_plan": "no"}, "channels_on_plan"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"latency_ms": True}, "latency_ms"),
        ({"faults": {}}, "faults"),
        ({"faults": [{"kind": "gremlin"}]}, "kind"),
        ({"faults": [{"kind": "reset", "when": "now"}]}, "when"),
        ({"faults": [{"kind": "status", "status": 200}]}, "status"),
        ({"faults": [{"kind": "status", "path": "("}]}, "path"),
        ({"faults": [{"kind": "status", "path": "(" * 5000}]}, "path"),
        ({"faults": [{"kind": "status", "path": "a{99999999999999}"}]}, "path"),
        ({"faults": [{"kind": "status", "retry_after": "1\r\nX: 2"}]}, "retry_after"),
        ({"faults": [{"kind": "status", "retry_after": "скоро"}]}, "retry_after"),
        ({"faults": [{"kind": "status", "times": 0}]}, "times"),
        ({"faults": [{"kind": "status", "methods": "PUT"}]}, "methods"),
    ],
)
def test_a_bad_switch_is_named_and_nothing_is_applied(
    sandbox: Running, wish: dict[str, object], named: str
) -> None:
    before = sandbox.plain.get("/_sandbox/switches").json()
    wishes = {"required_opt_out": "accept_silently", **wish}
    answer = sandbox.plain.patch("/_sandbox/switches", json=wishes)
    assert answer.status_code == 400
    assert named in answer.json()["message"]
    assert sandbox.plain.get("/_sandbox/switches").json() == before


@pytest.mark.parametrize(
    "routing",
    [
        {"has_custom_routing": True, "custom_routing": ["push"]},
        {"has_custom_routing": False, "custom_routing": ["push"]},
        {"custom_routing": []},
    ],
)
def test_without_channels_on_the_plan_routing_is_refused(
    sandbox: Running, seed: Seed, routing: dict[str, Any]
) -> None:
    sandbox.turn(channels_on_plan=False)
    due = seed.topic("Due dates")
    single = sandbox.choose(due, status="OPTED_OUT", **routing)
    assert single.status_code == 402
    assert single.json()["type"] == "authorization_error"
    topic = {"topic_id": due, "status": "OPTED_OUT", **routing}
    path, body = "/users/someone/preferences", {"topics": [topic]}
    assert sandbox.http.post(path, json=body).json()["errors"][0]["topic_id"] == due
    replaced = sandbox.http.put(path, json=body)
    assert replaced.status_code == 400
    assert replaced.json()["errors"][0]["topic_id"] == due
    assert sandbox.preference(due)["status"] == "OPTED_IN"


def test_without_channels_on_the_plan_a_bare_choice_is_taken(
    sandbox: Running, seed: Seed
) -> None:
    sandbox.turn(channels_on_plan=False)
    answer = sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    assert answer.status_code == 200


def test_channels_that_the_section_does_not_offer(sandbox: Running, seed: Seed) -> None:
    reminders = seed.topic("Payment reminders")
    routed: dict[str, Any] = {"status": "OPTED_IN", "has_custom_routing": True}
    on_offer = {**routed, "custom_routing": ["sms"]}
    off_offer = {**routed, "custom_routing": ["push"]}
    assert sandbox.choose(reminders, **off_offer).status_code == 200
    sandbox.turn(routing_off_offer="reject")
    assert sandbox.choose(reminders, **off_offer).status_code == 400
    assert sandbox.choose(reminders, **on_offer).status_code == 200
    assert sandbox.choose(seed.topic("Sign-ins"), **on_offer).status_code == 400


def test_the_profile_of_somebody_unknown(sandbox: Running) -> None:
    assert sandbox.http.get("/profiles/nobody").status_code == 404
    sandbox.turn(unknown_profile="empty")
    assert sandbox.http.get("/profiles/nobody").json() == {"profile": {}}


def test_reset_goes_back_to_the_seed(sandbox: Running, seed: Seed) -> None:
    sandbox.choose(seed.topic("Due dates"), user="user-ben", status="OPTED_OUT")
    sandbox.turn(list_mode="all")
    assert sandbox.requests()
    assert sandbox.plain.post("/_sandbox/reset").status_code == 204
    assert sandbox.requests() == []
    items = sandbox.http.get("/users/user-ben/preferences").json()["items"]
    assert items == []


@pytest.mark.parametrize("origin", ["https://page.example", "null", ""])
def test_control_endpoints_refuse_web_pages(
    sandbox: Running, seed: Seed, origin: str
) -> None:
    sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    for method, path in control_routes(sandbox):
        answer = sandbox.plain.request(method, path, headers={"Origin": origin})
        assert answer.status_code == 403, (method, path)
        if method != "HEAD":
            assert answer.json()["type"] == "authorization_error"
            assert "Origin" in answer.json()["message"]
    assert sandbox.preference(seed.topic("Due dates"))["status"] == "OPTED_OUT"


def control_routes(sandbox: Running) -> list[tuple[str, str]]:
    routes = [
        (method, rule.rule)
        for rule in sandbox.app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith("/_sandbox/")
    ]
    assert ("POST", "/_sandbox/reset") in routes
    return routes


def test_couriers_own_endpoints_answer_web_pages(sandbox: Running) -> None:
    headers = {"Origin": "https://page.example"}
    assert sandbox.http.get("/brands", headers=headers).status_code == 200
