"""The provider for trying out is strict where a real one is, and stays local."""

import subprocess
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.provider import server
from app.provider.memory import PEOPLE
from tests.conftest import Clock
from tests.house import rules
from tests.house.test_cli import answer, command, free_port, running
from tests.peer import PATIENCE
from tests.staff import signing
from tests.staff.signing import CLIENT, OTHER, Accounts, asked

accounts = signing.accounts
VERIFIER = "v" * 43


@pytest.fixture
def http(accounts: Accounts) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=accounts.url, trust_env=False, timeout=PATIENCE) as http:
        yield http


def ask(**changes: str | None) -> str:
    asked = {
        "response_type": "code",
        "client_id": CLIENT.client_id,
        "redirect_uri": CLIENT.get_default_redirect_uri(),
        "scope": "openid profile email",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/authorize?{urlencode({k: v for k, v in asked.items() if v is not None})}"


def redeem(http: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CLIENT.get_default_redirect_uri(),
        "code_verifier": VERIFIER,
        **changes,
    }
    return http.post("/token", data=form, auth=(CLIENT.client_id, CLIENT.secret))


def code(http: httpx.Client, **changes: str | None) -> str:
    answer = http.post(ask(**changes), data={"person": "amir"})
    return asked(answer.headers["Location"])["code"]


def test_its_page_shows_three_people_and_says_what_it_is(http: httpx.Client) -> None:
    page = http.get(ask())

    tree = rules.parse(page.text)
    buttons = [rules.text(button) for button in rules.elements(tree, "button")]
    assert buttons == [
        "Vera Lindqvist, viewer",
        "Amir Haddad, agent",
        "Ana Ferreira, admin",
        "Do not sign in",
    ]
    assert not list(rules.page_faults(tree))
    assert "for trying out" in rules.text(tree)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert http.get("/static/provider.css").status_code == 200


def test_every_person_has_one_role_and_each_role_a_person() -> None:
    assert [person.roles for person in PEOPLE] == [("viewer",), ("agent",), ("admin",)]


def test_a_code_is_worth_a_token_once(http: httpx.Client) -> None:
    given = code(http)

    first, second = redeem(http, given), redeem(http, given)

    assert first.json()["id_token"].count(".") == 2
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_worth_nothing_a_minute_later(
    http: httpx.Client, clock: Clock
) -> None:
    given = code(http)
    clock.seconds += 60

    assert redeem(http, given).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "https://desk.example/elsewhere"},
    ],
    ids=str,
)
def test_a_code_is_bound_to_what_it_was_asked_with(
    http: httpx.Client, changes: dict[str, str]
) -> None:
    assert redeem(http, code(http), **changes).status_code == 400


def test_a_code_is_bound_to_its_client(http: httpx.Client) -> None:
    other = (OTHER.client_id, OTHER.secret)
    form = {"grant_type": "authorization_code", "code": code(http)}

    assert http.post("/token", data=form, auth=other).json()["error"] == "invalid_grant"


def test_a_client_proves_who_it_is(http: httpx.Client) -> None:
    form = {"grant_type": "authorization_code", "code": code(http)}

    assert http.post("/token", data=form, auth=("desk", "wrong")).status_code == 401
    assert http.post("/token", data=form).status_code in (400, 401)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"nonce": None},
        {"response_type": "token"},
    ],
    ids=str,
)
def test_without_pkce_and_nonce_there_is_no_sign_in(
    http: httpx.Client, changes: dict[str, str | None]
) -> None:
    answer = http.get(ask(**changes))

    assert answer.status_code == 302
    told = asked(answer.headers["Location"])
    assert "error" in told
    assert "code" not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://evil.example/staff/callback"},
        {"redirect_uri": f"{CLIENT.get_default_redirect_uri()}/../x"},
    ],
    ids=str,
)
def test_nobody_is_led_to_a_place_that_no_client_named(
    http: httpx.Client, changes: dict[str, str]
) -> None:
    answer = http.get(ask(**changes))

    assert "Location" not in answer.headers
    assert answer.status_code == 400


def test_after_a_rotation_the_key_before_still_verifies(
    http: httpx.Client, accounts: Accounts
) -> None:
    before = {key["kid"] for key in http.get("/jwks").json()["keys"]}
    accounts.rotate()
    between = http.get("/jwks").json()["keys"]
    accounts.rotate()
    after = {key["kid"] for key in http.get("/jwks").json()["keys"]}

    assert len(between) == 2
    assert before < {key["kid"] for key in between}
    assert not before & after
    assert all("d" not in key for key in between)


def test_only_a_token_of_its_own_ends_a_session(
    http: httpx.Client, accounts: Accounts
) -> None:
    after = f"{CLIENT.base}{CLIENT.after_path}"
    told = redeem(http, code(http)).json()["id_token"]

    for hint in ("", "a.b.c", told[:-4] + "AAAA"):
        form = {"id_token_hint": hint, "post_logout_redirect_uri": after}
        assert "Location" not in http.get("/end_session", params=form).headers
    assert accounts.app.memory.signed_in

    evil = {"id_token_hint": told, "post_logout_redirect_uri": "https://evil.example"}
    assert "Location" not in http.get("/end_session", params=evil).headers
    assert not accounts.app.memory.signed_in


def test_a_client_that_does_not_answer_keeps_nobody_signed_in(
    http: httpx.Client, accounts: Accounts
) -> None:
    code(http)
    accounts.app.transport = Unreachable()

    assert http.post("/signout", data={"person": "amir"}).status_code == 303
    assert not accounts.app.memory.signed_in


class Unreachable(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)


def test_who_is_signed_in_is_told_and_can_be_signed_out(http: httpx.Client) -> None:
    code(http)

    page = rules.parse(http.get("/").text)

    (button,) = rules.elements(page, "button")
    assert rules.text(button) == "Sign Amir Haddad out everywhere"
    assert not list(rules.page_faults(page))


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1:80", "localhost.evil"])
def test_it_answers_under_no_name_but_this_machine_s(
    http: httpx.Client, host: str
) -> None:
    assert http.get("/", headers={"Host": host}).status_code == 400


def test_it_listens_on_this_machine_only() -> None:
    assert server.HOST == "127.0.0.1"


def test_the_command_serves_it() -> None:
    port = free_port()
    environ = {
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "OIDC_CLIENT_ID": "desk",
        "OIDC_CLIENT_SECRET": "secret",
    }
    with running(environ, "provider", "--port", str(port)) as process:
        url = f"http://127.0.0.1:{port}"
        said = answer(f"{url}/.well-known/openid-configuration", process).json()

    assert said["issuer"] == url


def test_the_command_says_what_it_needs() -> None:
    result = subprocess.run(
        command("provider"), capture_output=True, text=True, check=False, env={}
    )

    assert result.returncode == 1
    assert "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, PUBLIC_URL" in result.stderr
