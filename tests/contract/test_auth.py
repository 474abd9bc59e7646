"""Keys and client tokens: who may ask for what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.sandbox.server import create_sandbox
from tests.contract.conftest import KEY, Running, Seed, running

NOW = [datetime(2026, 11, 20, 12, tzinfo=UTC)]


@pytest.fixture
def moments() -> list[datetime]:
    return list(NOW)


@pytest.fixture
def clocked(moments: list[datetime]) -> Iterator[Running]:
    with running(create_sandbox(api_key=KEY, clock=lambda: moments[-1])) as sandbox:
        yield sandbox


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def token(sandbox: Running, scope: str, expires_in: str = "1d") -> dict[str, str]:
    answer = sandbox.sdk.auth.issue_token(scope=scope, expires_in=expires_in)
    return bearer(answer.token)


@pytest.mark.parametrize(
    ("authorization", "status", "kind"),
    [
        ("", 401, "authentication_error"),
        ("Bearer", 401, "authentication_error"),
        ("Bearer wrong", 401, "authentication_error"),
        ("Bearer a.b.c", 401, "authentication_error"),
        ("Basic sandbox-key", 401, "authentication_error"),
        ("Bearer sandbox-key-other-environment", 403, "authorization_error"),
    ],
)
def test_a_wrong_key_opens_nothing(
    sandbox: Running, authorization: str, status: int, kind: str
) -> None:
    headers = {"Authorization": authorization}
    for path in ("/users/x/preferences", "/preferences/sections", "/messages"):
        answer = sandbox.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, kind)


def test_the_key_is_asked_for_before_anything_is_told(sandbox: Running) -> None:
    assert sandbox.plain.get("/nope", headers=bearer("wrong")).status_code == 401


def test_a_token_reads_and_writes_its_users_preferences(
    sandbox: Running, seed: Seed
) -> None:
    headers = token(sandbox, "user_id:x read:preferences write:preferences")
    path = f"/users/x/preferences/{seed.topic('Due dates')}"
    body = {"topic": {"status": "OPTED_OUT"}}
    assert sandbox.http.put(path, json=body, headers=headers).status_code == 200
    assert sandbox.http.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("user_id:y read:preferences", "GET", "/users/x/preferences"),
        ("user_id:x read:preferences", "DELETE", "/users/x/preferences/t"),
        ("user_id:x write:preferences", "GET", "/users/x/preferences"),
        ("user_id:x read:preferences", "GET", "/preferences/sections"),
        ("user_id:x read:preferences", "GET", "/users/x/tenants"),
        ("user_id:x read:preferences", "GET", "/brands"),
        ("read:brands:brand_tidewell", "GET", "/brands/brand_harbor"),
    ],
)
def test_a_token_goes_no_further_than_its_scope(
    sandbox: Running, scope: str, method: str, path: str
) -> None:
    answer = sandbox.http.request(method, path, headers=token(sandbox, scope))
    assert answer.status_code == 403


def test_a_token_reads_brands(sandbox: Running) -> None:
    one = token(sandbox, "read:brands:brand_harbor")
    assert sandbox.http.get("/brands/brand_harbor", headers=one).status_code == 200
    every = token(sandbox, "read:brands")
    assert sandbox.http.get("/brands", headers=every).status_code == 200


@pytest.mark.parametrize(
    ("expires_in", "hours"),
    [("2 hours", 2), ("1d", 24), ("2.5 hrs", 2.5), ("90m", 1.5)],
)
def test_a_token_expires(
    clocked: Running, moments: list[datetime], expires_in: str, hours: float
) -> None:
    headers = token(clocked, "user_id:x read:preferences", expires_in)
    path = "/users/x/preferences"
    moments.append(NOW[0] + timedelta(hours=hours, seconds=-1))
    assert clocked.http.get(path, headers=headers).status_code == 200
    moments.append(NOW[0] + timedelta(hours=hours))
    assert clocked.http.get(path, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "expires_in",
    [
        "soon",
        "",
        "3 fortnights",
        "-1d",
        "9000 years",
        "99999999999 years",
        "9" * 400 + "s",
    ],
)
def test_a_lifetime_that_is_none_is_refused(sandbox: Running, expires_in: str) -> None:
    body = {"scope": "user_id:x", "expires_in": expires_in}
    answer = sandbox.http.post("/auth/issue-token", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"
