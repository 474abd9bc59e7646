"""What staff cannot do: turn on what is not theirs, act unrecorded, or too often."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.factory import create_app
from app.oidc.roles import agent
from app.parts import Outside, Parts
from app.preferences.choice import Door
from app.preferences.model import Recipient
from app.preferences.staff import Entry, Kind
from app.settings import Settings
from tests.conftest import ALICE, Clock, LedgerFile
from tests.house.client import Page, Visitor
from tests.peer import Peer
from tests.staff.conftest import ANA, Colleague, Hire, staffed

DUE, OFF = "Due dates", "Cash flow report"
Told = Callable[[Recipient], list[Entry]]
Hiring = Callable[[Flask], Hire]


def undo_of(page: Page) -> str:
    return page.form("Undo this").get("action") or ""


@pytest.mark.parametrize("everything", [True, False])
def test_what_the_recipient_left_as_well_no_undo_turns_on(
    amir: Colleague,
    visitor: Visitor,
    mint: Callable[..., str],
    peer: Peer,
    parts: Parts,
    topic_ids: dict[str, str],
    *,
    everything: bool,
) -> None:
    amir.change(amir.see(), DUE, on=None)
    undo = undo_of(amir.see())
    path = mint() if everything else mint(topic_id=topic_ids[DUE])
    visitor.raw("POST", path, data={"List-Unsubscribe": "One-Click"})

    amir.send(undo, {})

    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_OUT"
    last = next(c for c in parts.ledger.newest(ALICE) if c.topic_id == topic_ids[DUE])
    assert last.trace.door is Door.ONE_CLICK


def test_an_undo_cannot_be_undone(amir: Colleague, parts: Parts) -> None:
    amir.change(amir.see(), DUE, on=None)
    after = amir.send(undo_of(amir.see()), {})
    again = parts.ledger.history(ALICE)[0].reference

    assert "Undone." in after.text
    assert "Undo this" not in after.text
    assert amir.raw("POST", f"{amir.address()}/undo/{again}").status_code == 404


def test_an_act_cannot_be_undone_after_a_day(
    amir: Colleague, hire: Hire, parts: Parts, clock: Clock
) -> None:
    amir.change(amir.see(), DUE, on=None)
    undo = undo_of(amir.see())
    clock.seconds += 25 * 3600
    ana = hire(ANA)

    assert "Undo this" not in ana.see().text
    assert ana.raw("POST", undo).status_code == 404
    assert len(parts.ledger.history(ALICE)) == 1


def test_a_link_that_was_shown_turns_nothing_on(
    amir: Colleague, visitor: Visitor, peer: Peer, topic_ids: dict[str, str]
) -> None:
    form = amir.see().form("Make one and show it to me")
    shown = amir.send(form.get("action") or "", {})
    (link,) = [
        e.get("value") or "" for e in shown.tree.iter() if e.get("id") == "shown-link"
    ]
    page = visitor.open(link.removeprefix("http://localhost"))

    refused = visitor.change(page, OFF, on="1")

    assert refused.status == 403
    assert peer.topic("user-ada", topic_ids[OFF])["status"] == "OPTED_OUT"
    assert "can turn things off" in shown.text


def test_channels_are_more_as_well(amir: Colleague, parts: Parts) -> None:
    page = amir.see()
    ticked = page.topic("Mentions and replies").channels
    asked = amir.change(page, "Mentions and replies", channel=list(ticked))

    assert asked.status == 422
    assert "Legal basis" in asked.text
    assert parts.ledger.history(ALICE) == []


def test_what_cannot_be_recorded_is_not_done(
    amir: Colleague, peer: Peer, ledger_file: LedgerFile, topic_ids: dict[str, str]
) -> None:
    page = amir.see()
    ledger_file.spoil()
    after = amir.change(page, DUE, on=None)

    assert after.status == 503
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_IN"


def test_where_a_reason_is_asked_for_every_act_has_one(
    settings: Settings, outside: Outside, parts: Parts, hire_at: Hiring
) -> None:
    app = create_app(staffed(settings, STAFF_REASON_REQUIRED="true"), outside, parts)
    ana = hire_at(app)(ANA)
    address = ana.address()
    form = ana.see().topic(DUE)
    ana.send(form.action, form.fields(on=None, reason="T-1"))
    reference = parts.ledger.history(ALICE)[0].reference
    for act in (
        "links/mail",
        "links/show",
        "links/revoke",
        "export",
        f"undo/{reference}",
    ):
        for reason in ("", "  ", "\u200b\u2060"):
            answer = ana.raw("POST", f"{address}/{act}", data={"reason": reason})
            assert answer.status_code == 422, act
    erase = ana.raw("POST", f"{address}/erase", data={"sure": "1"})

    assert erase.status_code == 422
    assert len(parts.ledger.history(ALICE)) == 1


def test_a_mail_that_courier_did_not_take_is_told_as_not_sent(
    amir: Colleague, peer: Peer, entries: Told
) -> None:
    page = amir.see()
    peer.fault(status=503, path="/send")
    answer = amir.send(page.form("Mail them a fresh link").get("action") or "", {})

    assert answer.status == 503
    assert "no link was sent" in answer.text
    assert entries(ALICE)[0].kind is Kind.FAILED
    assert "The mail with a fresh link was not taken by Courier" in amir.see().text


def test_a_question_that_was_not_mailed_does_not_wait_for_an_answer(
    amir: Colleague, peer: Peer
) -> None:
    form = amir.see().topic(OFF)
    peer.fault(status=503, path="/send")
    basis = "The customer asked for it in writing"
    refused = amir.send(form.action, form.fields(on="1", basis=basis))

    assert refused.status == 503
    text = amir.see().text
    assert "The question to confirm was not mailed" in text
    assert "Nothing is changed until they answer." not in text


def test_nobody_is_mailed_more_than_three_times_an_hour(
    amir: Colleague, peer: Peer
) -> None:
    address = f"{amir.address()}/links/mail"
    statuses = [amir.raw("POST", address).status_code for _ in range(5)]

    assert statuses == [303, 303, 303, 429, 429]
    assert len(peer.mailed_links()) == 3


@pytest.mark.parametrize(
    ("more", "trusts", "email"),
    [
        ({"email_verified": True}, False, "ana@tidewell.example"),
        ({"email_verified": False}, True, ""),
        ({"email_verified": "true"}, True, ""),
        ({}, False, ""),
        ({}, True, "ana@tidewell.example"),
    ],
)
def test_an_address_counts_only_where_somebody_has_verified_it(
    more: dict[str, object], email: str, *, trusts: bool
) -> None:
    claims = {
        "sub": "7",
        "name": "Ana",
        "email": "ana@tidewell.example",
        "roles": "admin",
    }
    found = agent(
        {**claims, **more}, "roles", [("admin", "admin")], trusts_email=trusts
    )

    assert found.email == email
    assert found.actor == (email or "Ana (7)")


def test_erasing_leaves_nobody_to_be_seen(
    ana: Colleague, amir: Colleague, entries: Told
) -> None:
    page = amir.see()
    (news,) = [
        e.get("hx-get") or "" for e in page.tree.iter() if e.get("hx-target") == "#news"
    ]
    ana.send(f"{ana.address()}/erase", {"sure": "1"})
    amir.raw("GET", news, headers={"HX-Request": "true"})

    assert entries(ALICE) == []
