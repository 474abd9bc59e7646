"""A choice for everything, made unseen: it expands once Courier says what there is."""

import pytest

from app.parts import Parts
from app.preferences.choice import Choice, State
from app.preferences.subject import Subject
from tests.ledger.acts import (
    ADA,
    LOST,
    OFF,
    ON,
    SAM,
    TRACE,
    Books,
    at_courier,
    deliver_due,
    status,
)
from tests.peer import Peer

REQUIRED = "Terms and policy changes"


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


def ask_for_silence(parts: Parts, books: Books, peer: Peer) -> Choice:
    """Sam turns off everything while Courier is down."""
    peer.fault()
    reference = parts.center.unsubscribing.act_unseen(SAM, Subject(), TRACE).reference
    assert reference
    (choice,) = books.ledger.act(SAM, reference)
    return choice


def test_it_turns_off_what_is_on_and_optional_under_one_reference(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    everything = ask_for_silence(parts, books, peer)
    deliver_due(parts, books)
    assert books.state(everything) is State.PENDING
    peer.mend()

    deliver_due(parts, books)
    rows = books.ledger.act(SAM, everything.reference)

    on = {id_ for id_ in topic_ids.values() if status(peer, id_) != "OPTED_OUT"}
    required = {topic_ids[REQUIRED], topic_ids["Security alerts"]}
    assert on == required
    assert {row.state for row in rows} == {State.DELIVERED}
    expanded = {row.topic_id for row in rows[1:]}
    assert topic_ids["Due dates"] in expanded
    assert not expanded & required
    assert topic_ids["Cash flow report"] not in expanded, "it was off"


def test_what_was_chosen_since_stays_as_it_was_chosen(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    ask_for_silence(parts, books, peer)
    parts.delivery.at_once([books.choose(ON, topic, SAM)])
    peer.mend()

    for _ in range(3):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_IN"


def test_what_was_chosen_before_is_not_chosen_after_it(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """On, as a request that is under way when everything is turned off."""
    topic = topic_ids["Cash flow report"]
    under_way = books.choose(ON, topic, SAM)
    ask_for_silence(parts, books, peer)
    parts.delivery.at_once([under_way])
    peer.mend()

    for _ in range(4):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_OUT"


def test_an_older_request_that_comes_after_it_is_repaired(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """A topic that was off when everything was turned off: on was on its way."""
    topic = topic_ids["Cash flow report"]
    books.settle(books.choose(ON, topic, SAM), LOST)
    ask_for_silence(parts, books, peer)
    peer.mend()
    deliver_due(parts, books, 5)
    at_courier(peer, topic, "OPTED_IN")

    for _ in range(10):
        deliver_due(parts, books, 20)

    assert status(peer, topic) == "OPTED_OUT"


def test_it_expands_once_even_where_its_process_was_killed_over_it(
    parts: Parts, books: Books, peer: Peer
) -> None:
    everything = ask_for_silence(parts, books, peer)
    peer.mend()
    books.clock.seconds += 5
    (lost,) = parts.delivery.due(50)
    parts.delivery.deliver(lost)
    count = len(books.ledger.act(SAM, everything.reference))

    parts.delivery.deliver(lost)

    assert len(books.ledger.act(SAM, everything.reference)) == count


def test_it_is_taken_back_while_it_waits(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    everything = ask_for_silence(parts, books, peer)

    parts.center.undo(SAM, everything.reference, TRACE)
    peer.mend()
    deliver_due(parts, books)

    assert books.state(everything) is State.SUPERSEDED
    assert status(peer, topic) == "OPTED_IN"


def test_taking_it_back_brings_back_what_waited_before(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Somebody was told that it is kept; so it is."""
    books.wait(OFF, topic, SAM)
    everything = ask_for_silence(parts, books, peer)

    parts.center.undo(SAM, everything.reference, TRACE)
    peer.mend()
    for _ in range(2):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_OUT"


def test_looks_at_it_come_to_an_end(parts: Parts, books: Books, peer: Peer) -> None:
    """Two of them, the first of a process that was killed: there is a doubt."""
    books.everything(SAM)
    books.clock.seconds += 16
    ask_for_silence(parts, books, peer)
    peer.mend()

    for _ in range(10):
        deliver_due(parts, books)

    assert deliver_due(parts, books, 3600) == 0


def test_it_is_of_one_recipient_only(parts: Parts, books: Books, peer: Peer) -> None:
    waiting = books.wait(ON, of=ADA)

    ask_for_silence(parts, books, peer)

    assert books.state(waiting) is State.PENDING
