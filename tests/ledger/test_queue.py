"""What is due is given out once, and what became of it is written down."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import update

from app.ledger.queue import LOOKS, Result, Verdict
from app.ledger.tables import choices
from app.preferences.choice import OVERDUE, Choice, Draft, State
from tests.conftest import Clock
from tests.ledger.acts import (
    ADA,
    DONE,
    HOUR,
    LATER,
    LOST,
    MINUTE,
    NO,
    OFF,
    ON,
    ON_SQLITE,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    together,
)

TOPICS = 40


def ids(found: list[Choice]) -> list[int]:
    return [choice.id for choice in found]


def failed(books: Books, times: int, retry_after: float | None = None) -> float:
    """Seconds until the next attempt of a choice that failed so often."""
    result = replace(LATER, retry_after=retry_after)
    choice = books.choose(OFF)
    books.settle(choice, result)
    for _ in range(times - 1):
        books.clock.seconds += 2 * HOUR - 1
        (choice,) = books.queue.claim(1)
        books.settle(choice, result)
    return books.due_in(choice) or 0.0


def test_a_recorder_has_its_choice_to_itself_for_a_while(books: Books) -> None:
    choice = books.choose()

    assert books.queue.claim(10) == []
    books.clock.seconds += 14.9
    assert books.queue.claim(10) == []
    books.clock.seconds += 0.2
    assert ids(books.queue.claim(10)) == [choice.id]


def test_a_lease_that_ran_out_is_taken_over_and_leaves_a_doubt(books: Books) -> None:
    books.wait()
    books.clock.seconds += 5
    (lost,) = books.queue.claim(10)
    assert not lost.is_in_doubt
    assert books.queue.claim(10) == []

    books.clock.seconds += 16
    (taken,) = books.queue.claim(10)

    assert (taken.id, taken.is_in_doubt) == (lost.id, True)
    assert taken.lease != lost.lease


@pytest.mark.parametrize("result", [DONE, NO, LATER])
def test_who_lost_the_lease_changes_nothing(books: Books, result: Result) -> None:
    lost = books.choose()
    books.clock.seconds += 16
    (taken,) = books.queue.claim(1)
    before = books.row(taken)

    books.settle(lost, result)
    books.queue.checked(lost, is_over=True)

    assert books.row(taken) == before


def test_two_things_of_one_topic_are_never_given_out_together(books: Books) -> None:
    for topic in ("a", "b"):
        for act in (OFF, ON, OFF):
            books.wait(act, topic)
    books.clock.seconds += MINUTE

    claimed = books.queue.claim(10)

    assert sorted(choice.topic_id for choice in claimed) == ["a", "b"]
    newest = {choice.topic_id: choice.id for choice in books.ledger.newest(ADA)}
    assert {choice.topic_id: choice.id for choice in claimed} == newest


def test_no_more_is_given_out_than_asked_for_the_longest_due_first(
    books: Books,
) -> None:
    waiting = []
    for n in range(4):
        waiting.append(books.wait(topic=f"topic {n}").id)
        books.clock.seconds += MINUTE

    assert ids(books.queue.claim(3)) == waiting[:3]
    assert ids(books.queue.claim(3)) == waiting[3:]


def test_claimers_at_the_same_time_never_get_the_same_row(
    url: str, books: Books
) -> None:
    drafts = [Draft(f"topic {n}", "", WAS_ON, OFF) for n in range(TOPICS // 2)]
    for who in (ADA, SAM):
        books.ledger.record(who, drafts, TRACE)
    books.clock.seconds += MINUTE
    claimers = [Books.opened(url, books.clock) for _ in range(4)]
    claimed: list[int] = []

    together(*(partial(_claim_all, claimer, claimed) for claimer in claimers))
    for claimer in claimers:
        claimer.database.close()

    assert set(Counter(claimed).values()) == {1}
    assert len(claimed) == TOPICS


def _claim_all(books: Books, claimed: list[int]) -> None:
    """Until nothing is left; empty hands once may mean that others held it all."""
    empty = 0
    while empty < 3:
        found = books.queue.claim(7)
        claimed += ids(found)
        empty = 0 if found else empty + 1


def test_recorders_and_claimers_at_once_keep_one_request_per_topic(
    url: str, books: Books
) -> None:
    """At any moment one at most is leased; at the end, only the newest counts."""
    people = [Books.opened(url, books.clock) for _ in range(4)]
    under_way: Counter[str] = Counter()
    seen: list[int] = []

    def work(own: Books) -> None:
        for n in range(10):
            topic = f"topic {n % 3}"
            held = [c for c in (own.choose(ON, topic),) if c.lease]
            held += own.queue.claim(2)
            for choice in held:
                under_way[choice.topic_id] += 1
                seen.append(under_way[choice.topic_id])
            for choice in held:
                under_way[choice.topic_id] -= 1
                own.settle(choice, DONE if n % 2 else LATER)

    together(*(partial(work, own) for own in people))
    for own in people:
        own.database.close()
    _drain(books)

    assert max(seen) == 1
    newest = books.ledger.newest(ADA)
    assert {choice.state for choice in newest} == {State.DELIVERED}
    states = Counter(choice.state for choice in books.ledger.history(ADA))
    assert states[State.PENDING] == 0


def _drain(books: Books) -> None:
    """Delivers whatever waits, and fails where something comes out of order."""
    for _ in range(10):
        books.clock.seconds += MINUTE
        for choice in books.queue.claim(50):
            newest = {c.topic_id: c.id for c in books.ledger.newest(ADA)}
            assert choice.id == newest[choice.topic_id]
            books.settle(choice)


# Pauses


@ON_SQLITE
def test_pauses_grow_and_are_bounded(books: Books) -> None:
    for times, longest in ((1, 1.0), (2, 2.0), (4, 8.0), (12, 60.0), (29, 60.0)):
        assert longest / 2 <= failed(books, times) <= longest


@ON_SQLITE
def test_after_half_an_hour_the_pauses_are_ten_times_as_long(books: Books) -> None:
    assert 300 <= failed(books, 35) <= 600


@ON_SQLITE
def test_pauses_are_jittered(books: Books) -> None:
    assert len({failed(books, 4) for _ in range(8)}) > 4


@ON_SQLITE
def test_courier_s_own_pause_is_honoured_up_to_an_hour(books: Books) -> None:
    assert failed(books, 1, retry_after=90) == 90
    assert failed(books, 1, retry_after=10**6) == HOUR
    assert failed(books, 12, retry_after=2) >= 30


# Clocks


@pytest.mark.parametrize("hours", [1.2, 24])
@ON_SQLITE
def test_a_clock_set_back_leaves_nothing_waiting_for_long(
    books: Books, hours: float
) -> None:
    waiting, leased = books.wait(OFF, "a"), books.choose(OFF, "b")
    books.clock.seconds -= hours * HOUR
    claimed: list[int] = []

    for _ in range(13):
        books.clock.seconds += 5 * MINUTE
        claimed += ids(books.queue.claim(10))

    assert {waiting.id, leased.id} <= set(claimed)


def test_a_clock_set_back_under_a_killed_process_frees_the_newer_choice(
    books: Books,
) -> None:
    books.choose(ON)
    waiting = books.choose(OFF)
    assert waiting.lease is None

    books.clock.seconds -= 3 * HOUR

    assert ids(books.queue.claim(10)) == [waiting.id]


@pytest.mark.parametrize("hours", [-2, 2])
def test_while_a_process_with_a_wrong_clock_is_at_it_nothing_newer_is_called_saved(
    url: str, books: Books, hours: float
) -> None:
    """The newer choice is kept, and looked at again once it is delivered."""
    books.wait(ON)
    other = Books.opened(url, Clock(books.clock() + hours * HOUR + MINUTE))
    (sent,) = other.queue.claim(10)
    other.database.close()

    newer = books.choose(OFF)

    assert newer.lease is None
    (taken,) = books.queue.claim(10)
    assert taken.id == newer.id
    books.settle(taken)
    assert ids(books.queue.doubts(taken)) == [sent.id]
    assert books.due_in(taken) == LOOKS[0]


def test_a_clock_set_forward_delays_what_was_leased_and_leaves_a_doubt(
    books: Books,
) -> None:
    """Or it is another process's clock, which is late, and that one is at it."""
    waiting, leased = books.wait(OFF, "a"), books.choose(OFF, "b")
    books.clock.seconds += 5 * HOUR
    claimed = {choice.id: choice.is_in_doubt for choice in books.queue.claim(10)}
    assert claimed == {waiting.id: False}
    books.settle(books.choose(OFF, "a"))

    books.clock.seconds += 16

    claimed = {choice.id: choice.is_in_doubt for choice in books.queue.claim(10)}
    assert claimed[leased.id]


@ON_SQLITE
def test_between_two_clocks_what_a_killed_process_left_is_taken_over(
    url: str, books: Books
) -> None:
    killed = books.choose()
    other = Books.opened(url, Clock(books.clock() + 3 * HOUR))
    claimed: list[int] = []
    for _ in range(60):
        for own in (books, other):
            claimed += ids(own.queue.claim(10))
            own.clock.seconds += 1
    other.database.close()

    assert killed.id in claimed


# Looking again


def looked_for(books: Books) -> Choice:
    """Off, delivered after an on whose answer was lost."""
    books.settle(books.choose(ON), LOST)
    choice = books.choose(OFF)
    books.settle(choice)
    return choice


def look(books: Books) -> Choice:
    """The look that is due next, leased, at its time."""
    (last,) = books.ledger.open(ADA)
    books.clock.seconds += books.due_in(last) or 0
    (choice,) = books.queue.claim(10)
    return choice


def test_a_choice_after_a_doubtful_one_is_looked_at_a_number_of_times(
    books: Books,
) -> None:
    choice, began, seen = looked_for(books), books.clock(), []

    while books.ledger.open(ADA):
        found = look(books)
        assert (found.id, found.state) == (choice.id, State.DELIVERED)
        assert books.queue.doubts(found)
        seen.append(books.clock() - began)
        books.queue.checked(found)

    assert seen == [sum(LOOKS[: n + 1]) for n in range(len(LOOKS))]
    assert books.queue.doubts(choice) == [], "nothing old is feared any more"


def test_a_look_that_found_something_or_nothing_at_all_does_not_count(
    books: Books,
) -> None:
    choice = looked_for(books)
    for _ in range(2 * len(LOOKS)):
        books.queue.checked(look(books), counts=False)

    assert books.row(choice)["looks"] == 0
    assert books.due_in(choice) == LOOKS[0]


@pytest.mark.parametrize("hours", [-3, 0.5, 3])
@ON_SQLITE
def test_a_clock_of_another_process_neither_ends_nor_loses_the_looks(
    url: str, books: Books, hours: float
) -> None:
    """Two that deliver, hours apart: what the other one has seen does not count."""
    choice = looked_for(books)
    clock = Clock(books.clock() + hours * HOUR)
    other = Books.opened(url, clock)
    for _ in range(3 * len(LOOKS)):
        for seen in other.queue.claim(10):
            other.queue.checked(seen)
        clock.seconds += 1
    assert books.queue.doubts(choice)
    other.database.close()

    books.clock.seconds += 3 * len(LOOKS)
    for _ in range(40):
        for seen in books.queue.claim(10):
            books.queue.checked(seen)
        books.clock.seconds += MINUTE

    assert books.ledger.open(ADA) == []
    assert books.queue.doubts(choice) == []


@ON_SQLITE
def test_between_two_clocks_the_looks_come_to_an_end(url: str, books: Books) -> None:
    """Each finds it due at once, and out of step; after a day all is forgotten."""
    choice = looked_for(books)
    other = Books.opened(url, Clock(books.clock() + 3 * HOUR))
    taken = 0
    for _ in range(2 * 48):
        for own in (books, other):
            for seen in own.queue.claim(10):
                own.queue.checked(seen)
                taken += 1
            own.clock.seconds += HOUR / 2
    other.database.close()

    assert taken
    assert books.due_in(choice) is None


def test_a_choice_that_was_overtaken_is_closed_and_not_given_out(
    books: Books,
) -> None:
    """As by a process of an older version, or by a hand in the database."""
    overtaken = books.wait(ON)
    books.settle(books.choose(OFF))
    with books.database.recording() as connection:
        of = choices.c.id == overtaken.id
        connection.execute(update(choices).where(of).values(state="pending", due_at=0))

    assert books.queue.claim(10) == []
    assert books.state(overtaken) is State.SUPERSEDED
    assert books.due_in(overtaken) is None


def test_a_choice_after_none_in_doubt_is_not_looked_at(books: Books) -> None:
    books.settle(books.choose(ON), LATER)
    books.settle(books.choose(OFF))

    books.clock.seconds += HOUR

    assert books.queue.claim(10) == []


def test_a_doubt_from_before_is_none_any_more(books: Books) -> None:
    """Or a change made elsewhere would look like a request of last year."""
    books.settle(books.choose(ON), LOST)
    books.settle(books.choose(OFF))
    books.clock.seconds += 90 * 24 * HOUR
    recent = books.choose(ON)
    books.settle(recent, LOST)
    newest = books.choose(OFF)
    books.settle(newest)
    books.clock.seconds += 3

    look = next(c for c in books.queue.claim(10) if c.id == newest.id)

    assert ids(books.queue.doubts(look)) == [recent.id]


# What waits


def test_the_backlog_counts_what_waits_and_what_is_overdue(books: Books) -> None:
    books.wait(topic="old")
    books.clock.seconds += OVERDUE - 1
    books.wait(topic="new")
    books.settle(books.choose(topic="delivered"))
    assert books.queue.backlog().overdue == 0

    books.clock.seconds += 2
    backlog = books.queue.backlog()

    assert (backlog.pending, backlog.overdue) == (2, 1)
    assert backlog.oldest == OVERDUE + 1
    overdue = {c.topic_id: c.is_overdue for c in books.ledger.open(ADA)}
    assert overdue == {"old": True, "new": False}


def test_what_is_overdue_is_still_tried(books: Books) -> None:
    choice = books.wait()
    books.clock.seconds += 3 * OVERDUE

    assert ids(books.queue.claim(10)) == [choice.id]


def test_nothing_waits_in_an_empty_ledger(books: Books, clock: Clock) -> None:
    backlog = books.queue.backlog()

    assert (backlog.pending, backlog.overdue, backlog.oldest) == (0, 0, 0)
    assert books.queue.hurry() == 0
    assert books.queue.claim(10) == []
    assert clock() == books.clock()


def test_hurrying_makes_due_what_waits_and_nothing_else(books: Books) -> None:
    books.settle(books.choose(topic="a"), replace(LATER, retry_after=HOUR))
    books.choose(topic="under way")
    books.settle(books.choose(topic="delivered"))

    assert books.queue.hurry() == 1
    assert [choice.topic_id for choice in books.queue.claim(10)] == ["a"]


def test_an_attempt_is_counted_and_its_fault_kept(books: Books) -> None:
    choice = books.wait()
    books.clock.seconds += MINUTE
    (again,) = books.queue.claim(1)
    books.settle(again, Result(Verdict.DELIVERED))

    (told,) = books.ledger.find(ADA, [choice.id])
    assert (again.attempts, again.last_error) == (1, LATER.reason)
    assert (told.attempts, told.last_error) == (2, None)
    assert told.delivered_at == books.clock()
