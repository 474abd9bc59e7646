"""While Courier is down or refuses the key, the page stays calm and true."""

import json

import pytest
from flask import Flask

from app.factory import Outside, create_app
from app.settings import Settings
from tests.conftest import Clock, Later
from tests.house.client import Visitor
from tests.peer import Peer

DOWN = pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "retry_after": "60"},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 408},
        {"kind": "reset"},
        {"kind": "not_json"},
        {"kind": "wrong_shape"},
        {"kind": "empty"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)


@DOWN
def test_without_a_catalog_the_page_says_what_is_wrong(
    visitor: Visitor, alice: str, peer: Peer, fault: dict[str, str]
) -> None:
    peer.switch(faults=[fault])

    page = visitor.open(alice)

    assert page.status == 503
    assert page.response.headers["Retry-After"] == "30"
    assert "For a•••@example.com" in page.text
    assert "We cannot show your choices at the moment" in page.text
    assert page.links["Try again"] == alice
    assert "What you can choose here" not in page.text


@DOWN
def test_with_a_catalog_it_shows_what_there_is_to_choose(
    visitor: Visitor, alice: str, peer: Peer, fault: dict[str, str]
) -> None:
    visitor.open(alice)
    peer.switch(faults=[fault])

    page = visitor.open(alice)

    assert page.status == 503
    assert "What you can choose here" in page.text
    assert "Mentions and replies" in page.text


@DOWN
@pytest.mark.parametrize("htmx", [True, False])
def test_a_change_that_did_not_arrive_is_put_back_and_can_be_tried_again(
    visitor: Visitor, alice: str, peer: Peer, fault: dict[str, object], htmx: bool
) -> None:
    page = visitor.open(alice)
    peer.switch(faults=[{**fault, "methods": ["PUT"]}])

    failed = visitor.change(page, "Due dates", htmx=htmx, channel=["email"])
    peer.mend()
    topic = failed.topic("Due dates")
    again = topic.buttons["Try again to save Due dates"]
    fields = {**topic.fields(), "again": again.get("value")}
    saved = visitor.send(page.topic("Due dates").action, fields, htmx=htmx)

    assert failed.status == 503
    assert all(topic.channels.values())
    assert topic.note == "We could not save Due dates just now. It is still on."
    assert saved.topic("Due dates").note == "Saved. Due dates now comes by: Email."


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_told_loudly_to_the_log_and_calmly_to_people(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visitor.open(alice)
    peer.fault(status=status)

    down = visitor.open(alice)
    failed = visitor.change(page, "Due dates", htmx=True, on=None)

    log = capsys.readouterr().out
    assert down.status == failed.status == 503
    assert "the people who can mend it have been told" in down.text
    assert "something is wrong on our side. It is still on." in failed.topic("").note
    assert "critical" in log
    assert "AccessDenied" in log
    assert str(status) not in down.text


def test_a_new_process_that_has_never_seen_the_catalog_refuses_kindly(
    visitor: Visitor, alice: str, peer: Peer, settings: Settings, outside: Outside
) -> None:
    form = visitor.open(alice).topic("Due dates")
    fresh = create_app(settings, outside)
    peer.fault(status=503)

    page = Visitor(fresh.test_client())
    fragment = page.send(form.action, form.fields(on=None), htmx=True)
    whole = page.send(form.action, form.fields(on=None))
    fresh.extensions["center"].close()

    assert fragment.status == whole.status == 503
    assert "We could not save this just now" in fragment.text
    assert fragment.response.headers["HX-Retarget"] == "#problem"
    assert "We cannot show your choices at the moment" in whole.text


def test_a_catalog_that_cannot_be_renewed_serves_for_a_day(
    visitor: Visitor, alice: str, peer: Peer, clock: Clock, later: Later
) -> None:
    visitor.open(alice)
    peer.fault(status=503, path="^/preferences/sections")

    clock.seconds += 23 * 3600
    stale = visitor.open(alice)
    later.run()
    clock.seconds += 2 * 3600
    too_old = visitor.open(alice)

    assert stale.status == 200
    assert too_old.status == 503


def test_health_is_told_apart_from_readiness(visitor: Visitor, peer: Peer) -> None:
    peer.fault(status=503)

    assert visitor.raw("GET", "/healthz").status_code == 200
    assert visitor.raw("GET", "/readyz").status_code == 503
    peer.mend()
    assert visitor.raw("GET", "/readyz").status_code == 200


def test_no_stack_trace_reaches_a_page_and_no_token_the_log(
    app: Flask, visitor: Visitor, alice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    center = app.extensions.pop("center")
    page = visitor.open(alice)
    app.extensions["center"] = center

    log = capsys.readouterr().out
    assert page.status == 500
    assert page.heading == "Something went wrong on our side"
    assert "Traceback" not in page.html
    assert "KeyError" in log
    assert "/p/<token>" in log
    assert alice.removeprefix("/p/") not in log


def test_the_front_page_says_where_a_link_is_found(visitor: Visitor) -> None:
    page = visitor.open("/")

    assert page.status == 200
    assert "Open the link in one of our emails" in page.text


def test_an_address_that_is_nowhere_is_a_kind_page(visitor: Visitor) -> None:
    page = visitor.open("/nowhere")

    assert page.status == 404
    assert page.heading == "There is nothing here"


def test_health_says_nothing_more(visitor: Visitor) -> None:
    assert json.loads(visitor.raw("GET", "/healthz").data) == {"status": "alive"}
