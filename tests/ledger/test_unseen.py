"""Which of several choices made unseen goes first, and what each of them comes to."""

import pytest

from app.parts import Parts
from app.preferences.choice import Choice, Draft, State
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from tests.ledger.acts import (
    ADA,
    DONE,
    LATER,
    MINUTE,
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    deliver_due,
    status,
)
from tests.peer import Peer

TOPIC, SECTION = Subject(topic_id="news"), Subject(section_id="letters")
EVERYTHING = Subject()


def unseen(books: Books, subject: Subject, of: Recipient = ADA) -> Choice:
    """A wish that was written down as it is, and waits."""
    draft = Draft(subject.key, "", WAS_ON, OFF)
    (choice,) = books.ledger.record(of, [draft], TRACE)
    books.settle(choice, LATER)
    return choice


def due(books: Books, seconds: float = MINUTE) -> list[int]:
    books.clock.seconds += seconds
    return [choice.id for choice in books.queue.claim(10)]


@pytest.mark.parametrize("newer", [TOPIC, EVERYTHING], ids=["topic", "everything"])
def test_the_newest_wish_goes_first(books: Books, newer: Subject) -> None:
    first, second = unseen(books, SECTION), unseen(books, newer)
    books.clock.seconds += MINUTE
    (taken,) = books.queue.claim(10)
    assert taken.id == second.id
    assert books.queue.claim(10) == [], "nor any other while it is under way"

    books.settle(taken, DONE)

    assert due(books, 1) == [first.id]


def test_a_wish_waits_for_a_newer_one_that_is_not_due_yet(books: Books) -> None:
    unseen(books, SECTION)
    books.clock.seconds += MINUTE
    newer = unseen(books, TOPIC)
    assert due(books, 0) == []

    assert due(books) == [newer.id]


def test_a_newer_choice_of_one_topic_holds_up_no_wish(books: Books) -> None:
    """It may wait for long; what the wish comes to spares it."""
    wish, choice = unseen(books, EVERYTHING), books.wait(ON)

    assert sorted(due(books)) == [wish.id, choice.id]


def test_another_s_wish_holds_up_nobody(books: Books) -> None:
    first, other = unseen(books, SECTION), unseen(books, TOPIC, SAM)

    assert sorted(due(books)) == [first.id, other.id]


def test_a_wish_that_was_taken_back_holds_up_nobody(books: Books) -> None:
    first, second = unseen(books, SECTION), unseen(books, TOPIC)

    assert books.queue.withdraw(second)

    assert due(books) == [first.id]


def test_a_wish_that_is_under_way_cannot_be_taken_back(books: Books) -> None:
    wish = unseen(books, TOPIC)
    assert due(books) == [wish.id]

    assert not books.queue.withdraw(wish)

    assert books.state(wish) is State.PENDING


def test_it_comes_to_a_choice_of_its_own_where_an_older_one_would_do_the_same(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """Or undoing the older one would turn on what the newer one wants off."""
    topic = topic_ids["Due dates"]
    unseen(books, EVERYTHING, SAM)
    newer = unseen(books, Subject(topic), SAM)

    for _ in range(3):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_OUT"
    assert [choice.topic_id for choice in of_act(books, newer)[1:]] == [topic]


def test_it_never_turns_off_again_what_was_chosen_since(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """On, between an older wish for everything and a newer one for another topic."""
    topic, other = topic_ids["Due dates"], topic_ids["Mentions and replies"]
    unseen(books, EVERYTHING, SAM)
    parts.delivery.at_once([books.choose(ON, topic, SAM)])
    unseen(books, Subject(other), SAM)

    for _ in range(3):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_IN"
    assert status(peer, other) == "OPTED_OUT"


def test_what_is_required_by_now_is_refused_and_not_called_delivered(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    wish = unseen(books, Subject(topic_ids["Security alerts"]), SAM)

    deliver_due(parts, books)

    assert books.state(wish) is State.REFUSED
    assert len(of_act(books, wish)) == 1
    assert peer.writes() == []


def of_act(books: Books, choice: Choice) -> list[Choice]:
    return books.ledger.act(SAM, choice.reference)
