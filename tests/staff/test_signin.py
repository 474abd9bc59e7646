"""Staff sign in by the provider and nobody else does, whoever tries what."""

import httpx
import pytest
from flask import Flask

from app.desk.entrance import Entrance
from app.factory import create_app
from app.ledger.sessions import Sessions
from app.parts import Outside, Parts
from app.preferences.staff import Agent, Kind, Role
from app.settings import Settings
from app.web.limits import Kind as Kinds
from tests import web
from tests.conftest import Clock, LedgerFile
from tests.staff import signing
from tests.staff.forging import ISSUER, Forger, sign
from tests.staff.signing import (
    DESK,
    OTHER,
    Accounts,
    Browser,
    asked,
    entries,
    heading,
)

accounts, app, tab = signing.accounts, signing.app, signing.tab
sessions, settings = signing.sessions, signing.settings


@pytest.mark.parametrize(
    ("person", "role"),
    [("vera", Role.VIEWER), ("amir", Role.AGENT), ("ana", Role.ADMIN)],
)
def test_each_of_the_three_signs_in_with_their_role(
    tab: Browser, accounts: Accounts, sessions: Sessions, person: str, role: Role
) -> None:
    answer = tab.sign_in(accounts, person)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/")
    session = sessions.find(tab.cookie())
    assert session
    assert session.agent.role is role
    assert session.agent.actor == f"{person}@tidewell.example"
    assert session.sid


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(
    tab: Browser, accounts: Accounts
) -> None:
    answer = tab.sign_in(accounts, "amir")

    begun, kept = sorted(answer.headers.getlist("Set-Cookie"))
    assert begun.startswith("__Host-signin=;")
    assert "Max-Age=0" in begun
    name, *attributes = kept.split("; ")
    assert name.startswith("__Host-staff=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_the_sign_in_asks_for_a_code_with_pkce_state_and_nonce(
    tab: Browser,
) -> None:
    one, other = asked(tab.start()), asked(tab.start())

    assert one["response_type"] == "code"
    assert one["redirect_uri"] == f"{DESK}/staff/callback"
    assert one["code_challenge_method"] == "S256"
    assert "openid" in one["scope"].split()
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) >= 43
        assert one[name] != other[name]


def test_after_the_sign_in_comes_the_page_that_was_asked_for(
    tab: Browser, accounts: Accounts
) -> None:
    then = "/staff/trail%3Fagent%3Dana%2540tidewell.example"

    answer = tab.sign_in(accounts, "amir", then)

    assert answer.headers["Location"] == "/staff/trail?agent=ana%40tidewell.example"


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/staff/..//evil.example",
        "/staff//evil.example",
        "/staff/\\evil.example",
        "/staff@evil.example",
        "/staffroom",
        "javascript:alert(1)",
        "/p/token",
        "/staff/%0d%0aSet-Cookie:a=b".replace("%", "%25") + "\r\nx",
        "/staff/signin",
        "/staff/signout",
        "/staff/" + "x" * 2000,
    ],
)
def test_a_sign_in_leads_nowhere_but_to_the_desk(
    tab: Browser, accounts: Accounts, then: str
) -> None:
    answer = tab.client.get("/staff/signin", base_url=DESK, query_string={"then": then})
    back = accounts.authorize(answer.headers["Location"], "amir")

    assert tab.come_back(back).headers["Location"] == "/staff/"


def test_signing_in_is_written_down(
    tab: Browser, accounts: Accounts, parts: Parts
) -> None:
    tab.sign_in(accounts, "amir")
    tab.post("/staff/signout")

    assert entries(parts) == [
        (Kind.SIGNED_IN, "amir@tidewell.example"),
        (Kind.SIGNED_OUT, "amir@tidewell.example"),
    ]


def test_who_cannot_be_written_down_is_not_let_in(
    tab: Browser, accounts: Accounts, ledger_file: LedgerFile
) -> None:
    url = tab.start()
    ledger_file.lose("staff_entries")

    answer = tab.come_back(accounts.authorize(url, "amir"))

    assert (answer.status_code, tab.cookie()) == (503, "")
    assert heading(answer) == "The desk does not answer"


def _refused(tab: Browser, path: str, status: int, words: str) -> None:
    answer = tab.get(path)

    assert (answer.status_code, heading(answer)) == (status, words)
    assert tab.cookie() == ""
    assert "/staff/signin" in answer.text


def test_an_answer_without_state_is_refused(tab: Browser, accounts: Accounts) -> None:
    back = asked(accounts.authorize(tab.start(), "amir"))

    _refused(tab, f"/staff/callback?code={back['code']}", 400, "This sign-in is over")


def test_an_answer_with_another_state_is_refused_and_spoils_nothing(
    tab: Browser, accounts: Accounts
) -> None:
    back = accounts.authorize(tab.start(), "amir")
    code = asked(back)["code"]

    forged = f"/staff/callback?code={code}&state=made-up"
    _refused(tab, forged, 400, "This sign-in is over")

    assert tab.come_back(back).status_code == 303


def test_a_browser_that_did_not_begin_is_not_signed_in(
    app: Flask, tab: Browser, accounts: Accounts
) -> None:
    """Else somebody could sign others in as themselves, and read what they do."""
    back = accounts.authorize(tab.start(), "amir").removeprefix(DESK)

    _refused(Browser(app), back, 400, "This sign-in is over")


def test_the_state_of_another_browser_is_refused(
    app: Flask, tab: Browser, accounts: Accounts
) -> None:
    victim = Browser(app)
    victim.start()
    back = accounts.authorize(tab.start(), "amir").removeprefix(DESK)

    _refused(victim, back, 400, "This sign-in is over")


def test_an_answer_is_good_once(tab: Browser, accounts: Accounts) -> None:
    start = tab.start()
    began = tab.cookie("__Host-signin")
    back = accounts.authorize(start, "amir")
    tab.come_back(back)
    tab.post("/staff/signout")
    tab.plant(began, "__Host-signin")

    _refused(tab, back.removeprefix(DESK), 400, "This sign-in is over")


def test_a_sign_in_that_took_too_long_is_over(
    tab: Browser, accounts: Accounts, clock: Clock
) -> None:
    url = tab.start()
    clock.seconds += 10 * 60
    back = accounts.authorize(url, "amir").removeprefix(DESK)

    _refused(tab, back, 400, "This sign-in is over")


def test_the_code_of_another_client_is_refused(
    tab: Browser, accounts: Accounts
) -> None:
    ours = asked(tab.start())
    theirs = f"{accounts.url}/authorize?" + "&".join(
        f"{name}={value}"
        for name, value in {
            **ours,
            "client_id": OTHER.client_id,
            "redirect_uri": OTHER.get_default_redirect_uri(),
            "scope": "openid",
        }.items()
    )
    code = asked(accounts.authorize(theirs, "amir"))["code"]
    path = f"/staff/callback?code={code}&state={ours['state']}&iss={accounts.url}"

    _refused(tab, path, 400, "This sign-in is over")


def test_a_code_that_somebody_else_asked_for_is_refused(
    app: Flask, tab: Browser, accounts: Accounts
) -> None:
    """The code of another sign-in, put into one's own: PKCE and nonce see it."""
    stolen = asked(accounts.authorize(Browser(app).start(), "ana"))["code"]
    state = asked(tab.start())["state"]
    path = f"/staff/callback?code={stolen}&state={state}&iss={accounts.url}"

    _refused(tab, path, 400, "This sign-in is over")


@pytest.mark.parametrize("issuer", ["", "&iss=https://evil.example"])
def test_an_answer_that_is_not_said_to_be_the_provider_s_is_refused(
    tab: Browser, accounts: Accounts, issuer: str
) -> None:
    back = asked(accounts.authorize(tab.start(), "amir"))
    path = f"/staff/callback?code={back['code']}&state={back['state']}{issuer}"

    _refused(tab, path, 502, "This sign-in cannot be trusted")


def test_who_does_not_want_to_sign_in_is_told_so(
    tab: Browser, accounts: Accounts
) -> None:
    back = accounts.authorize(tab.start(), "").removeprefix(DESK)

    _refused(tab, back, 403, "You were not signed in")


def test_a_planted_session_is_not_adopted(
    tab: Browser, accounts: Accounts, sessions: Sessions
) -> None:
    tab.plant("planted-by-somebody-else-who-knows-it")

    tab.sign_in(accounts, "amir")

    assert tab.cookie() != "planted-by-somebody-else-who-knows-it"
    assert sessions.find("planted-by-somebody-else-who-knows-it") is None


def test_each_sign_in_has_a_secret_of_its_own_and_ends_the_one_before(
    tab: Browser, accounts: Accounts, sessions: Sessions, parts: Parts
) -> None:
    tab.sign_in(accounts, "amir")
    before = tab.cookie()

    tab.sign_in(accounts, "ana")

    assert tab.cookie() != before
    assert sessions.find(before) is None
    assert [session.agent.name for session in sessions.all()] == ["Ana Ferreira"]
    assert entries(parts)[1:] == [
        (Kind.SIGNED_IN, "ana@tidewell.example"),
        (Kind.SIGNED_OUT, "amir@tidewell.example"),
    ]


def test_a_role_that_was_taken_away_is_in_no_session_any_more(
    app: Flask,
    settings: Settings,
    outside: Outside,
    parts: Parts,
    accounts: Accounts,
    sessions: Sessions,
) -> None:
    less = signing.with_provider(settings, accounts.url, OIDC_ROLES="viewer=agent")
    one, two, hers = Browser(app), Browser(app), Browser(app)
    for browser, person in ((one, "amir"), (two, "amir"), (hers, "ana")):
        browser.sign_in(accounts, person)
    assert sessions.find(one.cookie())
    later = Browser(create_app(less, outside, parts))

    later.sign_in(accounts, "amir")

    assert [sessions.find(b.cookie()) for b in (one, two)] == [None, None]
    assert sessions.find(hers.cookie())
    found = sessions.find(later.cookie())
    assert found
    assert found.agent.role is Role.VIEWER
    ended = (Kind.SIGNED_OUT, "amir@tidewell.example")
    assert entries(parts)[-2:] == [ended, ended]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/staff/callback?state=a&code=b"), ("POST", "/staff/backchannel-logout")],
)
def test_answers_that_nobody_gave_are_limited_by_address(
    app: Flask, tab: Browser, method: str, path: str
) -> None:
    limits = app.extensions["limits"]
    ask = tab.get if method == "GET" else tab.post
    assert ask(path).status_code == 400
    with app.test_request_context():
        while not limits.wait(Kinds.ANSWER, "127.0.0.1"):
            pass

    assert ask(path).status_code == 429


def test_a_sign_out_ends_nothing_that_began_after_it(
    settings: Settings, sessions: Sessions, clock: Clock, parts: Parts
) -> None:
    """Else whoever has seen one could repeat it, at another process."""
    forger = Forger(clock)
    amir = Agent("amir", "Amir Haddad", "", Role.AGENT)
    token = sign(forger.logout_claims(sid=None))
    before = sessions.open(amir, ISSUER, "", "")
    clock.seconds += 5 * 60
    after = sessions.open(amir, ISSUER, "", "")
    entrance = Entrance(forger.provider(settings), sessions, parts.trail.note, DESK)

    assert entrance.signed_out(token) == 1
    assert sessions.find(before) is None
    assert sessions.find(after)


def test_a_planted_sign_in_is_not_adopted(tab: Browser) -> None:
    tab.plant("planted", "__Host-signin")

    tab.start()

    assert tab.cookie("__Host-signin") not in ("", "planted")


def test_without_the_provider_a_page_says_so(
    settings: Settings, outside: Outside, parts: Parts
) -> None:
    nobody = signing.with_provider(settings, "http://127.0.0.1:9")
    tab = Browser(create_app(nobody, outside, parts))

    answer = tab.get("/staff/signin?then=/staff/trail")

    assert answer.status_code == 503
    assert heading(answer) == "The sign-in does not answer"
    assert "/staff/signin?then=/staff/trail" in answer.text


def test_without_the_database_a_page_says_so(
    tab: Browser, ledger_file: LedgerFile
) -> None:
    ledger_file.lose("staff_signins")

    answer = tab.get("/staff/signin")

    assert (answer.status_code, heading(answer)) == (503, "The desk does not answer")


def test_a_role_that_nobody_gave_is_no_way_in(
    settings: Settings, outside: Outside, parts: Parts, accounts: Accounts
) -> None:
    strict = signing.with_provider(settings, accounts.url, OIDC_ROLES="admin=admin")
    tab = Browser(create_app(strict, outside, parts))

    answer = tab.sign_in(accounts, "amir")

    assert answer.status_code == 403
    assert heading(answer) == "You have no role at this desk"
    assert tab.cookie() == ""


def test_signing_out_ends_the_session_here_and_leads_to_the_provider(
    tab: Browser, accounts: Accounts, sessions: Sessions
) -> None:
    tab.sign_in(accounts, "amir")
    secret = tab.cookie()

    answer = tab.post("/staff/signout")

    assert (answer.status_code, heading(answer)) == (200, "You are signed out")
    assert (tab.cookie(), sessions.find(secret)) == ("", None)
    assert f'content="0;url={accounts.url}/end_session?' in answer.text
    tab.plant(secret)
    assert tab.post("/staff/signout").text.count("end_session") == 0


def test_the_provider_ends_its_session_too_and_leads_back(
    tab: Browser, accounts: Accounts
) -> None:
    tab.sign_in(accounts, "amir")
    page = tab.post("/staff/signout").text
    onward = page.partition("0;url=")[2].partition('"')[0].replace("&amp;", "&")

    answer = web.get(onward)

    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"] == f"{DESK}/staff/signed-out"
    assert not accounts.app.memory.signed_in
    assert tab.get("/staff/signed-out").status_code == 200


def test_signing_out_without_a_session_is_no_fault(tab: Browser) -> None:
    assert heading(tab.post("/staff/signout")) == "You are signed out"


def test_who_is_signed_out_at_the_provider_is_signed_out_here(
    app: Flask,
    tab: Browser,
    accounts: Accounts,
    sessions: Sessions,
    parts: Parts,
) -> None:
    tab.sign_in(accounts, "amir")
    other = Browser(app)
    other.sign_in(accounts, "ana")
    accounts.app.transport = httpx.WSGITransport(app)

    accounts.sign_out("amir")

    assert sessions.find(tab.cookie()) is None
    assert sessions.find(other.cookie())
    assert entries(parts)[-1] == (Kind.SIGNED_OUT, "amir@tidewell.example")


def test_a_sign_out_that_nobody_signed_is_refused(
    tab: Browser, accounts: Accounts, sessions: Sessions
) -> None:
    tab.sign_in(accounts, "amir")

    answer = tab.post("/staff/backchannel-logout", {"logout_token": "a.b.c"})

    assert answer.status_code == 400
    assert answer.json == {
        "error": "invalid_request",
        "error_description": "untrusted",
    }
    assert sessions.find(tab.cookie())


def test_the_form_that_signs_out_is_only_believed_from_our_pages(
    tab: Browser, accounts: Accounts, sessions: Sessions
) -> None:
    tab.sign_in(accounts, "amir")

    answer = tab.post("/staff/signout", {}, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert sessions.find(tab.cookie())
