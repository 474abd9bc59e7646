"""What was sent without the ledger and never answered is feared, noted, repaired."""

import pytest

from app.ledger.queue import LOOKS
from app.outcome import Outcome, Rendered, Trouble
from app.parts import Parts
from app.preferences.choice import Choice, Draft, State
from app.preferences.rules import Wish
from tests.ledger.acts import (
    ADA,
    DONE,
    LOST,
    MINUTE,
    NO,
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_OFF,
    WAS_ON,
    Books,
    at_courier,
    deliver_due,
    lost_at_the_commit,
    status,
    unwritable,
)
from tests.peer import Peer

LOST_ANSWER = {"kind": "reset", "methods": ["PUT"], "times": 1}


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


def chosen(
    parts: Parts, topic: str, was: Rendered | None = None, *, is_on: bool = False
) -> Outcome:
    """Off from a page that showed on, or the other way round."""
    standing = WAS_OFF if is_on else WAS_ON
    was = was or Rendered(topic, "Due dates", standing)
    outcome = parts.center.choosing.choose(SAM, was, Wish(is_on=is_on), TRACE)
    assert isinstance(outcome, Outcome)
    return outcome


def feared(books: Books, topic: str = "news") -> None:
    """As if off had been sent while nothing could be written."""
    books.ledger.doubt(ADA, Draft(topic, "", WAS_ON, OFF), TRACE)


def look(books: Books) -> Choice:
    """The look that is due next, leased, at its time."""
    (last,) = books.ledger.open(ADA)
    books.clock.seconds += books.due_in(last) or 0
    (choice,) = books.queue.claim(10)
    assert choice.state is State.DELIVERED
    return choice


def looks(books: Books) -> int:
    """How many looks are taken until nothing is to be done any more."""
    count = 0
    while books.ledger.open(ADA):
        books.queue.checked(look(books))
        count += 1
    return count


# Through the whole app


def test_a_direct_try_without_an_answer_is_written_down_later_and_repaired(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    kept = books.choose(ON, topic, SAM)
    parts.delivery.at_once([kept])
    peer.switch(faults=[LOST_ANSWER])
    with unwritable(books):
        lost = chosen(parts, topic)
    assert (lost.trouble, lost.is_quiet) == (Trouble.UNCERTAIN, False)

    parts.delivery.note_fears()
    assert deliver_due(parts, books, 1) == 1, "a look at what was kept"
    at_courier(peer, topic, "OPTED_OUT")
    for _ in LOOKS:
        deliver_due(parts, books, 20)

    assert status(peer, topic) == "OPTED_IN"
    feared, _ = books.ledger.history(SAM)
    assert (feared.draft.act, feared.state) == (OFF, State.REFUSED)


def test_a_direct_try_that_courier_has_stays_though_its_answer_was_lost(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """What the ledger knows is older, and must not be put in its place."""
    parts.delivery.at_once([books.choose(ON, topic, SAM)])
    peer.switch(faults=[LOST_ANSWER | {"apply": True}])
    with unwritable(books):
        saved = chosen(parts, topic)
    assert (saved.trouble, saved.is_quiet) == (None, False)

    parts.delivery.note_fears()
    for _ in LOOKS:
        deliver_due(parts, books, 20)

    assert status(peer, topic) == "OPTED_OUT"


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_may_be_written_down_is_not_sent_as_well(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """It would come once more, over what was sent directly after it."""
    peer.requests()
    with lost_at_the_commit(books):
        lost = chosen(parts, topic)

    assert (lost.trouble, lost.is_quiet) == (Trouble.UNCERTAIN, False)
    assert peer.writes() == []


def test_after_a_direct_try_without_an_answer_nothing_is_tried_directly(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Not even from a page that was drawn anew: what is feared would win."""
    parts.delivery.at_once([books.choose(ON, topic, SAM)])
    peer.requests()
    peer.switch(faults=[LOST_ANSWER])
    with unwritable(books):
        chosen(parts, topic)
        peer.requests()
        again = chosen(parts, topic)
    assert (again.trouble, again.is_quiet) == (Trouble.UNAVAILABLE, False)
    assert peer.writes() == []


def test_what_is_feared_is_written_down_before_the_next_choice(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Also where another process delivers: nobody else knows of it."""
    peer.switch(faults=[LOST_ANSWER])
    with unwritable(books):
        chosen(parts, topic)

    outcome = chosen(parts, topic, is_on=True)

    assert outcome.reference
    assert not outcome.is_quiet
    newest, feared = books.ledger.history(SAM)
    assert (newest.draft.act, feared.draft.act) == (ON, OFF)
    assert books.due_in(newest) == LOOKS[0]


def test_the_form_s_flag_goes_through_answers_that_failed(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    restless = Rendered(topic, "Due dates", WAS_ON, is_quiet=False)
    with unwritable(books):
        failed = chosen(parts, topic, restless)
    assert (failed.trouble, failed.is_quiet) == (Trouble.UNAVAILABLE, False)
    assert peer.writes() == []

    assert chosen(parts, topic, restless).is_quiet, "written down, and answered"


def test_what_was_sent_and_not_settled_leaves_its_form_restless(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    with unwritable(books, [("choices", "UPDATE OF attempts")]):
        sent = chosen(parts, topic)
    assert (sent.trouble, sent.is_kept, sent.is_quiet) == (None, False, False)
    peer.requests()

    was = Rendered(topic, "Due dates", WAS_OFF, is_quiet=sent.is_quiet)
    with unwritable(books):
        later = chosen(parts, topic, was, is_on=True)

    assert later.trouble is Trouble.UNAVAILABLE
    assert peer.writes() == []
    deliver_due(parts, books)
    assert status(peer, topic) == "OPTED_OUT"


# In the ledger


def test_the_last_delivered_choice_is_looked_at_again(books: Books) -> None:
    books.settle(books.choose(OFF))
    last = books.choose(ON)
    books.settle(last)

    feared(books)

    assert books.due_in(last) == 0
    assert [old.draft.act for old in books.queue.doubts(last)] == [OFF]
    assert looks(books) == len(LOOKS)
    assert books.queue.doubts(last) == []


@pytest.mark.parametrize("taken", [3, len(LOOKS)])
def test_whatever_is_feared_has_all_its_looks(books: Books, taken: int) -> None:
    """Also where some were taken already, for an older one."""
    books.settle(books.choose(ON))
    feared(books)
    for _ in range(taken):
        books.queue.checked(look(books))

    feared(books)

    assert looks(books) == len(LOOKS)


def test_what_is_feared_during_the_last_look_is_not_forgotten(books: Books) -> None:
    books.settle(last := books.choose(ON))
    feared(books)
    for _ in LOOKS[1:]:
        books.queue.checked(look(books))
    under_way = look(books)

    feared(books)
    books.queue.checked(under_way)

    assert books.queue.doubts(last)
    assert looks(books) == len(LOOKS)


def test_what_is_feared_while_a_choice_is_sent_is_looked_for(books: Books) -> None:
    under_way = books.choose(ON)
    feared(books)

    books.settle(under_way)

    assert books.due_in(under_way) == LOOKS[0]


def test_what_is_feared_is_not_wanted_again_when_another_is_refused(
    books: Books,
) -> None:
    """Nobody was told that it is kept."""
    feared(books)

    books.settle(books.choose(ON), NO)

    assert books.ledger.open(ADA) == []


def test_what_is_feared_does_not_stand_in_for_everything(books: Books) -> None:
    """Everything off was kept; what came after it was not."""
    everything = books.everything()
    feared(books)

    expanded = books.ledger.expand(everything, [Draft("news", "", WAS_ON, OFF)])

    assert [choice.topic_id for choice in expanded] == ["news"]


def test_who_lost_the_lease_of_a_look_clears_no_doubt(books: Books) -> None:
    books.settle(books.choose(ON), LOST)
    books.settle(books.choose(OFF))
    for _ in LOOKS[1:]:
        books.queue.checked(look(books))
    stopped = look(books)
    newer = books.choose(ON)
    books.clock.seconds += MINUTE
    (sent,) = books.queue.claim(10)
    assert sent.id == newer.id
    books.settle(sent, LOST)

    books.queue.checked(stopped)
    newest = books.choose(OFF)
    books.settle(newest, DONE)

    assert newer.id in {old.id for old in books.queue.doubts(newest)}
