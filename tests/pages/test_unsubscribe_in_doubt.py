"""Unsubscribing while nobody can say how things stand: Courier silent, a catalog that
is out of date, a process that has just started."""

import pytest

from app.ledger.ledger import Ledger
from app.parts import Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Routing, Standing, Status
from app.preferences.rules import Change
from tests.conftest import ALICE, Clock
from tests.house.client import Visitor
from tests.pages.acts import (
    DUE,
    HOUR,
    MENTIONS,
    ONE_CLICK,
    REQUIRED,
    Elsewhere,
    Mint,
    Standings,
    Start,
    Work,
    brand_new,
    redefine,
    section,
)
from tests.peer import Peer


@pytest.fixture
def restarted(visitor: Visitor, alice: str, start: Start) -> Visitor:
    """In front of a process that knows the topics, and of Alice but her last choice."""
    visitor.change(visitor.open(alice), DUE, on=None)
    return start()


# Courier is silent


def test_what_a_page_turns_off_in_silence_loses_no_channel(
    restarted: Visitor,
    alice: str,
    peer: Peer,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    """The page shows what it knows; what was chosen elsewhere it does not know."""
    elsewhere(MENTIONS, "OPTED_IN", "sms")
    peer.fault()

    page = restarted.change(restarted.open(alice), MENTIONS, on=None)
    recover()

    assert page.topic(MENTIONS).note.startswith("Kept.")
    assert at_courier(MENTIONS) == ("OPTED_OUT", ["sms"])


def test_in_silence_nobody_is_told_to_be_unsubscribed_already(
    restarted: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    """By default it is off; she has turned it on, where we have not seen it."""
    research = "Invitations to research sessions"
    elsewhere(research, "OPTED_IN")
    peer.fault()

    answer = restarted.raw("POST", mint(topic_id=topic_ids[research]), data=ONE_CLICK)
    recover()

    assert answer.status_code == 200
    assert answer.text.startswith(f"You will be unsubscribed from {research}")
    assert at_courier(research) == ("OPTED_OUT", [])


def test_everything_off_of_long_ago_says_nothing_of_a_topic_made_since(
    visitor: Visitor,
    start: Start,
    mint: Mint,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
    clock: Clock,
) -> None:
    peer.fault()
    visitor.raw("POST", mint(), data=ONE_CLICK)
    recover()
    topic, clock.seconds = brand_new(peer), clock.seconds + 25 * HOUR
    later = start()
    peer.fault()

    answer = later.raw("POST", mint(topic_id=topic), data=ONE_CLICK)
    recover()

    assert answer.text.startswith("You will be unsubscribed from Brand new")
    assert at_courier(topic) == ("OPTED_OUT", [])


def test_an_undo_after_silence_turns_nothing_on_that_was_off(
    restarted: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    elsewhere(MENTIONS, "OPTED_OUT", "sms")
    link = mint(topic_id=topic_ids[MENTIONS])
    peer.fault()

    answer = restarted.raw("POST", link, data=ONE_CLICK)
    restarted.raw("POST", f"{link}/undo/{answer.headers['Choice-Reference']}")
    recover()

    assert at_courier(MENTIONS) == ("OPTED_OUT", ["sms"])


def test_an_undo_after_silence_by_an_old_link_turns_nothing_on_either(
    restarted: Visitor,
    old_alice: str,
    peer: Peer,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    """Its page shows what is only thought to be on."""
    elsewhere(MENTIONS, "OPTED_OUT", "sms")
    peer.fault()

    off = restarted.change(restarted.open(old_alice), MENTIONS, on=None)
    undo = off.topic(MENTIONS).buttons[f"Undo the last change of {MENTIONS}"]
    restarted.raw("POST", str(undo.get("formaction")))
    recover()

    assert at_courier(MENTIONS)[0] == "OPTED_OUT"


def test_the_routing_outlives_silence_a_retry_and_the_undo(
    restarted: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    elsewhere(MENTIONS, "OPTED_IN", "sms")
    link = mint(topic_id=topic_ids[MENTIONS])
    peer.fault()

    first, again = (restarted.raw("POST", link, data=ONE_CLICK) for _ in range(2))
    recover()
    off = at_courier(MENTIONS)
    restarted.raw("POST", f"{link}/undo/{again.headers['Choice-Reference']}")

    assert first.headers["Choice-Reference"] == again.headers["Choice-Reference"]
    assert off == ("OPTED_OUT", ["sms"])
    assert at_courier(MENTIONS) == ("OPTED_IN", ["sms"])


def test_what_was_required_yesterday_is_kept_and_turned_off_if_it_is_no_more(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
    peer: Peer,
    clock: Clock,
    at_courier: Standings,
    recover: Work,
) -> None:
    topic = topic_ids[REQUIRED]
    parts.center.is_ready()
    redefine(peer, "Account and security", topic, REQUIRED, "OPTED_IN")
    clock.seconds += 22 * HOUR
    peer.fault()

    answer = visitor.raw("POST", mint(topic_id=topic), data=ONE_CLICK)
    recover()

    assert answer.status_code == 200
    assert at_courier(REQUIRED)[0] == "OPTED_OUT"


# The catalog is out of date


@pytest.mark.parametrize("age", [50, 450])
def test_a_topic_that_is_younger_than_the_catalog_is_turned_off(
    visitor: Visitor,
    alice: str,
    mint: Mint,
    peer: Peer,
    clock: Clock,
    at_courier: Standings,
    age: float,
) -> None:
    visitor.open(alice)
    topic = brand_new(peer)
    clock.seconds += age

    answer = visitor.raw("POST", mint(topic_id=topic), data=ONE_CLICK)

    assert answer.text == "You have been unsubscribed from Brand new.\n"
    assert at_courier(topic)[0] == "OPTED_OUT"


def test_a_topic_that_is_younger_than_the_catalog_is_turned_off_after_silence(
    visitor: Visitor,
    mint: Mint,
    parts: Parts,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
) -> None:
    parts.center.is_ready()
    topic = brand_new(peer)
    peer.fault()

    answer = visitor.raw("POST", mint(topic_id=topic), data=ONE_CLICK)
    recover()

    assert answer.status_code == 200
    assert at_courier(topic)[0] == "OPTED_OUT"


@pytest.mark.parametrize("subject", ["topic", "section", "everything"])
def test_a_topic_that_is_gone_by_now_is_a_success_and_a_warning(
    visitor: Visitor,
    alice: str,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    capsys: pytest.CaptureFixture[str],
    subject: str,
) -> None:
    topic, of = topic_ids["Payment reminders"], section(peer, "Invoices and payments")
    ids = {"topic": {"topic_id": topic}, "section": {"section_id": of}}
    visitor.open(alice)
    peer.delete(f"/preferences/sections/{of}/topics/{topic}")

    answer = visitor.raw("POST", mint(**ids.get(subject, {})), data=ONE_CLICK)

    assert answer.status_code == 200
    assert not answer.text.startswith("We could not")
    assert "unsubscribed_from_unknown" in capsys.readouterr().out


def test_one_topic_that_became_required_does_not_spoil_the_rest(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    at_courier: Standings,
) -> None:
    visitor.open(mint())
    redefine(peer, "Projects", topic_ids[DUE], DUE, "REQUIRED")

    answer = visitor.raw("POST", mint(), data=ONE_CLICK)

    assert answer.status_code == 200
    assert answer.text == "You have been unsubscribed from everything optional.\n"
    assert at_courier(MENTIONS)[0] == "OPTED_OUT"


# An older request may still land


def test_what_is_off_is_turned_off_again_where_an_older_request_is_in_doubt(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
    clock: Clock,
    elsewhere: Elsewhere,
    at_courier: Standings,
    recover: Work,
) -> None:
    """On was sent, and nobody knows what became of it."""
    elsewhere(DUE, "OPTED_OUT")
    was = Standing(Status.OPTED_OUT, Status.OPTED_IN)
    on = Draft(topic_ids[DUE], DUE, was, Change(Status.OPTED_IN, Routing()))
    Ledger(parts.database, clock).doubt(ALICE, on, Trace(Door.PAGE))

    visitor.raw("POST", mint(topic_id=topic_ids[DUE]), data=ONE_CLICK)
    elsewhere(DUE, "OPTED_IN")
    recover()

    assert at_courier(DUE)[0] == "OPTED_OUT"
