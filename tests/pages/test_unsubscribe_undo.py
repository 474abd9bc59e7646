"""Taking back what a link has turned off; and what no link or open page may undo."""

import pytest

from app.links import Links, Scope
from app.parts import Parts
from app.preferences.choice import State
from tests.conftest import ALICE, Clock, Later
from tests.house.client import HTMX, Visitor
from tests.pages.acts import (
    DAY,
    DUE,
    HOUR,
    MENTIONS,
    ONE_CLICK,
    REQUIRED,
    TASKS,
    Elsewhere,
    Mint,
    Standings,
    Start,
    Work,
    choices,
    section,
    submit,
)
from tests.peer import Peer


@pytest.fixture
def due(mint: Mint, topic_ids: dict[str, str]) -> str:
    return mint(topic_id=topic_ids[DUE])


# What this link did


def test_a_mail_program_that_posts_again_and_again_does_not_take_the_undo_away(
    visitor: Visitor,
    alice: str,
    due: str,
    topic_ids: dict[str, str],
    parts: Parts,
    peer: Peer,
    at_courier: Standings,
) -> None:
    """Nor where an older request is in doubt, so that "off" might not last."""
    page = visitor.open(alice)
    look = {"methods": ["GET"], "path": f"preferences/{topic_ids[DUE]}"}
    lost = {"kind": "reset", "methods": ["PUT"], "times": 1}
    peer.switch(faults=[lost, {"kind": "status", "times": 1, **look}])
    kept = visitor.change(page, DUE, channel=["email"])
    assert kept.topic(DUE).note.startswith("Kept.")
    peer.mend()

    for _ in range(3):
        visitor.raw("POST", due, data=ONE_CLICK)
    undone = submit(visitor, visitor.open(due), "Undo")

    assert len(choices(parts)) == 3, "hers, the link's, and the undo"
    assert undone.heading == "Unsubscribe from Due dates?"
    assert at_courier(DUE) == ("OPTED_IN", ["email"])


def test_what_was_kept_unseen_is_taken_back_and_said_to_be(
    visitor: Visitor, due: str, parts: Parts, peer: Peer
) -> None:
    peer.fault()
    reference = visitor.raw("POST", due, data=ONE_CLICK).headers["Choice-Reference"]

    answer = visitor.raw("POST", f"{due}/undo/{reference}")

    assert answer.status_code == 200
    assert answer.text.startswith("Undone.")
    assert [choice.state for choice in choices(parts)] == [State.SUPERSEDED]


def test_an_undo_while_it_is_being_delivered_does_not_say_that_it_worked(
    visitor: Visitor,
    due: str,
    parts: Parts,
    peer: Peer,
    clock: Clock,
    at_courier: Standings,
) -> None:
    """A second one after it does."""
    peer.fault()
    reference = visitor.raw("POST", due, data=ONE_CLICK).headers["Choice-Reference"]
    peer.mend()
    clock.seconds += 61
    (under_way,) = parts.delivery.due(10)

    too_early = visitor.raw("POST", f"{due}/undo/{reference}")
    parts.delivery.deliver(under_way)
    off = at_courier(DUE)[0]
    again = visitor.raw("POST", f"{due}/undo/{reference}")

    assert (too_early.status_code, off) == (503, "OPTED_OUT")
    assert (again.status_code, at_courier(DUE)[0]) == (200, "OPTED_IN")


def test_undoing_an_older_wish_leaves_off_what_a_newer_one_turned_off(
    visitor: Visitor,
    mint: Mint,
    due: str,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
) -> None:
    """Both were made unseen: her section first, and then one topic of it."""
    projects = mint(section_id=section(peer, "Projects"))
    peer.fault()
    older, _newer = (visitor.raw("POST", to, data=ONE_CLICK) for to in (projects, due))
    recover()
    assert at_courier(DUE)[0] == at_courier(MENTIONS)[0] == "OPTED_OUT"

    visitor.raw("POST", f"{projects}/undo/{older.headers['Choice-Reference']}")

    assert (at_courier(DUE)[0], at_courier(MENTIONS)[0]) == ("OPTED_OUT", "OPTED_IN")
    assert visitor.open(due).heading == "You have already unsubscribed from Due dates"


def test_undoing_a_newer_wish_leaves_off_what_an_older_one_turned_off(
    visitor: Visitor,
    mint: Mint,
    due: str,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
) -> None:
    """It stands as it stood before the newer one: on its way to off."""
    projects = mint(section_id=section(peer, "Projects"))
    peer.fault()
    _older, newer = (visitor.raw("POST", to, data=ONE_CLICK) for to in (projects, due))
    recover()

    visitor.raw("POST", f"{due}/undo/{newer.headers['Choice-Reference']}")

    assert at_courier(DUE)[0] == "OPTED_OUT"


def test_a_newer_wish_for_everything_is_kept_beside_what_was_chosen_between(
    visitor: Visitor,
    alice: str,
    parts: Parts,
    peer: Peer,
    at_courier: Standings,
    recover: Work,
) -> None:
    parts.center.is_ready()
    peer.fault()
    visitor.send(f"{alice}/everything-off", {})
    visitor.change(visitor.open(alice), DUE, on="1")

    again = visitor.send(f"{alice}/everything-off", {})
    recover()

    assert "Kept." in again.text
    assert at_courier(DUE)[0] == "OPTED_OUT"


@pytest.mark.parametrize("days", [29, 31])
def test_a_link_that_only_reduces_takes_back_its_acts_of_thirty_days(
    visitor: Visitor, due: str, clock: Clock, at_courier: Standings, days: float
) -> None:
    reference = visitor.raw("POST", due, data=ONE_CLICK).headers["Choice-Reference"]
    clock.seconds += days * DAY

    answer = visitor.raw("POST", f"{due}/undo/{reference}")

    expected = (200, "OPTED_IN") if days < 30 else (404, "OPTED_OUT")
    assert (answer.status_code, at_courier(DUE)[0]) == expected
    assert "Undo" not in visitor.open(due).text


def test_a_link_grown_old_does_not_take_back_what_it_did_when_it_was_young(
    visitor: Visitor, alice: str, parts: Parts, clock: Clock, at_courier: Standings
) -> None:
    visitor.change(visitor.open(alice), DUE, on=None)
    (choice,) = choices(parts)
    clock.seconds += 31 * DAY

    answer = visitor.raw("POST", f"{alice}/undo/{choice.reference}", headers=HTMX)

    assert (answer.status_code, at_courier(DUE)[0]) == (404, "OPTED_OUT")


# What another did


@pytest.mark.parametrize("kind", ["fresh", "old"])
def test_an_open_page_does_not_cancel_what_was_unsubscribed_from_unseen(
    visitor: Visitor,
    alice: str,
    old_alice: str,
    start: Start,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    at_courier: Standings,
    recover: Work,
    kind: str,
) -> None:
    """It says "on", and takes a channel away; the one click came to another process."""
    page = visitor.open(alice if kind == "fresh" else old_alice)
    other = start()
    peer.fault()

    other.raw("POST", mint(topic_id=topic_ids[TASKS]), data=ONE_CLICK)
    visitor.change(page, TASKS, channel=["email"])
    recover()

    assert at_courier(TASKS)[0] == "OPTED_OUT"


def test_an_old_link_s_open_page_turns_nothing_on_that_was_turned_off_elsewhere(
    visitor: Visitor, old_alice: str, elsewhere: Elsewhere, at_courier: Standings
) -> None:
    page = visitor.open(old_alice)
    elsewhere(TASKS, "OPTED_OUT", "email", "inbox")

    visitor.change(page, TASKS, channel=["email"])

    assert at_courier(TASKS)[0] == "OPTED_OUT"


def test_an_old_link_s_open_page_keeps_the_channels_that_were_chosen_elsewhere(
    visitor: Visitor, old_alice: str, elsewhere: Elsewhere, at_courier: Standings
) -> None:
    page = visitor.open(old_alice)
    elsewhere(TASKS, "OPTED_IN", "push")

    visitor.change(page, TASKS, on=None)

    assert at_courier(TASKS) == ("OPTED_OUT", ["push"])


def test_an_old_link_offers_no_undo_of_what_another_did(
    visitor: Visitor, alice: str, old_alice: str, parts: Parts, peer: Peer
) -> None:
    """While it waits, and so is told of."""
    page = visitor.open(alice)
    peer.fault()
    visitor.change(page, DUE, on=None)

    old = visitor.open(old_alice).topic(DUE)

    assert choices(parts)[0].reference in old.text
    assert not [words for words in old.buttons if "Undo" in words]


def test_an_old_link_hears_nothing_of_what_became_of_another_s_choices(
    visitor: Visitor,
    old_alice: str,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
) -> None:
    required = mint(topic_id=topic_ids[REQUIRED])
    visitor.raw("POST", required, data=ONE_CLICK)
    (refused,) = choices(parts)

    answer = visitor.raw("GET", f"{old_alice}/waiting?ids={refused.id}", headers=HTMX)

    assert REQUIRED not in answer.text


def test_this_is_not_mine_mails_three_an_hour_however_many_links_there_are(
    visitor: Visitor, links: Links, later: Later
) -> None:
    """Whoever finds a mailbox full of links cannot fill it with more."""
    for age in range(15, 0, -1):
        token = links.ahead(-age * HOUR).mint(Scope.PREFERENCES, ALICE)
        page = visitor.send(f"/p/{token}/not-mine", {})
        assert page.heading == "This link does not work any more"

    assert len(later.waiting) == 3
