"""What is told of unsubscribing: nothing is said before it is true, or of another."""

from collections.abc import Callable

import pytest

from app.parts import Parts
from tests.conftest import Clock
from tests.house.client import Visitor
from tests.pages.acts import (
    DUE,
    MENTIONS,
    ONE_CLICK,
    REQUIRED,
    Elsewhere,
    Mint,
    Work,
    choices,
    redefine,
    section,
)
from tests.peer import Peer


@pytest.fixture
def due(mint: Mint, topic_ids: dict[str, str]) -> str:
    return mint(topic_id=topic_ids[DUE])


@pytest.fixture
def kept(visitor: Visitor, due: str, parts: Parts, peer: Peer, clock: Clock) -> str:
    """The reference of a one-click made unseen, which Courier has not got yet.

    It could have it again by now.
    """
    parts.center.is_ready()
    peer.fault()
    reference = visitor.raw("POST", due, data=ONE_CLICK).headers["Choice-Reference"]
    peer.mend()
    clock.seconds += 30
    return reference


def test_nobody_is_unsubscribed_before_courier_knows(
    visitor: Visitor, due: str, kept: str, peer: Peer
) -> None:
    well = visitor.open(due)
    peer.fault()
    down = visitor.open(due)

    for page in (well, down):
        assert page.heading == "You will be unsubscribed from Due dates"
        assert kept in page.text
        assert "already" not in page.text


def test_what_is_kept_unseen_is_marked_at_its_topic_with_undo(
    visitor: Visitor, alice: str, kept: str
) -> None:
    topic = visitor.open(alice).topic(DUE)

    assert not topic.is_on
    assert topic.note.startswith("Kept.")
    assert kept in topic.note
    assert any(words.startswith("Undo") for words in topic.buttons)


def test_everything_kept_unseen_is_marked_at_each_topic_that_stops(
    visitor: Visitor, alice: str, parts: Parts, peer: Peer, clock: Clock
) -> None:
    parts.center.is_ready()
    peer.fault()
    visitor.send(f"{alice}/everything-off", {})
    peer.mend()
    clock.seconds += 30

    page = visitor.open(alice)
    (choice,) = choices(parts)

    marked = {n for n in page.names if choice.reference in page.topic(n).note}
    assert {DUE, MENTIONS} < marked
    assert REQUIRED not in marked


def test_the_history_calls_it_by_what_it_was_about(
    visitor: Visitor, alice: str, mint: Mint, kept: str, peer: Peer, recover: Work
) -> None:
    """Of one topic, of a section, and not of everything."""
    projects = mint(section_id=section(peer, "Projects"))
    peer.fault()
    visitor.raw("POST", projects, data=ONE_CLICK)
    waiting = visitor.open(f"{alice}/history").text
    recover()
    done = visitor.open(f"{alice}/history").text

    for history in (waiting, done):
        assert kept in history
        assert "Due dates: turned off" in history
        assert "Projects" in history
        assert "Everything" not in history


def test_what_is_required_is_said_to_be_so_whatever_waits_of_it(
    visitor: Visitor,
    alice: str,
    mint: Mint,
    topic_ids: dict[str, str],
    peer: Peer,
    clock: Clock,
) -> None:
    """A change of its channels, which is no leaving."""
    redefine(peer, "Projects", topic_ids[MENTIONS], MENTIONS, "REQUIRED")
    link, everything = mint(topic_id=topic_ids[MENTIONS]), mint()
    visitor.raw("POST", everything, data=ONE_CLICK)
    page = visitor.open(alice)
    peer.fault(methods=["PUT"])
    kept = visitor.change(page, MENTIONS, channel=["email"])
    clock.seconds += 1

    assert kept.topic(MENTIONS).note.startswith("Kept.")
    assert visitor.open(link).heading == f"{MENTIONS} cannot be turned off"
    told = "You have already unsubscribed from everything optional"
    assert visitor.open(everything).heading == told


@pytest.mark.parametrize("days", [0, 40])
def test_a_section_that_goes_on_in_part_says_which(
    visitor: Visitor, mint: Mint, peer: Peer, days: float
) -> None:
    """By an old link as well: it is what the link is about."""
    account = "Account and security"
    link = mint(days=days, section_id=section(peer, account))

    line = visitor.raw("POST", link, data=ONE_CLICK).text
    again = visitor.raw("POST", link, data=ONE_CLICK).text
    page = visitor.open(link)

    optional = f"everything optional in {account}"
    assert line == f"You have been unsubscribed from {optional}.\n"
    assert again == f"You were unsubscribed from {optional} already.\n"
    assert page.heading == f"You have already unsubscribed from {optional}"
    assert REQUIRED in page.text.partition("This goes on")[2]


@pytest.mark.parametrize("kind", ["topic", "section"])
def test_a_blank_name_is_told_as_none(
    visitor: Visitor, mint: Mint, topic_ids: dict[str, str], peer: Peer, kind: str
) -> None:
    projects = section(peer, "Projects")
    if kind == "topic":
        redefine(peer, "Projects", topic_ids[DUE], " ", "OPTED_IN")
        link, about = mint(topic_id=topic_ids[DUE]), "this"
    else:
        offer = {"has_custom_routing": True, "routing_options": ["email"]}
        peer.replace(f"/preferences/sections/{projects}", {"name": " ", **offer})
        link, about = mint(section_id=projects), "everything optional of its kind"

    page = visitor.open(link)
    answer = visitor.raw("POST", link, data=ONE_CLICK)

    assert page.heading == f"Unsubscribe from {about}?"
    assert answer.text == f"You have been unsubscribed from {about}.\n"


def test_a_topic_that_was_turned_on_again_elsewhere_has_no_mail_program_s_note(
    visitor: Visitor, alice: str, due: str, elsewhere: Elsewhere
) -> None:
    visitor.raw("POST", due, data=ONE_CLICK)
    elsewhere(DUE, "OPTED_IN", "email")

    topic = visitor.open(alice).topic(DUE)

    assert topic.is_on
    assert topic.note == ""
    assert not [words for words in topic.buttons if "Undo" in words]


def test_the_undo_of_everything_kept_unseen_says_that_nothing_stops(
    visitor: Visitor, alice: str, peer: Peer, deliver: Callable[[], int]
) -> None:
    peer.fault()
    page = visitor.send(f"{alice}/everything-off", {})

    undone = visitor.send(page.form("Undo").get("action") or "", {})

    assert "Undone." in undone.text
    assert "changed again" not in undone.text
    assert deliver() == 0
