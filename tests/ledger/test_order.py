"""Newest wins: whatever is under way, waits or was lost when a choice comes."""

import threading

import pytest
from sqlalchemy import func, select, text, update

from app.ledger.tables import choices
from app.preferences.choice import Choice, Draft, State
from tests.conftest import Clock
from tests.ledger.acts import (
    ADA,
    DONE,
    LATER,
    LOST,
    NO,
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    eventually,
)


def taken(books: Books) -> Choice:
    (choice,) = books.queue.claim(10)
    return choice


def test_older_choices_that_wait_give_way_to_a_newer_one(books: Books) -> None:
    first, second = books.wait(OFF), books.wait(ON)

    third = books.choose(OFF)

    states = [books.state(choice) for choice in (first, second, third)]
    assert states == [State.SUPERSEDED, State.SUPERSEDED, State.PENDING]
    assert third.lease
    assert books.due_in(first) is None


def test_other_topics_tenants_and_recipients_are_left_alone(books: Books) -> None:
    tenant = type(ADA)(ADA.user_id, "harbor")
    others = [
        books.wait(OFF, "other"),
        books.wait(OFF, "news", SAM),
        books.wait(OFF, "news", tenant),
    ]

    books.choose(ON, "news", ADA)

    assert {books.state(other) for other in others} == {State.PENDING}


def test_a_topic_whose_request_is_under_way_gives_no_lease(books: Books) -> None:
    under_way, waiting = books.choose(ON), books.choose(OFF)

    assert under_way.lease
    assert waiting.lease is None
    assert books.queue.claim(10) == []
    books.settle(under_way)
    assert taken(books).id == waiting.id


def test_a_request_that_failed_gives_way_to_what_came_meanwhile(books: Books) -> None:
    under_way, newest = books.choose(ON), books.choose(OFF)

    books.settle(under_way, LATER)

    assert books.state(under_way) is State.SUPERSEDED
    assert taken(books).id == newest.id


def test_what_a_killed_process_left_gives_way_and_leaves_a_doubt(
    books: Books,
) -> None:
    killed, waiting = books.choose(ON), books.choose(OFF)
    books.clock.seconds += 16

    newest = taken(books)

    assert newest.id == waiting.id
    assert books.state(killed) is State.SUPERSEDED
    assert [old.id for old in books.queue.doubts(newest)] == [killed.id]


def test_a_choice_after_a_lease_ran_out_leaves_a_doubt_too(books: Books) -> None:
    killed = books.choose(ON)
    books.clock.seconds += 16

    newest = books.choose(OFF)

    assert newest.lease
    assert books.state(killed) is State.SUPERSEDED
    assert [old.id for old in books.queue.doubts(newest)] == [killed.id]


def test_a_newer_choice_ends_the_looks_at_an_older_one(books: Books) -> None:
    books.settle(books.choose(OFF), LOST)
    looked_at = books.choose(ON)
    books.settle(looked_at)
    assert books.due_in(looked_at) == 2

    books.choose(OFF)

    assert books.due_in(looked_at) is None
    assert books.state(looked_at) is State.DELIVERED


def test_a_look_that_is_under_way_ends_when_a_newer_choice_came(books: Books) -> None:
    """Or else it would find the newer choice there and put the older one back."""
    books.settle(books.choose(OFF), LOST)
    middle = books.choose(ON)
    books.settle(middle)
    books.clock.seconds += 3
    look = taken(books)
    newest = books.choose(OFF)

    books.queue.checked(look, is_over=False)
    assert books.due_in(middle) is None
    books.settle(taken(books))
    books.clock.seconds += 500
    books.queue.checked(taken(books), is_over=True)

    assert books.state(newest) is State.DELIVERED
    books.clock.seconds += 500
    assert books.queue.claim(10) == []


def test_a_request_that_ends_while_a_newer_choice_is_recorded_does_not_come_after_it(
    postgresql: str, clock: Clock
) -> None:
    """Recording waits for a row that somebody holds; meanwhile the other is free."""
    books = Books.opened(postgresql, clock)
    under_way, held = books.choose(ON, "a"), books.wait(ON, "b")
    drafts = [Draft(topic, topic, WAS_ON, OFF) for topic in ("a", "b")]
    newest: list[Choice] = []

    def record() -> None:
        newest.extend(books.ledger.record(ADA, drafts, TRACE))

    recording = threading.Thread(target=record)
    with books.database.noting() as holder:
        holder.execute(select(choices).where(choices.c.id == held.id).with_for_update())
        recording.start()
        assert eventually(lambda: _is_waiting(books))
        try:
            books.settle(under_way, LATER)
        finally:
            holder.rollback()
    recording.join()
    for choice in newest:
        books.settle(choice)
    books.clock.seconds += 30

    assert under_way.id not in {choice.id for choice in books.queue.claim(10)}
    books.database.close()


def test_recording_locks_the_newest_row_first_as_those_who_claim_do(
    postgresql: str, clock: Clock
) -> None:
    """Or else each would hold what the other waits for: a deadlock."""
    books = Books.opened(postgresql, clock)
    older, newer = books.wait(OFF), books.wait(ON)
    reopened = update(choices).values(state="pending", due_at=0)
    recording = threading.Thread(target=books.choose)
    with books.database.noting() as claimer:
        claimer.execute(reopened.where(choices.c.id == older.id))
    with books.database.noting() as claimer:
        claimer.execute(
            select(choices).where(choices.c.id == newer.id).with_for_update()
        )
        recording.start()
        assert eventually(lambda: _is_waiting(books))
        free = select(choices.c.id).where(choices.c.id == older.id)
        found = claimer.execute(free.with_for_update(skip_locked=True)).all()
    recording.join()
    books.database.close()

    assert len(found) == 1


def _is_waiting(books: Books) -> bool:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with books.database.reading() as connection:
        return bool(connection.execute(query).scalar_one())


# What Courier refused


def test_what_gave_way_to_a_refused_choice_is_wanted_again(books: Books) -> None:
    older, refused = books.wait(OFF), books.choose(ON)

    books.settle(refused, NO)

    assert books.state(refused) is State.REFUSED
    assert books.row(refused)["last_error"] == NO.reason
    assert taken(books).id == older.id


def test_nothing_is_revived_that_courier_took_or_refused(books: Books) -> None:
    for result in (DONE, NO):
        books.settle(books.choose(OFF), result)

    books.settle(books.choose(ON), NO)

    assert books.queue.claim(10) == []


def test_nothing_is_revived_under_a_newer_choice(books: Books) -> None:
    older, refused = books.wait(OFF), books.choose(ON)
    newest = books.choose(OFF)

    books.settle(refused, NO)

    assert books.state(older) is State.SUPERSEDED
    assert taken(books).id == newest.id


# A choice for everything


def test_what_waits_stays_until_everything_expands(books: Books) -> None:
    mine, hers = books.wait(ON), books.wait(ON, of=SAM)

    everything = books.everything()
    assert books.state(mine) is State.PENDING
    books.ledger.expand(everything, [Draft("news", "", WAS_ON, OFF)])

    assert books.state(mine) is State.SUPERSEDED
    assert books.state(hers) is State.PENDING


def test_a_choice_for_everything_waits_for_what_is_under_way(books: Books) -> None:
    under_way, hers = books.choose(ON), books.choose(ON, of=SAM)
    everything = books.everything()
    books.settle(everything, LATER)
    books.clock.seconds += 5
    assert books.queue.claim(10) == []

    books.settle(under_way)

    assert taken(books).id == everything.id
    assert hers.lease


def test_what_was_withdrawn_is_not_given_out(books: Books) -> None:
    everything = books.everything()
    books.settle(everything, LATER)

    books.queue.withdraw(everything)
    books.clock.seconds += 60

    assert books.state(everything) is State.SUPERSEDED
    assert books.queue.claim(10) == []


def test_what_is_under_way_is_not_withdrawn(books: Books) -> None:
    everything = books.everything()

    books.queue.withdraw(everything)

    assert books.state(everything) is State.PENDING


def test_everything_expands_under_its_reference_but_for_newer_choices(
    books: Books,
) -> None:
    books.choose(ON, "older")
    everything = books.everything()
    newer = books.choose(ON, "newer")

    drafts = [Draft(t, t, WAS_ON, OFF) for t in ("older", "newer", "third")]
    expanded = books.ledger.expand(everything, drafts)

    assert [c.topic_id for c in expanded] == ["older", "third"]
    assert {c.reference for c in expanded} == {everything.reference}
    assert books.state(newer) is State.PENDING
    assert books.ledger.expand(everything, drafts) == [], "once, even when repeated"


@pytest.mark.parametrize("topics", [0, 3])
def test_an_act_is_one_reference_and_a_row_per_topic(books: Books, topics: int) -> None:
    names = [f"topic {n}" for n in range(topics)]
    drafts = [Draft(name, name, WAS_ON, OFF) for name in names]

    recorded = books.ledger.record(ADA, drafts, TRACE)

    assert [c.topic_id for c in recorded] == names
    assert len({c.reference for c in recorded}) == min(topics, 1)
    with books.database.reading() as connection:
        assert connection.execute(select(func.count(choices.c.id))).scalar() == topics
