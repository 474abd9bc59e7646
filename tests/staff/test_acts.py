"""Staff act for somebody: less at once, more with a basis, never over others' heads."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.factory import create_app
from app.parts import Outside, Parts
from app.preferences.choice import Choice, Door
from app.preferences.model import Recipient
from app.preferences.staff import Entry, Kind
from app.settings import Settings
from tests.conftest import ALICE
from tests.house.client import Page, Visitor
from tests.peer import Peer
from tests.staff.conftest import AMIR, ANA, Colleague, Hire, staffed

DUE, OFF, NEWS = "Due dates", "Cash flow report", "Mentions and replies"
BASIS = "The customer asked for it in writing"
Told = Callable[[Recipient], list[Entry]]


def newest(parts: Parts) -> Choice:
    return parts.ledger.history(ALICE)[0]


@pytest.mark.parametrize("htmx", [True, False])
def test_turning_off_is_done_at_once_and_says_who_did_it_and_why(
    amir: Colleague, parts: Parts, peer: Peer, topic_ids: dict[str, str], *, htmx: bool
) -> None:
    page = amir.see()
    after = amir.change(page, DUE, htmx=htmx, on=None, reason="TICKET-7")

    assert after.status == 200
    assert "Due dates is now off" in after.text
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_OUT"
    choice = newest(parts)
    assert (choice.trace.door, choice.trace.actor) == (Door.STAFF, AMIR.actor)
    assert choice.trace.reason == "TICKET-7"


def test_the_timeline_tells_it_and_takes_it_back(
    amir: Colleague, peer: Peer, topic_ids: dict[str, str]
) -> None:
    amir.change(amir.see(), DUE, on=None, reason="TICKET-7")
    page = amir.see()

    assert "Own choice, on 15 January 2027" in page.text
    assert "At this desk by amir@tidewell.example" in page.text
    assert "Reason: TICKET-7." in page.text
    after = amir.send(page.form("Undo this").get("action") or "", {})
    assert "Undone. 1 topic is as it was before." in after.text
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_IN"


@pytest.mark.parametrize("htmx", [True, False])
def test_turning_on_asks_for_a_legal_basis_first(
    amir: Colleague, peer: Peer, parts: Parts, *, htmx: bool
) -> None:
    page = amir.see()
    peer.requests()
    asked = amir.change(page, OFF, htmx=htmx, on="1")

    assert asked.status == 422
    assert "Choose the legal basis" in asked.text
    assert BASIS in asked.text
    assert peer.writes() == []
    assert parts.ledger.history(ALICE) == []


def confirmed(colleague: Colleague, **more: str) -> Page:
    """What comes of filling in what is asked before something is turned on."""
    asked = colleague.change(colleague.see(), OFF, on="1")
    form = asked.form("Ask them to confirm Cash flow report")
    fields = {i.get("name", ""): i.get("value") for i in form.iter() if i.get("name")}
    given = {"basis": BASIS, "reason": "TICKET-8"} | more
    return colleague.send(form.get("action") or "", {**fields, **given})


def test_what_is_turned_on_is_mailed_to_the_recipient_to_confirm(
    amir: Colleague, peer: Peer, parts: Parts, entries: Told
) -> None:
    after = confirmed(amir)

    assert "was mailed a link to confirm. Nothing is changed." in after.text
    assert "Nothing is changed until they answer." in after.text
    assert parts.ledger.history(ALICE) == []
    (asked,) = [e for e in entries(ALICE) if e.kind is Kind.ASKED]
    assert (asked.actor, asked.basis, asked.reason) == (AMIR.actor, BASIS, "TICKET-8")
    (link,) = peer.mailed_links()
    assert "/c/" in link


def test_the_recipient_confirms_and_the_desk_sees_it(
    amir: Colleague,
    visitor: Visitor,
    peer: Peer,
    entries: Told,
    topic_ids: dict[str, str],
) -> None:
    confirmed(amir)
    (link,) = peer.mailed_links()
    path = urlsplit(link).path
    assert visitor.open(path).status == 200
    assert peer.topic("user-ada", topic_ids[OFF])["status"] == "OPTED_OUT"

    visitor.send(path, {"answer": "yes"})

    assert peer.topic("user-ada", topic_ids[OFF])["status"] == "OPTED_IN"
    assert Kind.CONFIRMED in [e.kind for e in entries(ALICE)]
    page = amir.see()
    assert "The recipient confirmed" in page.text
    assert "Nothing is changed until they answer." not in page.text


def test_a_basis_that_is_not_on_the_list_is_refused(
    amir: Colleague, parts: Parts
) -> None:
    page = amir.see()
    form = page.topic(OFF)
    fields = form.fields(on="1", basis="Because I say so")

    assert amir.send(form.action, fields).status == 400
    assert parts.ledger.history(ALICE) == []


def test_without_confirmation_a_basis_turns_it_on_at_once(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    peer: Peer,
    topic_ids: dict[str, str],
    hire_at: Callable[[Flask], Hire],
) -> None:
    app = create_app(staffed(settings, STAFF_CONFIRM="false"), outside, parts)
    amir = hire_at(app)(AMIR)
    form = amir.see().topic(OFF)
    after = amir.send(form.action, form.fields(on="1", basis=BASIS))

    assert "Cash flow report is now on" in after.text
    assert peer.topic("user-ada", topic_ids[OFF])["status"] == "OPTED_IN"
    assert newest(parts).trace.reason == f"Legal basis: {BASIS}"


def test_where_a_reason_is_required_nothing_is_done_without_one(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    hire_at: Callable[[Flask], Hire],
) -> None:
    app = create_app(staffed(settings, STAFF_REASON_REQUIRED="true"), outside, parts)
    amir = hire_at(app)(AMIR)
    asked = amir.change(amir.see(), DUE, on=None)

    assert asked.status == 422
    assert "give a reason or a ticket first" in asked.text
    assert parts.ledger.history(ALICE) == []
    form = asked.form("Change Due dates")
    fields = {i.get("name", ""): i.get("value") for i in form.iter() if i.get("name")}
    after = amir.send(form.get("action") or "", {**fields, "reason": "TICKET-9"})
    assert "Due dates is now off" in after.text
    assert newest(parts).trace.reason == "TICKET-9"


@pytest.mark.parametrize("htmx", [True, False])
def test_nobody_overwrites_what_a_colleague_has_changed_meanwhile(
    amir: Colleague, ana: Colleague, parts: Parts, *, htmx: bool
) -> None:
    page = amir.see()
    ana.change(ana.see(), DUE, channel=["email"])
    after = amir.change(page, DUE, htmx=htmx, on=None)

    assert after.status == 409
    assert f"meanwhile by {ANA.actor}" in after.text
    assert [c.trace.actor for c in parts.ledger.history(ALICE)] == [ANA.actor]
    again = amir.change(after if not htmx else amir.see(), DUE, on=None)
    assert "Due dates is now off" in again.text


def test_colleagues_see_each_others_changes(amir: Colleague, ana: Colleague) -> None:
    page = amir.see()
    (news,) = [
        e.get("hx-get") for e in page.tree.iter() if e.get("hx-target") == "#news"
    ]
    assert news
    quiet = amir.raw("GET", news, headers={"HX-Request": "true"})
    assert (quiet.status_code, quiet.data) == (204, b"")

    ana.change(ana.see(), DUE, on=None)

    told = amir.open(news, **{"HX-Request": "true"})
    assert "Due dates was turned off" in told.text
    assert ANA.actor in told.text
    own = ana.open(news, **{"HX-Request": "true"})
    assert "Due dates" not in own.text


def test_everything_optional_is_turned_off_after_it_was_listed(
    amir: Colleague, parts: Parts
) -> None:
    ask = amir.open(amir.see().links["Turn off everything optional"])
    assert "This will stop" in ask.text
    form = ask.form("Turn off")
    topics = [
        i.get("value")
        for i in form.iter()
        if i.get("name") == "topic" and i.get("value")
    ]
    after = amir.send(form.get("action") or "", {"topic": topics, "reason": "T-1"})

    assert f"{len(topics)} topics were turned off" in after.text
    choices = parts.ledger.history(ALICE)
    assert {c.trace.reason for c in choices} == {"T-1"}
    assert len({c.reference for c in choices}) == 1
    assert len(choices) == len(topics)


def test_staff_cannot_undo_what_the_recipient_chose(
    amir: Colleague, visitor: Visitor, alice: str, parts: Parts
) -> None:
    visitor.change(visitor.open(alice), DUE, on=None)
    page = amir.see()
    reference = newest(parts).reference
    undo = amir.address() + f"/undo/{reference}"

    assert "Undo this" not in page.text
    assert amir.raw("POST", undo).status_code == 404
    assert len(parts.ledger.history(ALICE)) == 1


def test_a_required_topic_stays(amir: Colleague, parts: Parts) -> None:
    after = amir.change(amir.see(), "Security alerts", on=None)

    assert after.status == 409
    assert "is required, so it cannot be turned off" in after.text
    assert parts.ledger.history(ALICE) == []


def test_while_courier_is_down_what_is_turned_off_is_kept(
    amir: Colleague, peer: Peer, parts: Parts
) -> None:
    page = amir.see()
    peer.fault(status=503)
    after = amir.change(page, DUE, htmx=True, on=None)

    assert after.status == 202
    assert "Kept." in after.text
    assert newest(parts).trace.actor == AMIR.actor


def test_a_form_of_another_agent_is_worthless(
    amir: Colleague, ana: Colleague, parts: Parts
) -> None:
    form = amir.see().topic(DUE)

    assert ana.send(form.action, form.fields(on=None)).status == 400
    assert parts.ledger.history(ALICE) == []


def test_the_question_is_in_the_recipients_language(
    amir: Colleague, visitor: Visitor, peer: Peer
) -> None:
    noor = Recipient("user-noor")
    off = next(n for n, on, *_ in amir.see(noor).standings if not on)
    form = amir.see(noor).topic(off)
    amir.send(form.action, form.fields(on="1", basis=BASIS))
    (link,) = peer.mailed_links()
    page = visitor.open(urlsplit(link).path)

    assert page.tree.get("lang") == "ar"
    assert "noor.haddad" not in page.html
    assert "n•••@example.com" in page.text


def test_the_why_of_an_act_is_told_by_the_same_rule_at_once(amir: Colleague) -> None:
    off = amir.change(amir.see(), DUE, htmx=True, on=None)
    assert "at this desk by amir@tidewell.example" in off.announced
    buttons = [e for e in off.tree.iter() if "/undo/" in (e.get("hx-post") or "")]
    undone = amir.send(buttons[0].get("hx-post") or "", {}, htmx=True)

    assert "Default of the workspace." in undone.announced
    assert "Own choice" not in undone.announced
