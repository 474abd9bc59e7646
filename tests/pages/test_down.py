"""While Courier is down or refuses the key, the page stays calm and true."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from app.factory import create_app
from app.parts import Outside
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
def test_who_was_here_before_sees_what_was_last_known_and_that_it_is_old(
    visitor: Visitor, alice: str, peer: Peer, fault: dict[str, str]
) -> None:
    before = visitor.open(alice)
    peer.switch(faults=[fault])

    page = visitor.open(alice)

    assert page.status == 200
    assert page.standings == before.standings
    assert "We cannot see your choices just now." in page.text
    assert "on 15 January 2027, 08:00 UTC." in page.text


def test_of_a_stranger_nothing_is_claimed_and_leaving_is_possible(
    visitor: Visitor, alice: str, bob: str, peer: Peer
) -> None:
    visitor.open(alice)
    peer.fault(status=503)

    page = visitor.open(bob)

    assert page.status == 503
    assert "What you can choose here" in page.text
    assert "Mentions and replies" in page.text
    assert not page.names
    assert "Turn off everything optional" in page.text


@DOWN
@pytest.mark.parametrize("htmx", [True, False])
def test_a_change_that_did_not_arrive_is_kept_and_delivered(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
    fault: dict[str, object],
    htmx: bool,
) -> None:
    page = visitor.open(alice)
    peer.switch(faults=[{**fault, "methods": ["PUT"]}])

    kept = visitor.change(page, "Due dates", htmx=htmx, channel=["email"])
    reloaded = visitor.open(alice).topic("Due dates")
    peer.mend()
    deliver()
    delivered = visitor.open(alice).topic("Due dates")

    assert kept.status == (202 if htmx else 200)
    assert re.fullmatch(
        r"Kept\. As soon as possible Due dates will come by: Email\. "
        r"Reference [0-9A-Z]{4}-[0-9A-Z]{2}\.",
        kept.topic("Due dates").note,
    )
    assert reloaded.note.startswith("Kept. It will be delivered as soon as possible.")
    assert [name for name, on in reloaded.channels.items() if on] == ["email"]
    assert peer.topic("user-ada", topic_ids["Due dates"])["custom_routing"] == ["email"]
    assert delivered.channels == reloaded.channels
    assert delivered.note == ""


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_told_loudly_to_the_log_and_loses_nobody_s_choice(
    visitor: Visitor,
    alice: str,
    bob: str,
    peer: Peer,
    deliver: Callable[[], int],
    topic_ids: dict[str, str],
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visitor.open(alice)
    peer.fault(status=status)

    down = visitor.open(bob)
    kept = visitor.change(page, "Due dates", htmx=True, on=None)
    log = capsys.readouterr().out
    peer.mend()
    deliver()

    assert down.status == 503
    assert "the people who can mend it have been told" in down.text
    assert kept.status == 202
    assert "critical" in log
    assert "AccessDenied" in log
    assert str(status) not in down.text
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_a_new_process_that_has_never_seen_courier_keeps_a_choice(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    settings: Settings,
    outside: Outside,
    deliver: Callable[[], int],
    topic_ids: dict[str, str],
) -> None:
    """Started again during an outage: the ledger has the catalog too."""
    form = visitor.open(alice).topic("Due dates")
    fresh = create_app(settings, outside)
    peer.fault(status=503)

    kept = Visitor(fresh.test_client()).send(
        form.action, form.fields(on=None), htmx=True
    )
    fresh.extensions["center"].close()
    peer.mend()
    deliver()

    assert kept.status == 202
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_without_catalog_and_ledger_a_choice_is_refused_kindly(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    settings: Settings,
    outside: Outside,
    tmp_path: Path,
) -> None:
    form = visitor.open(alice).topic("Due dates")
    elsewhere = SecretStr(f"sqlite:///{tmp_path}/other.db")
    fresh = create_app(settings.model_copy(update={"database_url": elsewhere}), outside)
    peer.fault(status=503)

    page = Visitor(fresh.test_client())
    fragment = page.send(form.action, form.fields(on=None), htmx=True)
    whole = page.send(form.action, form.fields(on=None))
    fresh.extensions["center"].close()

    assert fragment.status == whole.status == 503
    assert "We could not save this just now" in fragment.text
    assert fragment.response.headers["HX-Retarget"] == "#problem"
    assert "We cannot show your choices at the moment" in whole.text


def test_leaving_is_kept_while_nobody_can_say_what_there_is(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    deliver: Callable[[], int],
    topic_ids: dict[str, str],
) -> None:
    peer.fault(status=503)
    down = visitor.open(alice)
    form = down.form("Turn off everything optional")

    kept = visitor.send(form.get("action") or "", {})
    peer.mend()
    deliver()
    page = visitor.open(alice)

    assert kept.status == 503
    assert "Kept. Everything that is optional will be turned off" in kept.notice
    assert "Turn off everything optional" not in kept.text
    assert page.summary.startswith("You get 2 of 15 topics.")
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"
    assert peer.topic("user-ada", topic_ids["Security alerts"])["status"] == "REQUIRED"


def test_leaving_unseen_can_be_undone_before_it_was_delivered(
    visitor: Visitor, alice: str, peer: Peer, deliver: Callable[[], int]
) -> None:
    before = visitor.open(alice).standings
    peer.fault(status=503)
    kept = visitor.send(f"{alice}/everything-off", {})
    undo = kept.form("Undo")

    undone = visitor.send(undo.get("action") or "", {})
    peer.mend()
    deliver()

    assert undone.status == 200
    assert visitor.open(alice).standings == before


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
