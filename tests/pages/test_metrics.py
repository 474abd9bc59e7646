"""What is counted, and that no label ever names anybody."""

from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app.factory import create_app
from app.ledger.answers import Answers
from app.links import Links, Scope
from app.parts import Outside, Parts
from app.settings import Settings
from app.web import limits, metrics
from tests.asking import minted
from tests.conftest import ALICE, Clock, LedgerFile
from tests.house.client import HTMX, Visitor
from tests.peer import Peer

Number = Callable[..., float | None]


@pytest.fixture
def number(app: Flask) -> Number:
    """The value of a series now; None where there is no such series."""

    def number(name: str, **labels: str) -> float | None:
        return numbers(app).get((name, frozenset(labels.items())))

    return number


def told(app: Flask) -> str:
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return response.text


def numbers(app: Flask) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(told(app))
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, frozenset(s.labels.items())): s.value for s in samples}


def test_requests_are_counted_by_route_method_and_status(
    visitor: Visitor, alice: str, number: Number
) -> None:
    visitor.open(alice)
    visitor.open(alice)
    visitor.raw("GET", "/p/damaged")
    visitor.raw("DELETE", alice)

    page = {"method": "GET", "route": "/p/<token>"}
    assert number("http_requests_total", **page, status="200") == 2
    assert number("http_requests_total", **page, status="404") == 1
    gone = {"method": "DELETE", "route": "(none)", "status": "405"}
    assert number("http_requests_total", **gone) == 1
    assert number("http_request_seconds_count", **page) == 3
    assert number("http_request_seconds_bucket", **page, le="+Inf") == 3
    assert (number("http_request_seconds_sum", **page) or 0) > 0
    assert number("http_requests_in_flight") == 1, "its own"


def test_a_method_that_somebody_makes_up_is_no_label(
    app: Flask, visitor: Visitor, alice: str
) -> None:
    for method in ("LOOK", "BREW"):
        visitor.raw(method, alice)

    assert 'method="OTHER"' in told(app)
    assert "BREW" not in told(app)


@pytest.mark.parametrize(
    ("method", "headers", "kind"),
    [
        ("GET", {}, "open"),
        ("GET", {"Sec-Purpose": "prefetch"}, "prefetch"),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ("GET", {"Purpose": "prefetch"}, "prefetch"),
        ("GET", {"Purpose": "preview"}, "prefetch"),
        ("GET", {"X-Moz": "prefetch"}, "prefetch"),
        ("GET", {"Sec-Purpose": "something-new"}, "open"),
        ("HEAD", {}, "head"),
        ("OPTIONS", {}, "options"),
    ],
)
@pytest.mark.parametrize("scope", list(Scope))
def test_visits_are_told_from_what_a_scanner_does(
    visitor: Visitor,
    links: Links,
    number: Number,
    scope: Scope,
    method: str,
    headers: dict[str, str],
    kind: str,
) -> None:
    path = f"{scope.path}{minted(links, scope, ALICE)}"
    visitor.raw(method, path, headers=headers)
    assert number("link_visits_total", scope=scope.value, kind=kind) == 1


def test_a_page_that_asks_by_script_is_no_visit_nor_is_a_post(
    app: Flask, visitor: Visitor, alice: str
) -> None:
    visitor.raw("GET", f"{alice}/waiting", headers=HTMX)
    visitor.raw("POST", f"{alice}/undo/7F3K-22")
    visitor.raw("GET", "/healthz")
    assert "link_visits_total{" not in told(app)


def test_what_the_views_tell_is_counted(app: Flask, number: Number) -> None:
    with app.test_request_context():
        metrics.unsubscribed("one_click", "done")
        metrics.unsubscribed("one_click", "done")
        metrics.link_opened("preferences", "reduce")
        metrics.fresh_link_asked()

    told = {"door": "one_click", "outcome": "done"}
    assert number("unsubscribes_total", **told) == 2
    opened = {"scope": "preferences", "power": "reduce"}
    assert number("links_opened_total", **opened) == 1
    assert number("fresh_links_asked_total") == 1


def test_damaged_and_limited_are_counted(
    app: Flask, visitor: Visitor, number: Number
) -> None:
    for _ in range(62):
        visitor.raw("GET", "/p/damaged")
    with app.test_request_context():
        for _ in range(4):
            limits.may_mail("mark", "ada")

    assert number("links_damaged_total") == 62
    assert number("requests_limited_total", limit="damaged_of_address") == 2
    assert number("requests_limited_total", limit="mail_of_link") == 1
    assert number("requests_limited_total", limit="mail_of_user") == 1


def test_the_backlog_is_read_when_asked(
    peer: Peer, visitor: Visitor, alice: str, clock: Clock, number: Number
) -> None:
    page = visitor.open(alice)
    assert number("ledger_pending") == 0
    peer.fault("reset")
    visitor.change(page, "Mentions and replies", on=None)
    clock.seconds += 8 * 24 * 60 * 60

    assert number("ledger_pending") == 1
    assert number("ledger_oldest_seconds") == 8 * 24 * 60 * 60
    assert number("ledger_overdue") == 1


def test_without_the_ledger_the_rest_is_told(
    ledger_file: LedgerFile, number: Number
) -> None:
    ledger_file.lose()

    assert number("ledger_pending") is None
    assert number("http_requests_in_flight") == 1


def test_the_last_canary_is_told(parts: Parts, clock: Clock, number: Number) -> None:
    assert number("unsubscribe_canary_ok") is None
    kept = Answers(parts.database, clock)

    kept.keep("canary", '{"seconds": 1.5, "at": 1800000000, "ok": true}')
    assert number("unsubscribe_honored_seconds") == 1.5
    assert number("unsubscribe_canary_ok") == 1
    assert number("unsubscribe_canary_timestamp_seconds") == 1_800_000_000

    kept.keep("canary", '{"seconds": null, "at": 1800000060, "ok": false}')
    assert number("unsubscribe_honored_seconds") is None
    assert number("unsubscribe_canary_ok") == 0


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '"text"', "{}"])
def test_a_canary_that_nobody_understands_is_left_out(
    parts: Parts, clock: Clock, number: Number, body: str
) -> None:
    Answers(parts.database, clock).keep("canary", body)

    assert number("unsubscribe_canary_ok") is None
    assert number("ledger_pending") == 0


def test_each_app_counts_for_itself(
    app: Flask, settings: Settings, outside: Outside, parts: Parts, alice: str
) -> None:
    other = create_app(settings, outside, parts)
    Visitor(other.test_client()).open(alice)

    assert 'route="/p/<token>"' in told(other)
    assert 'route="/p/<token>"' not in told(app)


def test_no_label_names_anybody(
    app: Flask, visitor: Visitor, alice: str, bob: str, topic_ids: dict[str, str]
) -> None:
    for path in (alice, bob):
        page = visitor.open(path)
        visitor.change(page, "Mentions and replies", on=None)
        visitor.raw("GET", f"{path}/nowhere")
        visitor.raw("GET", f"{path}xyz")

    text = told(app)

    secrets = [path.rpartition("/")[2] for path in (alice, bob)]
    for secret in (*secrets, ALICE.user_id, "lin wei", "harbor", "127.0.0.1", "xyz"):
        assert secret not in text
    assert not [id_ for id_ in topic_ids.values() if id_ in text]
