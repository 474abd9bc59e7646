"""REQUIRED topics: no opting out, whoever requires them; channels may be chosen."""

import pytest

from tests.contract.conftest import Running, Seed

PARENT, CHILD = "harbor-collective", "harbor-lisbon"


def test_opting_out_of_a_required_topic_is_refused(
    sandbox: Running, seed: Seed
) -> None:
    answer = sandbox.choose(seed.topic("Security"), status="OPTED_OUT")
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"


def test_opting_in_with_channels_is_accepted(sandbox: Running, seed: Seed) -> None:
    topic = seed.topic("Security")
    answer = sandbox.choose(
        topic, status="OPTED_IN", has_custom_routing=True, custom_routing=["email"]
    )
    assert answer.status_code == 200
    shown = sandbox.preference(topic)
    assert (shown["status"], shown["default_status"]) == ("OPTED_IN", "REQUIRED")


@pytest.mark.parametrize("tenant", [PARENT, CHILD])
def test_a_topic_may_be_required_for_one_tenant_and_its_children_only(
    sandbox: Running, seed: Seed, tenant: str
) -> None:
    topic = seed.topic("Invoice receipts")
    refused = sandbox.choose(topic, tenant=tenant, status="OPTED_OUT")
    assert refused.status_code == 400
    assert sandbox.choose(topic, status="OPTED_OUT").status_code == 200


def test_four_levels_of_parents_count_and_no_fifth(
    sandbox: Running, seed: Seed
) -> None:
    topic, parent = seed.topic("Invoice receipts"), PARENT
    for level in range(1, 6):
        sandbox.sdk.tenants.update(f"t{level}", name="T", parent_tenant_id=parent)
        parent = f"t{level}"
    fourth = sandbox.choose(topic, tenant="t4", status="OPTED_OUT")
    fifth = sandbox.choose(topic, tenant="t5", status="OPTED_OUT")
    assert (fourth.status_code, fifth.status_code) == (400, 200)


def test_tenants_in_a_circle_do_not_hang(sandbox: Running, seed: Seed) -> None:
    sandbox.sdk.tenants.update("a", name="A", parent_tenant_id="b")
    sandbox.sdk.tenants.update("b", name="B", parent_tenant_id="a")
    answer = sandbox.choose(seed.topic("Due dates"), tenant="a", status="OPTED_OUT")
    assert answer.status_code == 200


def test_the_opt_out_may_be_accepted_without_effect(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.topic("Security")
    sandbox.turn(required_opt_out="accept_silently")
    assert sandbox.choose(topic, status="OPTED_OUT").status_code == 200
    assert sandbox.preference(topic)["status"] == "REQUIRED"
    logs = sandbox.sdk.workspace_preferences.list_logs(user_id="someone")
    assert logs.items == []


def test_required_as_a_users_own_choice(sandbox: Running, seed: Seed) -> None:
    topic = seed.topic("Due dates")
    assert sandbox.choose(topic, status="REQUIRED").status_code == 200
    assert sandbox.preference(topic)["status"] == "REQUIRED"
    sandbox.turn(required_from_user="reject")
    assert sandbox.choose(topic, status="REQUIRED").status_code == 400


def test_an_opt_out_from_before_the_topic_was_required(
    sandbox: Running, seed: Seed
) -> None:
    topic = seed.topic("Terms")
    user = "studio%2Fmarco"
    shown = sandbox.preference(topic, user)
    assert (shown["status"], shown["default_status"]) == ("OPTED_OUT", "REQUIRED")
    sandbox.turn(stale_override="required")
    assert sandbox.preference(topic, user)["status"] == "REQUIRED"
