"""Ids in paths: one percent-encoded segment, whatever characters they have."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.conftest import KEY, Running, Seed

USERS = [
    "plain",
    "studio/ada",
    "a b/c+d@x.com#1%é",
    "percent%2Fencoded",
    "question?mark=1&more",
    "نور",
    "/leading and trailing/",
    "a//b",
    "users/x/preferences/y",
]


@pytest.mark.parametrize("user", USERS)
def test_the_sdk_reaches_every_user(sandbox: Running, seed: Seed, user: str) -> None:
    preferences = sandbox.sdk.users.preferences
    due, tenant = seed.topic("Due dates"), "t 1"
    preferences.update_or_create_topic(
        due, user_id=user, topic={"status": "OPTED_OUT"}, tenant_id=tenant
    )
    (item,) = preferences.retrieve(user, tenant_id=tenant).items
    assert (item.topic_id, item.status) == (due, "OPTED_OUT")
    assert preferences.retrieve(user).items == []
    (entry,) = sandbox.sdk.workspace_preferences.list_logs(user_id=user).items
    assert (entry.user_id, entry.tenant_id) == (user, tenant)


def test_the_path_is_recorded_as_it_was_sent(sandbox: Running) -> None:
    sandbox.sdk.users.preferences.retrieve("a b/c+d@x.com#1%é", tenant_id="t 1")
    recorded = sandbox.requests()[-1]
    assert recorded["path"] == (
        "/users/a%20b%2Fc+d@x.com%231%25%C3%A9/preferences?tenant_id=t+1"
    )
    assert recorded["headers"]["authorization"] == "Bearer ***"
    assert (recorded["method"], recorded["status"]) == ("GET", 200)
    assert recorded["body"] is None


def test_bodies_are_recorded_and_may_be_cleared(sandbox: Running, seed: Seed) -> None:
    sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    seen = sandbox.requests()
    assert seen[-1]["body"] == {"topic": {"status": "OPTED_OUT"}}
    assert sandbox.plain.delete("/_sandbox/requests").json() == {"requests": seen}
    assert sandbox.requests() == []


@pytest.fixture
def in_process(sandbox: Running) -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(app=sandbox.app)
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(
        transport=transport, base_url="http://courier.test", headers=headers
    ) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/users/studio%2Fmarco/preferences",
        "/users/studio%2Fmarco/tenants",
        "/profiles/studio%2Fmarco",
        "/users/lin%20wei%2007/preferences",
        "/users/grace.okafor@example.com/preferences",
        "/users/n%C3%B6r%2Fx%25/preferences",
        "/tenants/harbor-lisbon/users",
        "/messages?recipient=studio%2Fmarco",
    ],
)
def test_in_process_the_same_path_has_the_same_answer(
    sandbox: Running, in_process: httpx.Client, path: str
) -> None:
    assert in_process.get(path).json() == sandbox.plain.get(path).json()
    near, far = sandbox.requests()[-2:]
    assert near["path"] == far["path"]


def test_in_process_a_topic_of_a_user_with_a_slash(
    in_process: httpx.Client, seed: Seed
) -> None:
    path = f"/users/studio%2Fmarco/preferences/{seed.topic('Security')}"
    assert in_process.get(path).json()["topic"]["custom_routing"] == ["email"]


@pytest.mark.parametrize("path", ["/", "/nope", "/users/x", "/brands/"])
def test_an_unknown_path_is_a_courier_error(sandbox: Running, path: str) -> None:
    answer = sandbox.plain.get(f"{sandbox.url}{path}")
    assert answer.status_code == 404
    assert answer.json() == {"message": "Not Found", "type": "invalid_request_error"}


def test_a_wrong_method_is_a_courier_error(sandbox: Running) -> None:
    answer = sandbox.plain.patch("/users/x/preferences", json={})
    assert answer.status_code == 405
    assert answer.json()["type"] == "invalid_request_error"
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST", "PUT"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"topics": NaN}',
        b'{"topics": 1e999}',
        b'{"topics": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    sandbox: Running, body: bytes
) -> None:
    answer = sandbox.http.put("/users/x/preferences", content=body)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["message"]


@pytest.mark.parametrize("depth", [150, 900, 100_000])
@pytest.mark.parametrize("path", ["/users/x/preferences", "/_sandbox/switches"])
def test_a_body_nested_without_end_is_refused(
    sandbox: Running, path: str, depth: int
) -> None:
    body = b'{"topics": ' + b"[" * depth + b"]" * depth + b"}"
    method = "PATCH" if path.startswith("/_sandbox") else "PUT"
    answer = sandbox.plain.request(method, path, content=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"
    assert all(request["body"] is None for request in sandbox.requests())


def test_a_body_may_be_nested_as_deep_as_anybody_needs(sandbox: Running) -> None:
    profile: dict[str, Any] = {}
    for _ in range(90):
        profile = {"inner": profile}
    sandbox.http.put("/profiles/deep", json={"profile": profile})
    assert sandbox.http.get("/profiles/deep").json() == {"profile": profile}


def test_a_patch_cannot_nest_a_profile_without_end(sandbox: Running) -> None:
    step = {"op": "add", "path": "/a" * 2000, "value": 1}
    answer = sandbox.http.patch("/profiles/deep", json={"patch": [step]})
    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_half_a_character_in_a_body_is_refused(sandbox: Running, method: str) -> None:
    body = rb'{"topics": [{"topic_id": "\ud800", "status": "OPTED_IN"}]}'
    answer = sandbox.http.request(method, "/users/x/preferences", content=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"


def test_a_body_over_6_mb_is_refused_and_the_connection_goes_on(
    sandbox: Running,
) -> None:
    path, limit = "/users/x/preferences", 6 * 1024 * 1024
    assert sandbox.http.put(path, content=b" " * limit).status_code == 400
    assert sandbox.http.put(path, content=b" " * (limit + 1)).status_code == 413
    assert sandbox.http.get(path).status_code == 200
