"""A recipient at the desk: how they stand, why, what they got, what happened."""

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import httpx
import pytest
from flask import Flask

from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.preferences.model import Recipient
from app.preferences.staff import Entry, Kind
from app.settings import Settings
from tests.conftest import ALICE, BOB, Clock, Later, LedgerFile
from tests.house.client import Visitor
from tests.peer import Peer
from tests.staff.conftest import AMIR, ANA, Colleague, Hire
from tests.timing import RUNS

Told = Callable[[Recipient], list[Entry]]
MARCO = Recipient("studio/marco")
LARGEST = 60 * 1024
"""Bytes of a recipient's page, compressed."""


def kinds(entries: list[Entry]) -> list[Kind]:
    return [entry.kind for entry in entries]


def test_each_line_says_why(vera: Colleague) -> None:
    page = vera.see(ALICE)

    assert page.heading == "user-ada"
    assert "Required for everybody: nobody can turn it off." in page.text
    assert "Default of the workspace." in page.text
    assert "Own choice, made elsewhere on" in page.text


def test_in_a_tenant_the_tenant_is_named(vera: Colleague) -> None:
    page = vera.see(BOB)

    assert "Required by Harbor Collective: its members cannot" in page.text
    assert "Default of Harbor Collective." in page.text


def test_what_was_chosen_before_it_was_required_is_told_as_overruled(
    vera: Colleague,
) -> None:
    assert "They had turned it off before; that does not count now." in (
        vera.see(MARCO).text
    )


def test_an_own_choice_tells_when_by_which_door_and_reference(
    vera: Colleague, visitor: Visitor, alice: str, parts: Parts
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    (choice,) = parts.ledger.history(ALICE)
    page = vera.see(ALICE)

    assert f"on their preferences page ({choice.reference})." in page.text
    assert f"On their preferences page. Reference {choice.reference}." in page.text


def test_messages_say_what_became_of_them_and_how_the_topic_stood(
    vera: Colleague,
) -> None:
    text = vera.see(ALICE).text

    assert "Not sent: at that moment they had turned this topic off." in text
    assert "Courier: FILTERED" in text
    assert "It is held back for their next digest." in text
    assert "Not sent: at Courier, no template belongs to this event." in text


def test_a_message_tells_how_the_topic_stood_at_its_moment_and_not_now(
    amir: Colleague,
) -> None:
    before = amir.see(ALICE)
    assert "It came, and they opened it. It was on then." in before.text
    amir.change(before, "Mentions and replies", on=None)

    assert "It came, and they opened it. It was on then." in amir.see(ALICE).text


def test_the_profile_is_masked_until_somebody_asks_which_is_written_down(
    amir: Colleague, entries: Told
) -> None:
    page = amir.see(ALICE)
    assert "a•••@example.com" in page.text
    assert "ada.brandt@example.com" not in page.html
    assert Kind.REVEALED not in kinds(entries(ALICE))

    shown = amir.send(page.form("Show all of it").get("action") or "", {})

    assert "ada.brandt@example.com" in shown.text
    assert kinds(entries(ALICE))[0] is Kind.REVEALED


def test_a_viewer_sees_no_button_and_no_link(vera: Colleague) -> None:
    page = vera.see(ALICE)

    for words in ("Show all of it", "fresh link", "Revoke", "Erase", "Turn off"):
        assert words not in page.text
    assert all(
        "disabled" in f.attrib for f in page.tree.iter() if f.get("class") == "reading"
    )


def test_every_look_is_written_down_once_in_a_quarter_of_an_hour(
    vera: Colleague, amir: Colleague, entries: Told, clock: Clock
) -> None:
    vera.see(ALICE)
    vera.see(ALICE)
    amir.see(ALICE)
    assert kinds(entries(ALICE)) == [Kind.OPENED, Kind.OPENED]
    clock.seconds += 16 * 60

    vera.see(ALICE)

    assert kinds(entries(ALICE)) == [Kind.OPENED] * 3
    assert "Who of staff looked at them (3)" in vera.see(ALICE).text


def test_who_cannot_be_written_down_is_not_shown(
    vera: Colleague, ledger_file: LedgerFile
) -> None:
    ledger_file.lose("staff_entries")
    answer = vera.raw("GET", vera.address(ALICE))

    assert answer.status_code == 503
    assert "Mentions and replies" not in answer.text


@dataclass
class Timed(httpx.HTTPTransport):
    """Notes when each request began and when its answer came."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        answer = super().handle_request(request)
        self.spans.append((began, time.monotonic()))
        return answer

    @property
    def rounds(self) -> int:
        """How often somebody had to wait for an answer before asking again."""
        count, first_end = 0, 0.0
        for began, ended in sorted(self.spans):
            if began >= first_end:
                count, first_end = count + 1, ended
            first_end = min(first_end, ended)
        return count


def test_from_an_address_to_the_full_picture_are_two_round_trips(
    settings: Settings,
    outside: Outside,
    later: Later,
    peer: Peer,
    hire_at: Callable[[Flask], Hire],
) -> None:
    def rounds() -> int:
        timed = Timed()
        own = replace(outside, transport=timed)
        parts = create_parts(settings, own)
        migrate(parts.database)
        amir = hire_at(create_app(settings, own, parts))(AMIR)
        amir.open("/staff/")
        later.run()
        timed.spans.clear()
        peer.switch(latency_ms=400)
        page = amir.look_up("grace.okafor@example.com")
        peer.mend()
        parts.center.close()
        assert page.heading == "grace.okafor@example.com"
        assert len(timed.spans) > 4
        return timed.rounds

    assert any(rounds() <= 2 for _ in range(RUNS)), "others only ever add to them"


def test_the_page_is_light(amir: Colleague) -> None:
    assert len(gzip.compress(amir.see(ALICE).html.encode())) < LARGEST


@pytest.mark.parametrize(
    "path",
    [
        "/messages",
        "/profiles",
        "/preferences/logs",
        "/notifications",
        "/users/user-ada/tenants",
    ],
)
def test_what_one_source_does_not_say_leaves_the_rest(
    vera: Colleague, peer: Peer, path: str
) -> None:
    peer.fault(status=503, path=path)
    page = vera.see(ALICE)

    assert page.status == 200
    assert "Default of the workspace." in page.text


def test_while_courier_is_down_the_timeline_still_stands(
    vera: Colleague, visitor: Visitor, alice: str, peer: Peer, parts: Parts
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    (choice,) = parts.ledger.history(ALICE)
    peer.fault(status=503)
    page = vera.see(ALICE)

    assert page.status == 200
    assert "Courier does not answer. This is how they stood" in page.text
    assert choice.reference in page.text


def test_somebody_whom_nobody_has_seen_is_told_to_be_out_of_reach(
    vera: Colleague, peer: Peer
) -> None:
    peer.fault(status=503)
    page = vera.see(Recipient("user-ben"))

    assert page.status == 503
    assert "Courier does not answer" in page.text


def test_what_waits_says_since_when_and_why(
    vera: Colleague, visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    peer.fault(status=503)
    visitor.change(page, "Due dates", on=None)
    peer.mend()

    assert "not at Courier yet" in vera.see(ALICE).text
    assert "Waiting for Courier since" in vera.see(ALICE).text


def test_they_see_what_the_recipient_sees_and_nothing_of_it_works(
    vera: Colleague, entries: Told
) -> None:
    page = vera.open(vera.see(ALICE).links["See what they see"])

    assert page.heading == "Notification preferences"
    assert "This is what user-ada sees. Nothing here can be used" in page.text
    (mirror,) = [e for e in page.tree.iter() if e.get("id") == "mirror"]
    assert "disabled" in mirror.attrib
    addresses = {
        e.get(n) for e in mirror.iter() for n in ("href", "action", "formaction")
    }
    assert all(a is None or a.startswith("#") for a in addresses)
    assert "/p/" not in page.html
    assert kinds(entries(ALICE))[0] is Kind.SAW_PAGE


def test_the_mirror_speaks_the_recipients_language(vera: Colleague) -> None:
    page = vera.open(vera.see(Recipient("user-noor")).links["See what they see"])

    assert page.tree.get("lang") == "ar"


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}'


def test_nothing_that_courier_or_a_customer_says_becomes_markup(
    ana: Colleague, peer: Peer
) -> None:
    user = Recipient(f"user {HOSTILE}")
    fields = ("name", "email", "locale", "note")
    profile = dict.fromkeys(fields, HOSTILE)
    peer.replace(f"/profiles/{quote(user.user_id, safe='')}", {"profile": profile})
    page = ana.see(user)
    revealed = ana.send(page.form("Show all of it").get("action") or "", {})
    answers = (
        page,
        revealed,
        ana.open(page.links["See what they see"]),
        ana.look_up(HOSTILE),
    )

    for answer in answers:
        assert "<script>alert" not in answer.html
        assert "<img src=x" not in answer.html
        assert "49" not in answer.heading


def test_a_link_is_mailed_to_its_owner_in_their_language(
    amir: Colleague, peer: Peer, entries: Told
) -> None:
    noor = Recipient("user-noor")
    page = amir.see(noor)
    after = amir.send(page.form("Mail them a fresh link").get("action") or "", {})

    assert "A fresh link is on its way to them by email." in after.text
    (link,) = peer.mailed_links()
    assert "/p/" in link
    assert link not in after.html
    assert kinds(entries(noor))[0] is Kind.MAILED_LINK
    assert "هذه الرسالة" in json.dumps(peer.mails(), ensure_ascii=False)


def test_a_link_that_was_shown_is_known_by_what_comes_of_it(
    amir: Colleague, visitor: Visitor, entries: Told
) -> None:
    page = amir.see(ALICE)
    shown = amir.send(page.form("Make one and show it to me").get("action") or "", {})
    (link,) = [
        e.get("value") or "" for e in shown.tree.iter() if e.get("id") == "shown-link"
    ]
    visitor.change(
        visitor.open(link.removeprefix("http://localhost")), "Due dates", on=None
    )

    assert f"with a link that {AMIR.actor} had made" in amir.see(ALICE).text
    assert entries(ALICE)[0].kind is Kind.SHOWED_LINK
    assert link not in amir.see(ALICE).html


def test_links_are_revoked_after_a_question(
    amir: Colleague, visitor: Visitor, alice: str, entries: Told
) -> None:
    ask = amir.open(amir.see(ALICE).links["Revoke every link"])
    amir.send(ask.form("Revoke every link").get("action") or "", {"reason": "T-4"})

    assert visitor.open(alice).status == 410
    assert (entries(ALICE)[0].kind, entries(ALICE)[0].reason) == (
        Kind.REVOKED_LINKS,
        "T-4",
    )


def test_an_admin_exports_all_that_is_held(
    ana: Colleague, visitor: Visitor, alice: str, entries: Told
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    answer = ana.raw("POST", f"{ana.address(ALICE)}/export", data={"reason": "DSR-1"})
    found = answer.get_json()

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert found["user_id"] == "user-ada"
    assert found["profile"]["email"] == "ada.brandt@example.com"
    assert [c["topic"] for c in found["choices"]] == ["Due dates"]
    assert found["preferences"]
    assert found["messages"]
    assert found["handled_by_support"][0]["what"] == "exported_data"
    assert entries(ALICE)[0].reason == "DSR-1"
    assert found["handled_by_support"][0]["reason"] == "DSR-1"


def test_an_admin_erases_only_when_sure(
    ana: Colleague, visitor: Visitor, alice: str, parts: Parts, entries: Told
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    ask = ana.open(ana.see(ALICE).links["Erase everything we hold"])
    action = ask.form("Erase everything").get("action") or ""
    refused = ana.send(action, {})
    assert (refused.status, refused.heading) == (422, "Erase everything we hold?")
    assert parts.ledger.history(ALICE)

    after = ana.send(action, {"sure": "1", "reason": "DSR-2"})

    assert after.heading == "Look somebody up"
    assert "Choices that went from the ledger: 1." in after.text
    assert parts.ledger.history(ALICE) == []
    assert entries(ALICE) == []
    (erased,) = parts.trail.of_kind(Kind.ERASED_DATA, 0.0)
    assert (erased.actor, erased.reason) == (ANA.actor, "DSR-2")
    assert parts.evidence.verify().faults == []
