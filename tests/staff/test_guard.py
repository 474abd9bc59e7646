"""Nobody comes to the desk without a session, a right, and a page of the desk."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.factory import create_app
from app.parts import Outside, Parts
from app.preferences.staff import RIGHTS, Right, Role
from app.settings import Settings
from app.web.staff import guard
from app.web.staff.guard import Public, Staff, needs
from app.web.staff.seat import recipient_url
from tests.conftest import ALICE, Clock, LedgerFile
from tests.house import rules
from tests.staff import signing
from tests.staff.signing import DESK, SAME, Accounts, Browser, heading

accounts, settings = signing.accounts, signing.settings
PEOPLE = {"vera": Role.VIEWER, "amir": Role.AGENT, "ana": Role.ADMIN}
HTMX = {"HX-Request": "true", **SAME}


@pytest.fixture
def app(settings: Settings, outside: Outside, parts: Parts) -> Flask:
    """The desk, and beside it views of our own, one for each right."""
    app = create_app(settings, outside, parts)
    trial = Staff("trial", __name__, "/staff/trial")
    for right in Right:
        view = needs(right)(lambda: f"Hello, {guard.agent().name}")
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        trial.add_url_rule(f"/{right}", str(right), view, methods=methods)
    app.register_blueprint(trial)
    return app


@pytest.fixture
def tab(app: Flask) -> Browser:
    return Browser(app)


def send(tab: Browser, method: str, **headers: str) -> TestResponse:
    response: TestResponse = tab.client.open(
        "/staff/trial/look", method=method, base_url=DESK, headers=headers
    )
    return response


@pytest.mark.parametrize("person", PEOPLE)
def test_a_role_does_what_it_may_and_nothing_else(
    tab: Browser, accounts: Accounts, person: str
) -> None:
    tab.sign_in(accounts, person)

    for right in Right:
        answer = tab.post(f"/staff/trial/{right}")
        may = right in RIGHTS[PEOPLE[person]]

        assert answer.status_code == (200 if may else 403), right
        assert answer.text.startswith("Hello,") is may
        if not may:
            assert heading(answer) == "Your role does not allow this"


def test_a_view_that_names_no_right_cannot_be_registered() -> None:
    trial = Staff("other", __name__, "/staff/other")

    with pytest.raises(AssertionError, match="does not say who may use it"):
        trial.add_url_rule("/x", "x", lambda: "open to all")


def test_every_view_of_the_desk_names_who_may_use_it(app: Flask) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith("/staff")]
    open_to_all = {
        rule.rule
        for rule in rules
        if isinstance(guard.need(app.view_functions[rule.endpoint]), Public)
    }

    assert all(guard.need(app.view_functions[rule.endpoint]) for rule in rules)
    assert open_to_all == {
        "/staff/signin",
        "/staff/callback",
        "/staff/signout",
        "/staff/signed-out",
        "/staff/backchannel-logout",
    }


def test_without_a_session_a_page_leads_to_the_sign_in(tab: Browser) -> None:
    answer = tab.get("/staff/trial/look?a=b%26c")

    assert answer.status_code == 303
    assert answer.headers["Location"] == (
        "/staff/signin?then=/staff/trial/look%3Fa%3Db%2526c"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_without_a_session_nothing_is_done(tab: Browser, method: str) -> None:
    answer = send(tab, method, **SAME)

    assert (answer.status_code, heading(answer)) == (401, "Your session has ended")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_htmx_stays_on_its_page_and_is_told_how_to_go_on(
    tab: Browser, method: str
) -> None:
    at = f"{DESK}/staff/recipients/abc?x=y"
    answer = send(tab, method, **HTMX, **{"HX-Current-URL": at})

    assert (answer.status_code, answer.headers["HX-Retarget"]) == (401, "#problem")
    assert "HX-Redirect" not in answer.headers
    assert "Location" not in answer.headers
    assert "Nothing was changed. Sign in again, then repeat" in answer.text
    assert link(answer) == "/staff/signin?then=/staff/recipients/abc%3Fx%3Dy"
    assert "<html" not in answer.text


def link(answer: TestResponse) -> str:
    """Where the only link of a fragment leads."""
    (found,) = re.findall(r'href="([^"]*)"', answer.text)
    return str(found)


@pytest.mark.parametrize("at", ["https://evil.example//evil.example/x", "//x", "", "x"])
def test_htmx_is_led_to_no_other_place(tab: Browser, at: str) -> None:
    answer = send(tab, "POST", **HTMX, **{"HX-Current-URL": at})

    assert link(answer) == "/staff/signin?then=/staff/"


@pytest.fixture
def news(app: Flask) -> str:
    """What an open page asks for every few seconds."""
    with app.test_request_context():
        return f"{recipient_url(ALICE)}/news?since=0.0"


def test_an_open_page_keeps_nobody_signed_in(
    tab: Browser, accounts: Accounts, news: str, clock: Clock
) -> None:
    tab.sign_in(accounts, "ana")
    for _ in range(30):
        assert tab.get(news, **HTMX).status_code == 204
        clock.seconds += 60

    assert tab.get("/staff/trial/look").status_code == 303


def test_a_page_that_somebody_uses_keeps_them_signed_in(
    tab: Browser, accounts: Accounts, news: str, clock: Clock
) -> None:
    tab.sign_in(accounts, "ana")
    for _ in range(4):
        clock.seconds += 29 * 60
        assert tab.get(news, **HTMX).status_code == 204
        assert tab.get("/staff/trial/look").status_code == 200


def test_an_open_page_is_told_of_the_end_once_and_led_nowhere(
    tab: Browser, news: str
) -> None:
    at = f"{DESK}/staff/recipients/abc?x=y"
    answer = tab.get(news, **HTMX, **{"HX-Current-URL": at})

    assert answer.status_code == 200
    assert "Sign in again before you change anything." in answer.text
    assert link(answer) == "/staff/signin?then=/staff/recipients/abc%3Fx%3Dy"
    assert "hx-" not in answer.text
    assert not {"HX-Redirect", "HX-Retarget", "Location"} & set(answer.headers.keys())
    assert tab.get(news).status_code == 200


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": DESK},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://desk.example"},
    {"Origin": f"{DESK}:8443"},
    {"Origin": f"{DESK}.evil.example"},
    {"Referer": f"{DESK}/staff/"},
    {"X-Requested-With": "XMLHttpRequest"},
]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_another_site_sends_is_refused(
    tab: Browser, accounts: Accounts, method: str
) -> None:
    tab.sign_in(accounts, "ana")

    for headers in [{}, *FOREIGN]:
        answer = send(tab, method, **headers)

        assert answer.status_code == 403, headers
        assert heading(answer) == "This did not come from the desk"


@pytest.mark.parametrize("headers", [SAME, {"Origin": DESK}], ids=str)
def test_what_our_own_pages_send_is_taken(
    tab: Browser, accounts: Accounts, headers: dict[str, str]
) -> None:
    tab.sign_in(accounts, "ana")

    assert send(tab, "POST", **headers).status_code == 200


def test_a_foreign_request_is_refused_before_any_session_is_read(
    tab: Browser, accounts: Accounts, ledger_file: LedgerFile
) -> None:
    tab.sign_in(accounts, "ana")
    ledger_file.lose("staff_sessions")

    assert send(tab, "POST", **FOREIGN[0]).status_code == 403
    assert send(tab, "POST", **SAME).status_code == 503
    assert heading(tab.get("/staff/trial/look")) == "The desk does not answer"


def test_a_session_that_has_ended_is_none(
    tab: Browser, accounts: Accounts, clock: Clock
) -> None:
    tab.sign_in(accounts, "ana")
    assert tab.get("/staff/trial/look").status_code == 200
    clock.seconds += 30 * 60

    assert tab.get("/staff/trial/look").status_code == 303


@pytest.mark.parametrize("name", ["staff", "session", "__Secure-staff"])
def test_only_the_cookie_that_no_other_host_can_set_counts(
    tab: Browser, accounts: Accounts, app: Flask, name: str
) -> None:
    tab.sign_in(accounts, "ana")
    other = Browser(app)
    secret = tab.cookie()
    assert secret
    other.plant(secret, name)

    assert other.get("/staff/trial/look").status_code == 303


def test_on_this_machine_alone_a_cookie_goes_without_encryption(
    settings: Settings, outside: Outside, parts: Parts, accounts: Accounts
) -> None:
    here = "http://127.0.0.1:8000"
    local = signing.with_provider(settings, accounts.url, PUBLIC_URL=here)
    client = accounts.app.memory.clients["desk"]
    accounts.app.memory.clients["desk"] = type(client)("desk", client.secret, here)
    tab = Browser(create_app(local, outside, parts), here)

    answer = tab.sign_in(accounts, "ana")

    (kept,) = [c for c in answer.headers.getlist("Set-Cookie") if c[:6] == "staff="]
    assert "Secure" not in kept
    assert "HttpOnly; Path=/; SameSite=Lax" in kept


def test_pages_of_the_desk_are_never_framed_kept_or_indexed(
    tab: Browser, accounts: Accounts
) -> None:
    tab.sign_in(accounts, "vera")
    pages: list[Callable[[], TestResponse]] = [
        lambda: tab.get("/staff/signed-out"),
        lambda: tab.get("/staff/callback"),
        lambda: tab.post("/staff/trial/data"),
        lambda: send(tab, "POST"),
    ]
    for open_page in pages:
        answer = open_page()
        faults = list(rules.header_faults(dict(answer.headers)))
        faults += rules.page_faults(rules.parse(answer.text))

        assert not faults, faults


@pytest.mark.parametrize("lang", ["ar", "de"])
def test_the_desk_speaks_english_whatever_is_asked_for(tab: Browser, lang: str) -> None:
    answer = tab.get(f"/staff/signed-out?lang={lang}", **{"Accept-Language": lang})

    assert '<html lang="en" dir="ltr"' in answer.text


def test_without_settings_there_is_no_desk(
    settings: Settings, outside: Outside, parts: Parts
) -> None:
    kept = {"oidc_issuer": None, "oidc_client_id": "", "oidc_client_secret": ""}
    app = create_app(settings.model_copy(update=kept), outside, parts)

    for path in ("", "/", "/signin", "/callback", "/signed-out", "/trail", "/x"):
        assert app.test_client().get(f"/staff{path}").status_code == 404
    for path in ("/signout", "/backchannel-logout", "/lookup"):
        assert app.test_client().post(f"/staff{path}").status_code == 404
