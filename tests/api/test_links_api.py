"""POST /api/links and /api/links/revoke: what a product's backend is promised."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask, Request
from pydantic import SecretStr
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.factory import create_app
from app.links import Links, Scope
from app.parts import Outside, Parts, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.web.api.keys import Keys
from app.web.api.problems import Problem
from app.web.bodies import LARGEST_OF_PROGRAMS
from app.web.limits import Kind
from bench.links import minting_takes, tokens_take
from tests.api.conftest import BILLING, SHOP, Backend, Json, body_of
from tests.conftest import Clock, Later, LedgerFile
from tests.peer import Peer

ROOT = Path(__file__).parent.parent.parent
LINKS, REVOKE = "/api/links", "/api/links/revoke"
ADA = {"user_id": "user-ada"}


def token(url: str, path: str) -> str:
    before = f"http://preferences.example{path}"
    assert url.startswith(before)
    return url.removeprefix(before)


def faults(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 422
    return {e["pointer"]: e["detail"] for e in body_of(answer)["errors"]}


# Minting


def test_links_come_in_the_order_of_the_recipients(
    backend: Backend, links: Links, clock: Clock
) -> None:
    wanted: list[Json] = [
        {"user_id": "user-ada", "label": "a•••@example.com", "topic_id": "T"},
        {"user_id": "lin wei/07", "tenant_id": "harbor-collective"},
        {"user_id": "user-ada", "tenant_id": None, "section_id": "S", "label": None},
    ]
    subjects = [Subject("T"), Subject(), Subject(None, "S")]
    made_links = backend.links(*wanted)

    for given, made, subject in zip(wanted, made_links, subjects, strict=True):
        recipient = Recipient(str(given["user_id"]), given.get("tenant_id"))
        assert made["user_id"] == recipient.user_id
        assert made["tenant_id"] == recipient.tenant_id
        page = token(made["preferences_url"], "/p/")
        link = links.read(Scope.PREFERENCES, page)
        assert (link.recipient, link.label) == (recipient, given.get("label"))
        assert link.minted_at.timestamp() == clock.seconds
        leave = links.read(Scope.UNSUBSCRIBE, token(made["unsubscribe_url"], "/u/"))
        assert (leave.recipient, leave.subject) == (recipient, subject)


def test_the_headers_are_those_of_rfc_8058(backend: Backend) -> None:
    (made,) = backend.links(ADA)

    assert made["headers"] == {
        "List-Unsubscribe": f"<{made['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert set(made) == {
        *("user_id", "tenant_id", "preferences_url", "unsubscribe_url", "headers")
    }


def test_a_link_for_an_iframe_is_there_where_it_was_wanted(
    backend: Backend, links: Links
) -> None:
    wanted = {**ADA, "with_embed": True, "language": "pt-BR", "all_tenants": True}
    made, other = backend.links({**wanted, "label": "A"}, {**ADA, "language": None})

    urls = (
        (Scope.EMBED, made["embed_url"]),
        (Scope.PREFERENCES, made["preferences_url"]),
    )
    for scope, url in urls:
        link = links.read(scope, token(url, scope.path))
        assert (link.recipient.language, link.label) == ("pt-BR", "A")
        assert link.has_all_tenants
    leave = links.read(Scope.UNSUBSCRIBE, token(made["unsubscribe_url"], "/u/"))
    assert leave.recipient.language == "pt-BR"
    assert not leave.has_all_tenants
    assert "embed_url" not in other
    link = links.read(Scope.PREFERENCES, token(other["preferences_url"], "/p/"))
    assert (link.recipient.language, link.has_all_tenants) == ("", False)


def test_a_language_is_a_tag(backend: Backend) -> None:
    for language in ("", "d", "de de", "de-", "x" * 36, 7):
        answer = backend.post(LINKS, {"recipients": [{**ADA, "language": language}]})
        assert set(faults(answer)) == {"/recipients/0/language"}


def test_a_minted_link_opens_the_page(backend: Backend, app: Flask) -> None:
    (made,) = backend.links(ADA)
    path = made["preferences_url"].removeprefix("http://preferences.example")

    assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize("privacy", ["signed", "encrypted"])
def test_a_thousand_cost_little_more_than_their_tokens(
    settings: Settings, privacy: str
) -> None:
    """The limit of 100 ms is `bench.links`'s: here others share the cores."""
    settings = settings.model_copy(update={"link_privacy": privacy})
    parts = create_parts(settings, Outside())
    app = create_app(settings, Outside(), parts)
    api, tokens = [], []
    for _ in range(15):
        api.append(minting_takes(app, BILLING))
        tokens.append(tokens_take(parts.access.links))
    parts.center.close()
    assert min(api) <= 2 * min(tokens)


def test_the_benchmark_tells_reading_and_minting_of_both_kinds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.links", "--rounds", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert all(re.search(r"median +[\d.]+ (us|ms) .* limit 100", li) for li in lines)


# Keys


@pytest.mark.parametrize(("key", "name"), [(BILLING, "billing"), (SHOP, "shop")])
def test_each_key_opens_and_only_its_name_is_logged(
    backend: Backend, key: str, name: str
) -> None:
    backend.key = key
    with capture_logs() as told:
        body = {"recipients": [{"user_id": "user-secret", "label": "s@example.com"}]}
        answer = backend.post(LINKS, body)
        assert backend.post(REVOKE, {"user_ids": ["user-secret"]}).status_code == 200

    assert answer.status_code == 200
    minted = next(line for line in told if line["event"] == "links_minted")
    assert (minted["key"], minted["recipients"]) == (name, 1)
    lines = json.dumps(told, default=str)
    for secret in (BILLING, SHOP, "user-secret", "s@example.com", "/p/", "/u/"):
        assert secret not in lines


@pytest.mark.parametrize("path", [LINKS, REVOKE])
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {BILLING[:-1]}",
        f"Bearer {BILLING}x",
        f"Bearer billing:{BILLING}",
        f"Bearer {BILLING} {SHOP}",
        f"Basic {BILLING}",
        BILLING,
        "Bearer é",
    ],
)
def test_nothing_else_opens(backend: Backend, path: str, header: str) -> None:
    with capture_logs() as told:
        answer = backend.send("POST", path, json={}, headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="')
    assert BILLING[:-1] not in json.dumps(told, default=str)


@pytest.mark.parametrize(("key", "name"), [(BILLING, "a"), (SHOP, "b"), ("x", None)])
def test_every_key_is_compared_whichever_is_right(key: str, name: str | None) -> None:
    compared = []

    def is_same(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    keys = Keys([SecretStr(f"a:{BILLING}"), SecretStr(f"b:{SHOP}")], is_same)
    asked = Request({"HTTP_AUTHORIZATION": f"Bearer {key}"})
    try:
        assert keys.holder(asked) == name
    except Problem:
        assert name is None
    assert compared == [(32, 32)] * 2


def test_without_keys_nobody_gets_in(settings: Settings, parts: Parts) -> None:
    bare = settings.model_copy(update={"link_api_keys": ()})
    backend = Backend(create_app(bare, None, parts))

    for key in (BILLING, "x"):
        backend.key = key
        answer = backend.post(LINKS, {"recipients": [ADA]})
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers


# Faults


def test_all_faults_are_told_at_once_with_pointers(backend: Backend) -> None:
    body = {
        "recipients": [
            ADA,
            {"user_id": ""},
            {"user_id": ".", "tenant_id": "..", "embed": True},
            {"user_id": "\ud800"},
            {},
            {"user_id": 7, "topic_id": "T", "section_id": "S", "label": ""},
            "user-ada",
            {"user_id": "日" * 700},
            {"user_id": "x" * 2000, "a/b~c": 1},
        ],
        "embed": True,
    }
    found = faults(backend.post(LINKS, body))

    assert set(found) == {
        "/recipients/1/user_id",
        "/recipients/2/user_id",
        "/recipients/2/tenant_id",
        "/recipients/2/embed",
        "/recipients/3/user_id",
        "/recipients/4/user_id",
        "/recipients/5/user_id",
        "/recipients/5/section_id",
        "/recipients/5/label",
        "/recipients/6",
        "/recipients/7",
        "/recipients/8/user_id",
        "/recipients/8/a~1b~0c",
        "/embed",
    }
    assert found["/recipients/1/user_id"] == "must not be empty"
    assert found["/recipients/2/user_id"] == "must not be . or .."
    assert found["/recipients/2/embed"] == "is not known"
    assert found["/recipients/3/user_id"] == "must be text that can be encoded"
    assert found["/recipients/4/user_id"] == "is required"
    assert found["/recipients/5/user_id"] == "must be a string"
    assert found["/recipients/5/section_id"].startswith("at most one of")
    assert found["/recipients/6"] == "must be an object"
    assert found["/recipients/7"] == "the ids are too long for a link"


@pytest.mark.parametrize("id_", ["", ".", "..", "\udfff", "x" * 1025, 7, None, ["x"]])
@pytest.mark.parametrize("field", ["user_id", "tenant_id", "topic_id", "section_id"])
def test_an_id_that_courier_cannot_be_asked_for_is_a_fault(
    backend: Backend, field: str, id_: object
) -> None:
    if id_ is None and field != "user_id":
        return
    answer = backend.post(LINKS, {"recipients": [{**ADA, field: id_}]})

    assert set(faults(answer)) == {f"/recipients/0/{field}"}
    if field == "user_id":
        answer = backend.post(REVOKE, {"user_ids": ["user-ada", id_]})
        assert set(faults(answer)) == {"/user_ids/1"}


@pytest.mark.parametrize(
    "id_", ["...", ".x", "..x", "x.", " ", "\n", ".\n", "\0", "a/b"]
)
def test_an_odd_id_is_none_the_less_an_id(
    backend: Backend, links: Links, id_: str
) -> None:
    (made,) = backend.links({"user_id": id_})
    page = token(made["preferences_url"], "/p/")

    assert links.read(Scope.PREFERENCES, page).recipient.user_id == id_


def test_what_is_too_long_only_for_one_of_both_links_is_a_fault(
    backend: Backend,
) -> None:
    """The label is only in one, the topic only in the other."""
    most = {"user_id": "日" * 400, "topic_id": "t"}
    assert backend.post(LINKS, {"recipients": [most]}).status_code == 200
    for more in ({"label": "日" * 120}, {"topic_id": "日" * 120}):
        found = faults(backend.post(LINKS, {"recipients": [{**most, **more}]}))
        assert set(found) == {"/recipients/0"}
    too_long = {"user_ids": ["日" * 600]}
    assert set(faults(backend.post(REVOKE, too_long))) == {"/user_ids/0"}


@pytest.mark.parametrize("path", [LINKS, REVOKE])
def test_a_thousand_at_most_and_one_at_least(backend: Backend, path: str) -> None:
    name, one = ("recipients", ADA) if path == LINKS else ("user_ids", "user-ada")
    assert backend.post(path, {name: [one] * 1000}).status_code == 200
    for number in (0, 1001):
        answer = backend.post(path, {name: [one] * number})
        assert set(faults(answer)) == {f"/{name}"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"recipients": NaN}', b"[" * 100_000, b"\xef\xbb\xbf{}"],
)
def test_what_is_no_json_is_400(backend: Backend, body: bytes) -> None:
    answer = backend.send("POST", LINKS, data=body, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("body", ["[]", "null", "7", '"x"', "true"])
def test_json_that_is_no_object_is_a_fault_of_the_whole(
    backend: Backend, body: str
) -> None:
    answer = backend.send("POST", LINKS, data=body, content_type="application/json")

    assert faults(answer) == {"": "must be an object"}


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_what_is_not_sent_as_json_is_415(backend: Backend, kind: str | None) -> None:
    data = json.dumps({"recipients": [ADA]})
    answer = backend.send("POST", LINKS, data=data, content_type=kind)

    assert answer.status_code == 415


def test_a_charset_is_no_other_type(backend: Backend) -> None:
    data = json.dumps({"recipients": [ADA]})
    kind = "application/json; charset=utf-8"

    assert backend.send("POST", LINKS, data=data, content_type=kind).status_code == 200


def test_a_body_of_a_mebibyte_is_read_and_no_longer_one(backend: Backend) -> None:
    body = json.dumps({"recipients": [ADA]})
    for length, status in ((LARGEST_OF_PROGRAMS, 200), (LARGEST_OF_PROGRAMS + 1, 413)):
        answer = backend.send(
            "POST", LINKS, data=body.ljust(length), content_type="application/json"
        )
        assert answer.status_code == status


def test_a_page_takes_no_larger_body_than_before(app: Flask, alice: str) -> None:
    answer = app.test_client().post(f"{alice}/t/x", data=b"x" * (64 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.mimetype == "text/html"


def test_a_body_that_was_cut_off_is_400(backend: Backend) -> None:
    answer = backend.send(
        "POST",
        LINKS,
        data=json.dumps({"recipients": [ADA]}),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "100"},
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [LINKS, REVOKE])
def test_another_method_is_405(backend: Backend, path: str, method: str) -> None:
    answer = backend.send(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/", "/api/link", "/api/links/", "/api/links/x"])
def test_an_address_that_does_not_exist_is_a_problem_too(
    backend: Backend, path: str
) -> None:
    assert backend.send("GET", path).status_code == 404


def test_what_is_unexpected_is_a_problem_and_only_the_log_knows_more(
    app: Flask, backend: Backend
) -> None:
    app.extensions["access"] = None
    with capture_logs() as told:
        answer = backend.post(LINKS, {"recipients": [ADA]})

    assert answer.status_code == 500
    assert "NoneType" not in answer.text
    assert [line for line in told if line["event"] == "unexpected"]


def test_a_key_that_asks_too_often_has_to_wait_and_another_has_not(
    app: Flask, backend: Backend
) -> None:
    limits = app.extensions["limits"]
    with app.test_request_context():
        while not limits.wait(Kind.API, "billing"):
            pass
    answer = backend.post(LINKS, {"recipients": [ADA]})
    backend.key = SHOP

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert backend.links(ADA)


# Revoking


def test_revoked_links_are_dead_and_each_owner_is_mailed_a_fresh_one(
    backend: Backend, app: Flask, links: Links, later: Later, peer: Peer
) -> None:
    client = app.test_client()
    old = {
        name: f"/p/{links.mint(Scope.PREFERENCES, Recipient(name))}" for name in "abc"
    }
    answer = backend.post(REVOKE, {"user_ids": ["a", "b", "a"]})

    assert answer.status_code == 200
    assert answer.json == {"revoked": ["a", "b"]}
    assert client.get(old["a"]).status_code != 200
    assert client.get(old["c"]).status_code == 200
    peer.requests()
    later.run()
    sent = [body for _, path, body in peer.writes() if path == "/send"]
    mails = [body["message"] for body in sent if body]
    assert [mail["to"] for mail in mails] == [{"user_id": "a"}, {"user_id": "b"}]
    for mail in mails:
        address = mail["data"]["preferences_url"]
        assert address in mail["content"]["body"]
        fresh = address.removeprefix("http://preferences.example")
        assert client.get(fresh).status_code == 200


def test_where_the_ledger_is_down_it_says_who_was_not_revoked(
    backend: Backend, later: Later, peer: Peer, ledger_file: LedgerFile
) -> None:
    ledger_file._run(  # noqa: SLF001  its own kind of fault
        "CREATE TRIGGER full BEFORE INSERT ON revocations "
        "WHEN (SELECT count(*) FROM revocations) >= 1 "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    answer = backend.post(REVOKE, {"user_ids": ["a", "b", "c"]})

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert body_of(answer)["revoked"] == ["a"]
    assert body_of(answer)["not_revoked"] == ["b", "c"]
    peer.requests()
    later.run()
    sent = [body for _, path, body in peer.writes() if path == "/send"]
    assert [body["message"]["to"]["user_id"] for body in sent if body] == ["a"]
