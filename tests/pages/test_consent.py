"""What staff would turn on for somebody is asked of that person, and done by a yes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from app.courier.errors import CourierError
from app.ledger.trail import Trail
from app.links import DAY, Links, Scope
from app.outcome import Shown
from app.parts import Parts
from app.preferences.asking import Asking
from app.preferences.choice import Choice, Door, State
from app.preferences.model import Channel, Preference, Recipient, Status
from app.preferences.rules import Wish
from app.preferences.staff import Entry, Kind
from tests.asking import NEWS
from tests.conftest import ALICE, BOB, Clock, Later, LedgerFile
from tests.house.client import Page, Visitor
from tests.pages.acts import DUE, REQUIRED, Elsewhere, Standings, Work, submit
from tests.peer import Peer

BASIS = "The customer asked for it in writing"
YES, NO = {"answer": "yes"}, {"answer": "no"}
Ask = Callable[..., str]
Look = Callable[..., Preference]


@pytest.fixture
def trail(parts: Parts, clock: Clock) -> Trail:
    return Trail(parts.database, clock)


@pytest.fixture
def look(parts: Parts, topic_ids: dict[str, str]) -> Look:
    """A topic as staff see it."""

    def look(name: str, recipient: Recipient = ALICE) -> Preference:
        shown = parts.center.show(recipient)
        assert isinstance(shown, Shown)
        found = shown.preferences.find(topic_ids[name])
        assert found
        return found

    return look


@pytest.fixture
def off(elsewhere: Elsewhere) -> Work:
    """Alice has turned the due dates off, with no channels of her own."""
    return lambda: elsewhere(DUE, "OPTED_OUT")


@pytest.fixture
def ask(links: Links, look: Look) -> Ask:
    """A path that asks Alice, about due dates where nothing else is said."""

    def ask(
        *channels: str,
        name: str = DUE,
        schedule: str | None = None,
        days: float = 0,
        recipient: Recipient = ALICE,
        **changes: Any,  # noqa: ANN401
    ) -> str:
        wanted = frozenset(map(Channel, channels))
        wish = Wish(True, wanted, wanted, schedule)
        asking = Asking.of(look(name, recipient), wish, BASIS, 42)
        asking = replace(asking, **changes)
        token = links.ahead(-days * DAY).mint(Scope.CONFIRM, recipient, asking=asking)
        return f"/c/{token}"

    return ask


def answers(trail: Trail) -> list[Entry]:
    """What was noted of the answers, oldest first."""
    kinds = {Kind.CONFIRMED, Kind.DECLINED}
    return [e for e in reversed(trail.of(ALICE.user_id)) if e.kind in kinds]


def choices(parts: Parts) -> list[Choice]:
    return parts.evidence.choices_of(ALICE.user_id)


def sent(peer: Peer) -> list[dict[str, Any]]:
    """What Courier was asked to send since the last look."""
    return [body["message"] for _, path, body in peer.requests() if path == "/send"]  # type: ignore[index]


def writes(peer: Peer) -> list[str]:
    return [path for method, path, _ in peer.requests() if method != "GET"]


# The question


def test_it_says_who_asks_what_would_change_and_why_and_changes_nothing(
    visitor: Visitor, ask: Ask, off: Work, peer: Peer, parts: Parts, trail: Trail
) -> None:
    off()
    path = ask()
    peer.requests()

    page = visitor.open(path)

    assert (page.status, page.heading) == (200, "Turn on Due dates?")
    assert "The support of Tidewell would like to do this for you" in page.text
    assert "<dt>Now</dt><dd>Off.</dd>" in page.html
    assert "<dt>If you say yes</dt><dd>On, by: Email" in page.html
    assert f'<dt>Their reason</dt><dd dir="auto">{BASIS}</dd>' in page.html
    assert "Nothing changes unless you say yes." in page.text
    assert page.form("Turn it on") is not None
    assert page.form("No, leave it as it is") is not None
    assert not writes(peer)
    assert not choices(parts)
    assert not answers(trail)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whoever_only_looks_changes_nothing(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    parts: Parts,
    trail: Trail,
    method: str,
) -> None:
    off()
    visitor.raw(method, ask(), query_string=YES)

    assert not choices(parts)
    assert not answers(trail)


def test_it_does_not_lead_to_the_other_preferences(
    visitor: Visitor, ask: Ask, off: Work, links: Links
) -> None:
    off()
    path = ask()
    page = visitor.open(path)

    assert "/p/" not in page.html
    assert page.form("Email me a fresh link") is not None
    assert visitor.raw("GET", path.replace("/c/", "/p/")).status_code == 404
    assert visitor.raw("GET", f"{path}/history").status_code == 404
    prefs = f"/c/{links.mint(Scope.PREFERENCES, ALICE)}"
    assert visitor.raw("POST", prefs, data=YES).status_code == 404


def test_more_channels_are_asked_about_as_such(
    visitor: Visitor, ask: Ask, elsewhere: Elsewhere
) -> None:
    elsewhere(DUE, "OPTED_IN", "email")
    page = visitor.open(ask("email", "sms"))

    assert page.heading == "Change how Due dates reaches you?"
    assert "<dd>On, by: Email.</dd>" in page.html
    assert "<dd>On, by: Email and SMS.</dd>" in page.html
    assert page.form("Change it") is not None


def test_what_courier_says_by_now_is_shown(
    visitor: Visitor, ask: Ask, off: Work, elsewhere: Elsewhere
) -> None:
    off()
    path = ask()
    elsewhere(DUE, "OPTED_IN")

    page = visitor.open(path)

    assert page.heading == "Due dates is on"
    assert "It is so already, so nothing has to be changed." in page.text
    assert "Turn it on" not in page.text


def test_a_language_and_a_theme_are_repeated(
    visitor: Visitor, ask: Ask, off: Work
) -> None:
    off()
    page = visitor.open(f"{ask()}?lang=de&theme=dark")

    assert page.tree.get("lang") == "de"
    assert page.tree.get("data-theme") == "dark"
    assert "lang=de" in page.html.partition("<form")[2]
    assert "lang=en" in page.html or 'lang="en"' in page.html
    done = submit(visitor, page, "Einschalten")
    assert done.tree.get("lang") == "de"


# A yes


def test_a_yes_turns_it_on_and_is_noted_with_what_it_answers(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    at_courier: Standings,
    parts: Parts,
    trail: Trail,
) -> None:
    off()
    page = visitor.open(ask())

    done = submit(visitor, page, "Turn it on")

    assert (done.status, done.heading) == (200, "Due dates is on")
    assert "You have said yes." in done.text
    assert at_courier(DUE)[0] == "OPTED_IN"
    (choice,) = choices(parts)
    assert (choice.trace.door, choice.trace.actor) == (Door.PAGE, None)
    assert choice.trace.reason == "confirmed: asked by support"
    (entry,) = answers(trail)
    assert (entry.kind, entry.actor, entry.recipient) == (
        Kind.CONFIRMED,
        "recipient",
        ALICE,
    )
    assert (entry.topic_id, entry.detail) == (choice.topic_id, "42")
    assert (entry.reference, entry.basis) == (choice.reference, BASIS)
    assert entry.link == choice.trace.link


def test_a_yes_twice_is_as_good_as_once(
    visitor: Visitor, ask: Ask, off: Work, parts: Parts, trail: Trail
) -> None:
    off()
    path = ask()
    pages = [visitor.send(path, YES) for _ in range(3)]

    assert {page.heading for page in pages} == {"Due dates is on"}
    assert len(choices(parts)) == 1
    assert len(answers(trail)) == 1


def test_nothing_but_what_was_asked_comes_on(
    visitor: Visitor, ask: Ask, off: Work, at_courier: Standings
) -> None:
    """Once it was off, by all channels; staff asked for one."""
    off()
    visitor.send(ask("email"), YES)

    assert at_courier(DUE) == ("OPTED_IN", ["email"])


def test_a_channel_that_was_added_meanwhile_stays(
    visitor: Visitor, ask: Ask, elsewhere: Elsewhere, at_courier: Standings
) -> None:
    elsewhere(DUE, "OPTED_IN", "email")
    path = ask("push")
    elsewhere(DUE, "OPTED_IN", "email", "inbox")

    visitor.send(path, YES)

    status, channels = at_courier(DUE)
    assert status == "OPTED_IN"
    assert set(channels) == {"email", "inbox", "push"}


def test_a_schedule_is_taken_over(visitor: Visitor, ask: Ask, look: Look) -> None:
    name = "Cash flow report"
    report = look(name)
    others = [s.id for s in report.topic.schedules if s.id != report.schedule_id]
    page = visitor.send(ask(name=name, schedule=others[0]), YES)

    assert page.heading == f"{name} is on"
    assert look(name).schedule_id == others[0]


def test_a_form_without_an_answer_is_refused(
    visitor: Visitor, ask: Ask, off: Work, parts: Parts
) -> None:
    off()
    path = ask()
    for fields in ({}, {"answer": ""}, {"answer": "maybe"}):
        assert visitor.raw("POST", path, data=fields).status_code == 400
    assert not choices(parts)


def test_a_tenant_s_recipient_answers_for_that_tenant_alone(
    visitor: Visitor, ask: Ask, peer: Peer, parts: Parts, topic_ids: dict[str, str]
) -> None:
    path = f"/users/{quote(BOB.user_id)}/preferences/{topic_ids[DUE]}"
    there = f"{path}?tenant_id={BOB.tenant_id}"
    peer.replace(there, {"topic": {"status": "OPTED_OUT"}})

    visitor.send(ask(recipient=BOB), YES)

    (choice,) = parts.evidence.choices_of(BOB.user_id)
    assert choice.recipient == BOB
    assert choice.after.status is Status.OPTED_IN


# A no


def test_a_no_changes_nothing_is_noted_and_may_become_a_yes(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    at_courier: Standings,
    parts: Parts,
    trail: Trail,
) -> None:
    off()
    path = ask()
    page = submit(visitor, visitor.open(path), "No, leave it as it is")

    assert page.heading == "Due dates stays as it is"
    assert "You have said no, so nothing was changed." in page.text
    assert at_courier(DUE)[0] == "OPTED_OUT"
    assert not choices(parts)
    assert visitor.open(path).heading == "Due dates stays as it is"

    visitor.send(path, NO)
    (entry,) = answers(trail)
    assert (entry.kind, entry.actor, entry.detail) == (
        Kind.DECLINED,
        "recipient",
        "42",
    )
    assert entry.reference is None

    again = submit(visitor, visitor.open(path), "Turn it on")
    assert again.heading == "Due dates is on"
    assert [e.kind for e in answers(trail)] == [Kind.DECLINED, Kind.CONFIRMED]


# A no after a yes


def test_a_no_after_a_yes_takes_it_back_and_is_noted(
    visitor: Visitor, ask: Ask, off: Work, at_courier: Standings, trail: Trail
) -> None:
    """From a second tab, or after Back."""
    off()
    path = ask()
    visitor.send(path, YES)

    page = visitor.send(path, NO)

    assert at_courier(DUE)[0] == "OPTED_OUT"
    assert page.notice == "Undone. Due dates is as it was before: off."
    assert page.heading == "Due dates stays as it is"
    assert "You have said no after all, so your yes no longer counts." in page.text
    assert "nothing was changed" not in page.text
    assert [e.kind for e in answers(trail)] == [Kind.CONFIRMED, Kind.DECLINED]


def test_who_has_said_no_after_all_can_still_say_yes(
    visitor: Visitor, ask: Ask, off: Work, at_courier: Standings, trail: Trail
) -> None:
    off()
    path = ask()
    for answer in (YES, NO, NO, YES):
        page = visitor.send(path, answer)

    assert page.heading == "Due dates is on"
    assert at_courier(DUE)[0] == "OPTED_IN"
    kinds = [Kind.CONFIRMED, Kind.DECLINED, Kind.CONFIRMED]
    assert [e.kind for e in answers(trail)] == kinds


def test_a_no_withdraws_a_yes_that_is_still_on_its_way(
    visitor: Visitor, ask: Ask, off: Work, peer: Peer, parts: Parts, trail: Trail
) -> None:
    off()
    path = ask()
    peer.fault()
    visitor.send(path, YES)

    page = visitor.send(path, NO)

    assert page.heading == "Due dates stays as it is"
    assert [c.state for c in choices(parts)] == [State.SUPERSEDED]
    assert [e.kind for e in answers(trail)] == [Kind.CONFIRMED, Kind.DECLINED]


def test_a_no_that_could_not_take_the_yes_back_is_not_noted(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    peer: Peer,
    at_courier: Standings,
    trail: Trail,
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    peer.switch(faults=[{"kind": "status", "status": 400, "methods": ["PUT"]}])

    page = visitor.send(path, NO)

    assert page.status == 503
    assert page.notice.endswith("It is still on.")
    assert at_courier(DUE)[0] == "OPTED_IN"
    assert [e.kind for e in answers(trail)] == [Kind.CONFIRMED]


def test_a_no_to_what_the_recipient_has_turned_on_meanwhile_is_not_noted(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    at_courier: Standings,
    trail: Trail,
) -> None:
    """It is on by a choice that is not the link's to take back."""
    off()
    path = ask()
    visitor.change(visitor.open(alice), DUE, on="1")

    page = visitor.send(path, NO)

    assert (page.status, page.heading) == (200, "Due dates is on")
    assert at_courier(DUE)[0] == "OPTED_IN"
    assert not answers(trail)


def test_a_no_of_which_nobody_can_say_what_it_takes_back_is_told_so(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    ledger_file: LedgerFile,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    ledger_file.lose("choices")

    page = visitor.send(path, NO)

    assert page.status == 503
    assert "We could not save Due dates just now." in page.notice
    assert at_courier(DUE)[0] == "OPTED_IN"


# One consent counts once


ANSWERED = "The question about Due dates has been answered"


def test_after_a_yes_what_the_recipient_chose_since_stays(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    at_courier: Standings,
    parts: Parts,
    trail: Trail,
    clock: Clock,
) -> None:
    off()
    path = ask()
    old_tab = visitor.open(path)
    visitor.send(path, YES)
    visitor.change(visitor.open(alice), DUE, on=None)

    pages = [
        visitor.open(path),
        submit(visitor, old_tab, "Turn it on"),
        visitor.send(path, NO),
    ]

    today = f"{datetime.fromtimestamp(clock(), UTC):%-d %B %Y}"
    for page in pages:
        assert (page.status, page.heading) == (200, ANSWERED)
        assert f"It was answered on {today}." in page.text
        assert "What was chosen since then stays as it is." in page.text
        assert "<dt>Now</dt><dd>Off.</dd>" in page.html
        assert 'name="answer"' not in page.html
        assert "It can only answer this question" not in page.text
    assert at_courier(DUE)[0] == "OPTED_OUT"
    assert len(choices(parts)) == 2
    assert [e.kind for e in answers(trail)] == [Kind.CONFIRMED]


def test_what_was_turned_off_elsewhere_since_a_yes_stays_off(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    elsewhere: Elsewhere,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    elsewhere(DUE, "OPTED_OUT")

    page = visitor.send(path, YES)

    assert page.heading == ANSWERED
    assert at_courier(DUE)[0] == "OPTED_OUT"


def test_what_an_undo_on_the_preferences_page_took_back_stays_so(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    at_courier: Standings,
    parts: Parts,
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    (yes,) = choices(parts)
    visitor.send(f"{alice}/undo/{yes.reference}", {})

    page = visitor.send(path, YES)

    assert page.heading == ANSWERED
    assert at_courier(DUE)[0] == "OPTED_OUT"


def test_a_yes_to_what_was_on_already_counts_once_as_well(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    elsewhere: Elsewhere,
    at_courier: Standings,
    clock: Clock,
) -> None:
    off()
    path = ask()
    elsewhere(DUE, "OPTED_IN")
    visitor.send(path, YES)
    clock.seconds += 60
    visitor.change(visitor.open(alice), DUE, on=None)

    page = visitor.send(path, YES)

    assert page.heading == ANSWERED
    assert at_courier(DUE)[0] == "OPTED_OUT"


def test_a_yes_counts_once_while_courier_is_silent_as_well(
    visitor: Visitor, alice: str, ask: Ask, off: Work, peer: Peer, parts: Parts
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    visitor.change(visitor.open(alice), DUE, on=None)
    peer.fault()

    page = visitor.send(path, YES)

    assert page.heading == ANSWERED
    assert "<dt>Now</dt>" not in page.html
    assert len(choices(parts)) == 2


def test_a_yes_counts_once_without_a_trail_as_well(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    ledger_file: LedgerFile,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    ledger_file.lose("staff_entries")
    visitor.send(path, YES)
    visitor.change(visitor.open(alice), DUE, on=None)

    page = visitor.send(path, YES)

    assert page.heading == ANSWERED
    assert at_courier(DUE)[0] == "OPTED_OUT"


def test_a_yes_that_courier_refused_can_be_said_again(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    off: Work,
    peer: Peer,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    peer.switch(faults=[{"kind": "status", "status": 400, "methods": ["PUT"]}])
    visitor.send(path, YES)
    peer.switch(faults=[])
    visitor.change(visitor.open(alice), DUE, on="1")
    visitor.change(visitor.open(alice), DUE, on=None)

    page = visitor.send(path, YES)

    assert page.heading == "Due dates is on"
    assert at_courier(DUE)[0] == "OPTED_IN"


def test_whatever_staff_do_since_an_answer_is_not_forgotten(
    visitor: Visitor, ask: Ask, off: Work, trail: Trail
) -> None:
    off()
    path = ask()
    visitor.send(path, NO)
    for kind in (Kind.SAW_PAGE, Kind.ASKED):
        for _ in range(201):
            trail.note(Entry(kind, "amir@tidewell.example", ALICE))

    page = visitor.open(path)

    assert page.heading == "Due dates stays as it is"


# Undo


def test_a_yes_can_be_taken_back_by_the_same_link(
    visitor: Visitor, ask: Ask, elsewhere: Elsewhere, at_courier: Standings
) -> None:
    elsewhere(DUE, "OPTED_OUT", "email")
    done = visitor.send(ask(), YES)

    undone = submit(visitor, done, "Undo")

    assert undone.notice == "Undone. Due dates is as it was before: off."
    assert undone.heading == "Turn on Due dates?"
    assert at_courier(DUE) == ("OPTED_OUT", ["email"])


def test_it_takes_back_nothing_that_it_did_not_do(
    visitor: Visitor, alice: str, ask: Ask, off: Work, parts: Parts
) -> None:
    off()
    path = ask()
    visitor.change(visitor.open(alice), "Mentions and replies", on=None)
    (hers,) = choices(parts)

    answer = visitor.raw("POST", f"{path}/undo/{hers.reference}")

    assert answer.status_code == 404
    assert len(choices(parts)) == 1


def test_what_was_chosen_since_is_not_taken_back_nor_offered(
    visitor: Visitor, alice: str, ask: Ask, off: Work
) -> None:
    off()
    path = ask()
    visitor.send(path, YES)
    visitor.change(visitor.open(alice), DUE, on=None)

    page = visitor.open(path)

    assert page.heading == "The question about Due dates has been answered"
    assert "Undo" not in page.text


def test_an_undo_is_not_offered_to_be_undone(
    visitor: Visitor, ask: Ask, off: Work, elsewhere: Elsewhere
) -> None:
    off()
    path = ask()
    submit(visitor, visitor.send(path, YES), "Undo")
    elsewhere(DUE, "OPTED_IN")

    page = visitor.open(path)

    assert page.heading == "Due dates is on"
    assert "You have said yes." not in page.text
    assert "Undo" not in page.text


# What cannot be


def test_what_is_required_is_on_already(
    visitor: Visitor, ask: Ask, parts: Parts
) -> None:
    path = ask(name=REQUIRED)
    asked, done = visitor.open(path), visitor.send(path, YES)

    for page in (asked, done):
        assert (page.status, page.heading) == (200, f"{REQUIRED} is on")
        assert "It is required." in page.text
    assert not choices(parts)


def test_a_topic_that_is_gone_is_told_so(
    visitor: Visitor, ask: Ask, parts: Parts, trail: Trail
) -> None:
    path = ask(topic_id="GONE")
    asked, answered = visitor.open(path), visitor.send(path, YES)

    for page in (asked, answered):
        assert (page.status, page.heading) == (404, "You do not get this any more")
        assert page.form("Email me a fresh link") is not None
    assert not choices(parts)
    assert not answers(trail)


@pytest.mark.parametrize(
    "changes",
    [{"channels": (Channel("pigeon"),)}, {"schedule_id": "never"}],
)
def test_what_is_not_on_offer_any_more_is_told_so(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    parts: Parts,
    trail: Trail,
    changes: dict[str, Any],
) -> None:
    off()
    path = ask(**changes)
    asked, answered = visitor.open(path), visitor.send(path, YES)

    assert (asked.status, answered.status) == (200, 422)
    for page in (asked, answered):
        assert page.heading == "Due dates cannot be changed like that"
        assert "please ask our support again" in page.text
    assert not choices(parts)
    assert not answers(trail)


def test_what_courier_does_not_accept_is_told_and_not_noted(
    visitor: Visitor, ask: Ask, off: Work, peer: Peer, trail: Trail
) -> None:
    off()
    path = ask()
    peer.switch(faults=[{"kind": "status", "status": 400, "methods": ["PUT"]}])

    page = visitor.send(path, YES)

    assert page.status == 422
    assert page.notice.endswith("It is still off.")
    assert page.form("Turn it on") is not None
    assert not answers(trail)


# While something is down


def test_while_courier_is_silent_a_yes_is_kept_and_delivered_later(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
    trail: Trail,
) -> None:
    off()
    path = ask()
    peer.fault()
    asked = visitor.open(path)
    kept = submit(visitor, asked, "Turn it on")
    again = visitor.send(path, YES)

    assert asked.heading == "Turn on Due dates?"
    assert "We cannot see how it stands just now." in asked.text
    assert kept.heading == again.heading == "We have kept your answer about Due dates"
    (entry,) = answers(trail)
    recover()
    assert at_courier(DUE)[0] == "OPTED_IN"
    assert entry.reference is not None
    assert entry.reference in kept.text


def test_a_process_that_has_seen_nobody_keeps_a_yes_as_well(
    start: Callable[[], Visitor],
    ask: Ask,
    elsewhere: Elsewhere,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
) -> None:
    """How it stood when staff asked is in the link, so no channel is lost by it."""
    elsewhere(DUE, "OPTED_IN", "email")
    path, anew = ask("push"), start()
    peer.fault()

    kept = anew.send(path, YES)
    recover()

    assert kept.heading == "We have kept your answer about Due dates"
    status, channels = at_courier(DUE)
    assert (status, set(channels)) == ("OPTED_IN", {"email", "push"})


def test_what_was_chosen_here_since_counts_while_courier_is_silent(
    visitor: Visitor,
    alice: str,
    ask: Ask,
    elsewhere: Elsewhere,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
    clock: Clock,
) -> None:
    elsewhere(DUE, "OPTED_IN", "email")
    path = ask("push")
    clock.seconds += 60
    visitor.change(visitor.open(alice), DUE, channel=["email", "inbox"])
    peer.fault()

    visitor.send(path, YES)
    recover()

    status, channels = at_courier(DUE)
    assert (status, set(channels)) == ("OPTED_IN", {"email", "inbox", "push"})


def test_what_is_kept_can_be_taken_back(
    visitor: Visitor, ask: Ask, off: Work, peer: Peer, parts: Parts
) -> None:
    off()
    path = ask()
    peer.fault()
    kept = visitor.send(path, YES)

    undone = submit(visitor, kept, "Undo")

    assert undone.notice.startswith("Undone.")
    assert undone.heading == "Turn on Due dates?"
    assert [c.state for c in choices(parts)] == [State.SUPERSEDED]


def test_without_a_trail_an_answer_counts_all_the_same(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    ledger_file: LedgerFile,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    ledger_file.lose("staff_entries")

    no, yes = visitor.send(path, NO), visitor.send(path, YES)

    assert no.heading == "Due dates stays as it is"
    assert yes.heading == "Due dates is on"
    assert at_courier(DUE)[0] == "OPTED_IN"


def test_without_a_ledger_a_yes_counts_where_courier_takes_it(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    ledger_file: LedgerFile,
    at_courier: Standings,
) -> None:
    off()
    path = ask()
    ledger_file.spoil()

    visitor.send(path, YES)

    assert at_courier(DUE)[0] == "OPTED_IN"


def test_what_can_be_neither_written_nor_sent_is_told(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    ledger_file: LedgerFile,
    peer: Peer,
    trail: Trail,
) -> None:
    off()
    path = ask()
    ledger_file.spoil()
    peer.fault()

    page = visitor.send(path, YES)

    assert page.status == 503
    assert page.response.headers["Retry-After"]
    assert "We could not save Due dates just now." in page.notice
    assert not answers(trail)


# Age, revocation, damage


def test_after_a_week_it_is_too_old_and_leads_on(
    visitor: Visitor,
    ask: Ask,
    off: Work,
    parts: Parts,
    peer: Peer,
    later: Later,
    trail: Trail,
) -> None:
    off()
    young, old = ask(days=6.99), ask(days=7)
    peer.requests()

    assert visitor.open(young).heading == "Turn on Due dates?"
    asked, answered = visitor.open(old), visitor.send(old, YES)
    for page in (asked, answered):
        assert (page.status, page.heading) == (410, "This question is too old")
        assert "Nothing was changed." in page.text
    assert visitor.raw("POST", f"{old}/undo/7F3K-22").status_code == 410
    assert not choices(parts)
    assert not answers(trail)

    mailed = submit(visitor, asked, "Email me a fresh link")
    later.run()
    (message,) = sent(peer)
    assert mailed.heading == "Check your inbox"
    assert mailed.links["Back"].startswith("/c/")
    assert message["to"] == {"user_id": ALICE.user_id}


def test_it_can_be_taken_away(
    visitor: Visitor, ask: Ask, off: Work, parts: Parts, clock: Clock
) -> None:
    off()
    path = ask()
    parts.access.revoke(ALICE.user_id, clock())

    for page in (visitor.open(path), visitor.send(path, YES), visitor.send(path, NO)):
        assert (page.status, page.heading) == (410, "This link was switched off")
    assert not choices(parts)
    sent_ = submit(visitor, visitor.open(path), "Email me a fresh link")
    assert sent_.heading == "Check your inbox"


def test_a_damaged_one_is_told_as_any_other(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open(f"{ask()[:-3]}xyz")

    assert (page.status, page.heading) == (404, "This link does not work")


def test_it_may_answer_sixty_times_a_minute(
    visitor: Visitor, ask: Ask, off: Work
) -> None:
    off()
    path = ask()
    tried = [visitor.raw("POST", path, data=NO).status_code for _ in range(61)]

    assert tried == [303] * 60 + [429]


# The mail


def asked(app: Flask, parts: Parts, *args: Any, **more: Any) -> None:  # noqa: ANN401
    """As the desk asks, whose own pages are in English."""
    with app.test_request_context("/?lang=en"):
        parts.consent.ask(*args, **more)


def body_of(message: dict[str, Any]) -> str:
    return str(message["content"]["body"])


def test_the_question_is_mailed_and_its_link_asks_it(
    app: Flask,
    parts: Parts,
    visitor: Visitor,
    look: Look,
    off: Work,
    peer: Peer,
) -> None:
    off()
    now = look(DUE)
    peer.requests()

    asked(app, parts, ALICE, now, Wish(True), BASIS, 42, "a•••@example.com")

    (message,) = sent(peer)
    text = body_of(message)
    address = message["data"]["confirm_url"]
    assert message["to"] == {"user_id": ALICE.user_id}
    assert message["content"]["title"] == "Turn on Due dates?"
    assert "The support of Tidewell would like to do this for you" in text
    assert "If you say yes: On, by: Email" in text
    assert f"Their reason: {BASIS}" in text
    assert "It works for 7 days." in text
    assert address in text
    assert address.startswith("http://preferences.example/c/")
    page = visitor.open(address.removeprefix("http://preferences.example"))
    assert page.heading == "Turn on Due dates?"
    assert "For a•••@example.com" in page.text
    assert not choices(parts)


def test_the_mail_speaks_the_recipient_s_language_and_the_desk_its_own(
    app: Flask, parts: Parts, visitor: Visitor, look: Look, off: Work, peer: Peer
) -> None:
    off()
    now = look(DUE)
    peer.requests()
    german = replace(ALICE, language="de")
    with app.test_request_context("/?lang=en"):
        before = app.jinja_env.from_string("{% trans %}Undo{% endtrans %}").render()
        parts.consent.ask(german, now, Wish(True), BASIS, 42)
        after = app.jinja_env.from_string("{% trans %}Undo{% endtrans %}").render()

    (message,) = sent(peer)
    page = visitor.open(message["data"]["confirm_url"].partition("example")[2])
    assert "einschalten" in message["content"]["title"]
    assert before == after == "Undo"
    assert page.tree.get("lang") == "de"


def test_what_is_already_there_is_not_asked_for_again(look: Look) -> None:
    now = look(DUE)
    wish = Wish(True, frozenset(now.channels), frozenset(now.channels))

    assert Asking.of(now, wish, BASIS, 42).channels == ()


def test_that_it_could_not_be_mailed_is_told(
    app: Flask, parts: Parts, look: Look, off: Work, peer: Peer
) -> None:
    off()
    now = look(DUE)
    peer.fault()

    with pytest.raises(CourierError):
        asked(app, parts, ALICE, now, Wish(True), BASIS, 42)


def test_what_is_too_long_for_a_link_is_not_mailed(
    app: Flask, parts: Parts, look: Look, off: Work, peer: Peer
) -> None:
    off()
    now = look(DUE)
    peer.requests()

    with pytest.raises(ValueError, match="too long"):
        asked(app, parts, ALICE, now, Wish(True), "b" * 2000, 42)
    assert not sent(peer)


def test_the_basis_is_in_the_workspace_s_words(
    visitor: Visitor, ask: Ask, off: Work
) -> None:
    """So a screen reader reads it as what it is."""
    off()
    page: Page = visitor.open(f"{ask(basis=NEWS.basis)}?lang=de")

    assert f'lang="en">{NEWS.basis}' in page.html
