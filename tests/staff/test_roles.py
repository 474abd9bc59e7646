"""Every route of the desk, every method, every role: who may come and who may not.

A route that is not listed here fails, so that nobody adds one without saying whose.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.parts import Parts
from app.preferences.staff import RIGHTS, Right, Role
from tests.conftest import ALICE
from tests.staff.conftest import AMIR, ANA, SAME, VERA, Colleague, Hire

AGENTS = {Role.VIEWER: VERA, Role.AGENT: AMIR, Role.ADMIN: ANA}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
EVERYBODY, AGENTS_ON, ADMINS = "viewer agent admin", "agent admin", "admin"
OF = "/staff/recipients/<handle>"

GUARDED = {
    ("GET", "/staff/"): EVERYBODY,
    ("POST", "/staff/lookup"): EVERYBODY,
    ("GET", OF): EVERYBODY,
    ("GET", f"{OF}/news"): EVERYBODY,
    ("GET", f"{OF}/page"): EVERYBODY,
    ("POST", f"{OF}/reveal"): AGENTS_ON,
    ("POST", f"{OF}/topics/<path:topic_id>"): AGENTS_ON,
    ("GET", f"{OF}/off"): AGENTS_ON,
    ("POST", f"{OF}/off"): AGENTS_ON,
    ("POST", f"{OF}/undo/<reference>"): AGENTS_ON,
    ("POST", f"{OF}/links/mail"): AGENTS_ON,
    ("POST", f"{OF}/links/show"): AGENTS_ON,
    ("GET", f"{OF}/links/revoke"): AGENTS_ON,
    ("POST", f"{OF}/links/revoke"): AGENTS_ON,
    ("POST", f"{OF}/export"): ADMINS,
    ("GET", f"{OF}/erase"): ADMINS,
    ("POST", f"{OF}/erase"): ADMINS,
    ("GET", "/staff/trail"): AGENTS_ON,
    ("GET", "/staff/trail.csv"): ADMINS,
    ("GET", "/staff/trail.json"): ADMINS,
    ("GET", "/staff/health"): EVERYBODY,
    ("POST", "/staff/health/retry"): ADMINS,
    ("GET", "/staff/sessions"): ADMINS,
    ("POST", "/staff/sessions/<id_>/end"): ADMINS,
}
PUBLIC = {
    ("GET", "/staff/signin"),
    ("GET", "/staff/callback"),
    ("POST", "/staff/signout"),
    ("GET", "/staff/signed-out"),
    ("POST", "/staff/backchannel-logout"),
}


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/staff"):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule


def path(rule: str, colleague: Colleague) -> str:
    whole = rule.replace(OF, colleague.address(ALICE))
    for name in ("<path:topic_id>", "<reference>", "<id_>"):
        whole = whole.replace(name, "NONE")
    return whole


def test_every_route_says_whose_it_is(app: Flask) -> None:
    assert set(routes(app)) == GUARDED.keys() | PUBLIC


def test_roles_have_more_rights_from_step_to_step() -> None:
    viewer, agent, admin = (RIGHTS[role] for role in Role)

    assert viewer < agent < admin == frozenset(Right)


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_where_it_may_and_nowhere_else(hire: Hire, role: Role) -> None:
    for (method, rule), roles in GUARDED.items():
        colleague = hire(AGENTS[role])
        status = colleague.raw(method, path(rule, colleague)).status_code

        assert (status != 403) == (role in roles.split()), (method, rule)


def test_nobody_gets_anywhere_without_a_session(app: Flask, amir: Colleague) -> None:
    for method, rule in GUARDED:
        answer = app.test_client().open(path(rule, amir), method=method, headers=SAME)

        assert ALICE.user_id not in answer.text
        if rule.endswith("/news"):  # whose page stays where it is
            assert "Your session has ended." in answer.text
            continue
        assert answer.status_code == (303 if method == "GET" else 401), (method, rule)
        if method == "GET":
            assert answer.headers["Location"].startswith("/staff/signin?then=/staff/")


@pytest.mark.parametrize("role", Role)
def test_no_other_method_does_anything(hire: Hire, parts: Parts, role: Role) -> None:
    colleague, every = hire(AGENTS[role]), GUARDED.keys() | PUBLIC
    for rule in {rule for _, rule in every}:
        known = {m for m, r in every if r == rule} | {"OPTIONS"}
        known |= {"HEAD"} if "GET" in known else set()
        for method in set(METHODS) - known:
            answer = colleague.raw(method, path(rule, colleague))
            assert answer.status_code == 405, (method, rule)
    assert parts.ledger.history(ALICE) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_form_from_elsewhere_is_refused_before_anybody_is_asked_for(
    app: Flask, ana: Colleague, parts: Parts, headers: dict[str, str]
) -> None:
    for rule in {rule for method, rule in GUARDED if method == "POST"}:
        signed_in = ana.raw("POST", path(rule, ana), headers=headers)
        unknown = app.test_client().post(path(rule, ana), headers=headers)

        assert (signed_in.status_code, unknown.status_code) == (403, 403), rule
    assert parts.ledger.history(ALICE) == []


def test_a_handle_that_is_not_ours_opens_nobody(ana: Colleague) -> None:
    for handle in ("nonsense", "gAAAAABnonsense", "user-ada", "%2e%2e", "A" * 3000):
        assert ana.raw("GET", f"/staff/recipients/{handle}").status_code == 404


def test_staff_pages_are_never_framed_cached_or_indexed(ana: Colleague) -> None:
    answer: TestResponse = ana.raw("GET", ana.address())

    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
