"""In doubt, Courier is asked: no page says what it cannot know."""

import io
import logging
from collections.abc import Callable

import pytest
from flask import Flask

from app.factory import create_app
from app.parts import Parts
from app.serving.log import without_tokens
from app.settings import Settings
from tests.conftest import Clock, LedgerFile
from tests.house.client import Visitor
from tests.peer import Peer

PUTS = {"methods": ["PUT"]}


def writes(peer: Peer) -> list[str]:
    return [method for method, _, _ in peer.writes()]


@pytest.mark.parametrize("kind", ["not_json", "empty"])
def test_an_act_without_a_readable_answer_is_saved_where_courier_says_so(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], kind: str
) -> None:
    page = visitor.open(alice)
    peer.switch(faults=[{"kind": kind, "apply": True, **PUTS}])

    off = visitor.change(page, "Due dates", htmx=True, on=None)

    assert off.status == 200
    assert off.announced == "Saved. Due dates is now off."
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_an_act_that_was_lost_is_kept_and_sent_once_more(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
) -> None:
    page = visitor.open(alice)
    peer.switch(faults=[{"kind": "reset", "times": 1, **PUTS}])

    kept = visitor.change(page, "Due dates", htmx=True, on=None)
    deliver()

    assert kept.status == 202
    assert kept.announced.startswith("Kept. Due dates will be turned off as soon as")
    assert writes(peer) == ["PUT", "PUT"]
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


@pytest.mark.parametrize("applied", [True, False])
def test_where_nobody_can_say_what_became_of_an_act_it_is_kept_and_not_sent_twice(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
    applied: bool,
) -> None:
    page = visitor.open(alice)
    lost = {"kind": "reset", "apply": applied, **PUTS}
    peer.switch(faults=[lost, {"kind": "status", "status": 503, "methods": ["GET"]}])

    kept = visitor.change(page, "Cash flow report", htmx=True, on="1")
    peer.mend()
    deliver()

    assert kept.status == 202
    assert kept.topic("").is_on
    assert writes(peer) == ["PUT"] if applied else ["PUT", "PUT"]
    topic = peer.topic("user-ada", topic_ids["Cash flow report"])
    assert topic["status"] == "OPTED_IN"


def test_a_request_that_only_seems_to_have_arrived_is_feared_all_the_same(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    parts: Parts,
    clock: Clock,
) -> None:
    """Courier stood there before: the request may come yet, after a newer choice."""
    page = visitor.open(alice)
    path = f"/users/user-ada/preferences/{topic_ids['Due dates']}"
    off = {"status": "OPTED_OUT", "has_custom_routing": False, "custom_routing": []}
    peer.replace(path, {"topic": off})
    peer.switch(faults=[{"kind": "reset", "times": 1, **PUTS}])
    seems = visitor.change(page, "Due dates", htmx=True, on=None)
    action = page.topic("Due dates").action
    newer = visitor.send(action, seems.topic("").fields(on="1"), htmx=True)
    peer.replace(path, {"topic": off})  # it came
    clock.seconds += 3

    for choice in parts.delivery.due(9):
        parts.delivery.deliver(choice)

    assert seems.status == newer.status == 200
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_IN"


@pytest.mark.parametrize("applied", [True, False])
def test_without_a_ledger_in_doubt_nothing_is_claimed_and_nothing_is_lost(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    ledger_file: LedgerFile,
    applied: bool,
) -> None:
    """Turned on in doubt, then off again: whatever the truth was, it ends off.

    Until the ledger is back nothing newer is tried: the first could come after it.
    """
    name = "Cash flow report"
    page = visitor.open(alice)
    ledger_file.spoil()
    lost = {"kind": "reset", "apply": applied, **PUTS}
    peer.switch(faults=[lost, {"kind": "status", "status": 503, "methods": ["GET"]}])

    doubt = visitor.change(page, name, htmx=True, on="1")
    note = doubt.topic("").note
    again = doubt.topic("").buttons[f"Try again to save {name}"].get("value")
    peer.mend()
    fields = doubt.topic("").fields()
    told = visitor.send(page.topic(name).action, fields, htmx=True)

    assert doubt.status == 503
    assert note.startswith(f"We could not confirm that {name} was saved.")
    assert "still" not in note
    assert told.status == 503
    assert told.topic("").is_on is applied
    assert told.topic("").note.startswith(f"We could not confirm that {name} was")
    refused = visitor.send(
        page.topic(name).action, told.topic("").fields(on=None), htmx=True
    )
    assert refused.status == 503
    ledger_file.mend()
    saved = visitor.send(
        page.topic(name).action, {**told.topic("").fields(), "again": again}, htmx=True
    )
    assert peer.topic("user-ada", topic_ids[name])["status"] == "OPTED_IN"
    off = visitor.send(
        page.topic(name).action, saved.topic("").fields(on=None), htmx=True
    )
    assert off.announced == f"Saved. {name} is now off."


def test_nothing_to_save_is_said_only_of_what_courier_says(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    """Turned off on another device since this page was drawn."""
    page = visitor.open(alice)
    visitor.change(page, "Due dates", htmx=True, on=None)
    peer.requests()

    same = visitor.change(page, "Due dates", htmx=True)

    assert same.announced == "Nothing new to save: Due dates is off."
    assert not same.topic("").is_on
    assert writes(peer) == []


def test_an_old_page_changes_only_what_was_changed_on_it(
    visitor: Visitor, alice: str, peer: Peer, clock: Clock, topic_ids: dict[str, str]
) -> None:
    """Nobody is opted in again by unticking a channel on a page of this morning."""
    page = visitor.open(alice)
    visitor.change(page, "Due dates", htmx=True, on=None)
    clock.seconds += 601

    after = visitor.change(page, "Due dates", htmx=True, channel=["email"])

    assert not after.topic("").is_on
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_a_young_page_costs_no_extra_call(
    visitor: Visitor, alice: str, peer: Peer, clock: Clock
) -> None:
    page = visitor.open(alice)
    clock.seconds += 599
    visitor.open(alice)
    peer.requests()

    visitor.change(page, "Due dates", htmx=True, on=None)

    assert [method for method, _, _ in peer.requests()] == ["PUT"]


def test_a_body_that_was_cut_off_is_nobody_s_wish(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    """What is left of a form may still be a form, with fewer channels."""
    form = visitor.open(alice).topic("Due dates")
    state = form.fields()["state"]
    whole = f"state={state}&on=1&shown=email+push&channel=email&channel=push"
    cut = whole.removesuffix("&channel=push").encode()
    peer.requests()

    response = visitor.raw(
        "POST",
        form.action,
        input_stream=io.BytesIO(cut),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={
            "CONTENT_LENGTH": str(len(whole)),
            "wsgi.input_terminated": True,
        },
    )

    assert response.status_code == 400
    assert peer.requests() == []


def test_a_lock_is_not_missed_on_a_quiet_site(
    visitor: Visitor, alice: str, peer: Peer, clock: Clock, topic_ids: dict[str, str]
) -> None:
    """Nobody came for hours; the first who does sees the workspace of now."""
    visitor.open(alice)
    section = peer.sections()[1]["id"]
    path = f"/preferences/sections/{section}/topics/{topic_ids['Due dates']}"
    peer.replace(path, {"name": "Due dates", "default_status": "REQUIRED"})
    clock.seconds += 3600

    assert visitor.open(alice).topic("Due dates").is_locked


def test_no_redirect_ever_repeats_a_token(visitor: Visitor, alice: str) -> None:
    response = visitor.raw("GET", alice.replace("/p/", "/p//"))

    assert response.status_code == 404
    assert "Location" not in response.headers


def test_the_server_s_own_log_is_told_no_token() -> None:
    record = logging.LogRecord(
        "gunicorn.error",
        logging.WARNING,
        __file__,
        1,
        "Invalid HTTP request line: %r",
        ("GET /p/eyJ1.secret.token/topics/x?notice=1",),
        None,
    )

    assert without_tokens(record)
    assert record.getMessage() == (
        "Invalid HTTP request line: 'GET /p/…/topics/x?notice=1'"
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_site_served_safely_stays_so(settings: Settings, scheme: str) -> None:
    public_url = f"{scheme}://preferences.example"
    app = create_app(settings.model_copy(update={"public_url": public_url}))

    headers = app.test_client().get("/healthz").headers
    app.extensions["center"].close()

    assert ("Strict-Transport-Security" in headers) is (scheme == "https")


def test_two_slashes_in_an_id_are_two_slashes(app: Flask) -> None:
    assert app.url_map.merge_slashes is False


def test_a_channel_that_cannot_be_chosen_here_is_told(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    topic = {
        "status": "OPTED_IN",
        "has_custom_routing": True,
        "custom_routing": ["webhook"],
    }
    path = f"/users/user-ada/preferences/{topic_ids['Due dates']}"
    peer.replace(path, {"topic": topic})

    shown = visitor.open(alice).topic("Due dates")

    assert shown.is_on
    assert not any(shown.channels.values())
    assert "by a channel that cannot be chosen here" in shown.text


def test_an_odd_clock_time_or_channel_name_takes_no_page_down(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    """What Courier adds or writes otherwise one day is shown as well as may be."""
    page = visitor.open(alice)

    refused = visitor.change(page, "Due dates", htmx=True, channel=["ms-teams"])

    assert refused.status == 422
    assert peer.writes() == []
