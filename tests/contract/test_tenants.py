"""Whose word counts in a tenant: workspace, parents, tenant, user, user there."""

from courier import Courier

from tests.contract.conftest import Running, Seed

PARENT, CHILD = "harbor-collective", "harbor-lisbon"


def test_later_layers_win_field_by_field(sandbox: Running, seed: Seed) -> None:
    news = seed.topic("🚀")
    assert sandbox.preference(news)["status"] == "OPTED_IN"
    assert sandbox.preference(news, tenant=PARENT)["status"] == "OPTED_OUT"
    assert sandbox.preference(news, tenant=CHILD)["status"] == "OPTED_OUT"
    sandbox.sdk.tenants.preferences.items.update(
        news, tenant_id=CHILD, status="OPTED_IN"
    )
    assert sandbox.preference(news, tenant=CHILD)["status"] == "OPTED_IN"
    sandbox.choose(news, status="OPTED_OUT")
    assert sandbox.preference(news, tenant=CHILD)["status"] == "OPTED_OUT"
    sandbox.choose(news, tenant=CHILD, status="OPTED_IN")
    assert sandbox.preference(news, tenant=CHILD)["status"] == "OPTED_IN"
    assert sandbox.preference(news)["status"] == "OPTED_OUT"


def test_routing_not_set_by_the_user_is_the_tenants(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    assert sandbox.preference(due, tenant=CHILD)["custom_routing"] == ["push", "inbox"]
    sandbox.choose(due, status="OPTED_OUT")
    shown = sandbox.preference(due, tenant=CHILD)
    assert shown["status"] == "OPTED_OUT"
    assert shown["custom_routing"] == ["push", "inbox"]
    sandbox.choose(
        due, status="OPTED_IN", has_custom_routing=True, custom_routing=["sms"]
    )
    assert sandbox.preference(due, tenant=CHILD)["custom_routing"] == ["sms"]


def test_default_status_is_the_workspaces_or_the_tenants(
    sandbox: Running, seed: Seed
) -> None:
    receipts = seed.topic("Invoice receipts")
    shown = sandbox.preference(receipts, tenant=PARENT)
    assert (shown["status"], shown["default_status"]) == ("REQUIRED", "OPTED_IN")
    sandbox.turn(default_status_shows="tenant")
    shown = sandbox.preference(receipts, tenant=PARENT)
    assert (shown["status"], shown["default_status"]) == ("REQUIRED", "REQUIRED")


def test_the_list_in_a_tenant_has_global_choices_or_not(
    sandbox: Running, seed: Seed
) -> None:
    sandbox.choose(seed.topic("Mentions"), status="OPTED_OUT")
    sandbox.choose(seed.topic("Due dates"), tenant=CHILD, status="OPTED_OUT")
    names = {"Mentions and replies", "Due dates"}
    assert listed(sandbox) == names
    sandbox.turn(tenant_list="tenant_only")
    assert listed(sandbox) == {"Due dates"}
    sandbox.turn(list_mode="all")
    assert len(listed(sandbox)) == 15


def listed(sandbox: Running) -> set[str]:
    params = {"tenant_id": CHILD}
    answer = sandbox.http.get("/users/someone/preferences", params=params)
    return {item["topic_name"] for item in answer.json()["items"]}


def test_delete_in_a_tenant_leaves_the_global_choice(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    sandbox.choose(due, status="OPTED_OUT")
    sandbox.choose(due, tenant=CHILD, status="OPTED_IN")
    path = f"/users/someone/preferences/{due}"
    sandbox.http.delete(path, params={"tenant_id": CHILD})
    assert sandbox.preference(due, tenant=CHILD)["status"] == "OPTED_OUT"


def test_an_unknown_tenant_context_has_no_defaults_of_its_own(
    sandbox: Running, seed: Seed
) -> None:
    shown = sandbox.preference(seed.topic("🚀"), tenant="nobody knows")
    assert shown["status"] == "OPTED_IN"


def test_tenant_defaults_are_set_and_removed(
    sdk: Courier, sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    items = sdk.tenants.preferences.items
    items.update(due, tenant_id=PARENT, status="REQUIRED")
    assert sandbox.preference(due, tenant=PARENT)["status"] == "REQUIRED"
    items.delete(due, tenant_id=PARENT)
    assert sandbox.preference(due, tenant=PARENT)["status"] == "OPTED_IN"
    path = f"/tenants/{PARENT}/default_preferences/items/UNKNOWN"
    assert sandbox.http.put(path, json={"status": "REQUIRED"}).status_code == 404


def test_lists_are_paged_to_the_end(sdk: Courier, sandbox: Running) -> None:
    for number in range(3):
        sdk.tenants.update(f"extra-{number}", name="Extra", parent_tenant_id=PARENT)
        sdk.users.tenants.add_single(f"extra-{number}", user_id="someone")
    page = sdk.users.tenants.list("someone", limit=2)
    rest = sdk.users.tenants.list("someone", limit=2, cursor=page.cursor)
    assert (page.has_more, rest.has_more) == (True, False)
    found = [item.tenant_id for item in [*(page.items or []), *(rest.items or [])]]
    assert found == ["extra-0", "extra-1", "extra-2"]
    first = sdk.tenants.list(parent_tenant_id=PARENT, limit=3)
    assert first.next_url
    following = sandbox.http.get(first.next_url).json()
    assert [tenant["id"] for tenant in following["items"]] == [CHILD]
    assert sandbox.http.get("/tenants?limit=101").status_code == 400
    assert sandbox.http.get("/tenants?cursor=%21").status_code == 400


def test_leaving_a_tenant(sdk: Courier) -> None:
    sdk.users.tenants.remove_single(CHILD, user_id="user-ada")
    assert tenants_of(sdk, "user-ada") == [PARENT]
    sdk.users.tenants.remove_all("user-ada")
    assert tenants_of(sdk, "user-ada") == []


def tenants_of(sdk: Courier, user: str) -> list[str]:
    return [item.tenant_id for item in sdk.users.tenants.list(user).items or []]


def test_a_schedule_chosen_in_a_tenant_wins_there(sandbox: Running, seed: Seed) -> None:
    tasks = seed.whole_topic("Tasks")
    _, daily, weekly = [s["schedule_id"] for s in tasks["digest"]["schedules"]]
    wish = {"status": "OPTED_IN"}
    sandbox.choose(tasks["id"], **wish, digest_schedule_id=daily)
    assert sandbox.preference(tasks["id"], tenant=CHILD)["digest_schedule_id"] == daily
    sandbox.choose(tasks["id"], tenant=CHILD, **wish, digest_schedule_id=weekly)
    assert sandbox.preference(tasks["id"], tenant=CHILD)["digest_schedule_id"] == weekly
    assert sandbox.preference(tasks["id"])["digest_schedule_id"] == daily


def test_an_unknown_tenant_is_404(sandbox: Running) -> None:
    for path in ("/tenants/none", "/tenants/none/users"):
        assert sandbox.http.get(path).status_code == 404
    assert sandbox.http.delete("/tenants/none").status_code == 404
    assert sandbox.http.put("/users/x/tenants/none", json={}).status_code == 404
