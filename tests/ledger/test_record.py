"""Recording: committed before it returns, in order, with names of their own."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger import chain
from app.ledger.database import Database
from app.ledger.ledger import Ledger
from app.preferences.choice import Choice, Door, Draft, State, Trace
from app.preferences.model import Channel, Recipient, Routing, Standing, Status
from app.preferences.rules import Act, Change, Reset
from tests.conftest import Clock
from tests.ledger.acts import ADA, HOUR, NO, OFF, ON, TRACE, WAS_ON, Books, together

REFERENCE = re.compile(r"([1-9][0-9]*-)?[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}")
DIES = """
import os, sys
from app.ledger.database import Database
from app.ledger.ledger import Ledger
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
ledger = Ledger(Database(sys.argv[1]), lambda: 1_800_000_000.0)
off, was = Change(Status.OPTED_OUT, Routing()), Standing(*[Status.OPTED_IN] * 2)
for n in range(int(sys.argv[2])):
    draft = Draft(f"topic {n}", "", was, off)
    (done,) = ledger.record(Recipient("user-ada"), [draft], Trace(Door.PAGE))
    print(done.reference, flush=True)
os._exit(9)
"""
STANDINGS = [
    WAS_ON,
    Standing(Status.REQUIRED, Status.REQUIRED),
    Standing(
        Status.OPTED_OUT,
        Status.OPTED_IN,
        Routing(True, (Channel("sms"), Channel("pigeon"))),
        "sch/1",
        Routing(False, (Channel("email"),)),
    ),
]
ACTS: list[Act] = [
    Reset(),
    OFF,
    Change(Status.OPTED_IN, Routing(True, (Channel("push"),)), "sch_2"),
    Change(Status.OPTED_IN, Routing(False, (Channel("sms"),)), clears_schedule=True),
]


def test_what_is_recorded_is_seen_by_everybody_at_once(url: str, books: Books) -> None:
    other = Database(url)
    elsewhere = Ledger(other, books.clock)

    for n in range(3):
        recorded = books.choose(OFF, f"topic {n}")
        assert elsewhere.find(ADA, [recorded.id]) == [recorded]
    other.close()


def test_a_process_that_dies_right_after_recording_loses_nothing(
    url: str, books: Books
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIES, url, "5"],
        cwd=Path.cwd(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )

    assert died.returncode == 9
    kept = books.evidence.choices_of(ADA.user_id)
    assert [choice.reference for choice in kept] == died.stdout.split()
    assert {choice.state for choice in kept} == {State.PENDING}
    books.clock.seconds += 16
    assert len(books.queue.claim(10)) == 5


@pytest.mark.parametrize("before", STANDINGS)
@pytest.mark.parametrize("act", ACTS, ids=repr)
def test_a_choice_comes_back_as_it_was_given(
    books: Books, before: Standing, act: Act
) -> None:
    recipient = Recipient("lin wei/07 ✓'\"%", "ten-ant")
    draft = Draft("topic/1", "Naïve & <b>", before, act)
    trace = Trace(Door.STAFF, "aa", "carol@example.com", "asked by phone")

    (recorded,) = books.ledger.record(recipient, [draft], trace)

    assert (recorded.recipient, recorded.draft, recorded.trace) == (
        recipient,
        draft,
        trace,
    )
    assert recorded.at == books.clock()
    assert books.ledger.act(recipient, recorded.reference) == [recorded]


def test_ids_rise_even_when_the_clock_is_set_back(books: Books) -> None:
    first = books.choose()
    books.clock.seconds -= 3 * HOUR
    second = books.choose()
    books.clock.seconds += 9 * HOUR
    third = books.choose()

    assert first.id < second.id < third.id
    newest_first = [third.id, second.id, first.id]
    assert [c.id for c in books.ledger.history(ADA)] == newest_first
    assert books.ledger.open(ADA)[0].id == third.id


def test_many_recorders_at_once_have_numbers_and_references_of_their_own(
    url: str, books: Books
) -> None:
    """Four processes, so to speak: each has connections of its own."""
    writers = [Books.opened(url, Clock()) for _ in range(4)]
    found: list[Choice] = []

    def record(writer: Books) -> None:
        name = writers.index(writer)
        found.extend(writer.choose(ON, f"{name}.{n}") for n in range(10))

    together(*(partial(record, writer) for writer in writers))
    for writer in writers:
        writer.database.close()

    assert sorted(choice.id for choice in found) == list(range(1, 41))
    assert len({choice.reference for choice in found}) == 40
    assert books.evidence.verify().entries == 40


def test_an_act_is_told_to_nobody_else(books: Books) -> None:
    recorded = books.choose()
    somebody = Recipient(ADA.user_id, "tenant")

    assert books.ledger.act(somebody, recorded.reference) == []
    assert books.ledger.find(somebody, [recorded.id]) == []
    assert books.ledger.history(somebody) == []
    assert books.ledger.open(somebody) == []


def test_open_tells_of_each_topic_the_newest(books: Books) -> None:
    books.choose(OFF, "a")
    newest = books.choose(ON, "a")
    other = books.wait(OFF, "b")
    books.settle(books.choose(OFF, "c"))

    waiting = {choice.topic_id: choice.id for choice in books.ledger.open(ADA)}

    assert waiting == {"a": newest.id, "b": other.id}


def test_newest_is_what_courier_took_or_may_take(books: Books) -> None:
    taken = books.choose(OFF, "a")
    books.settle(taken)
    books.settle(books.choose(ON, "a"), NO)
    waiting = books.wait(OFF, "b")

    assert [c.id for c in books.ledger.newest(ADA)] == [taken.id, waiting.id]


def test_history_is_bounded_and_newest_first(books: Books) -> None:
    recorded = [books.choose(OFF, f"topic {n}").id for n in range(5)]

    told = books.ledger.history(ADA, limit=3)

    assert [choice.id for choice in told] == recorded[:1:-1]


def test_an_act_of_nothing_leaves_nothing(books: Books) -> None:
    assert books.ledger.record(ADA, [], TRACE) == []
    assert books.evidence.verify().entries == 0


# References


@settings(max_examples=25)
@given(st.integers(1, 2**30 - 500))
def test_references_of_neighbours_are_all_different(start: int) -> None:
    names = [chain.reference(number) for number in range(start, start + 300)]

    assert len(set(names)) == 300
    assert all(REFERENCE.fullmatch(name) for name in names)


@settings(max_examples=25)
@given(st.sets(st.integers(1, 2**40), min_size=2, max_size=200))
def test_references_of_any_numbers_are_all_different(numbers: set[int]) -> None:
    names = {chain.reference(number) for number in numbers}

    assert len(names) == len(numbers)
    assert all(REFERENCE.fullmatch(name) for name in names)


@settings(max_examples=25)
@given(st.integers(1, 2**30 - 2))
def test_neighbours_differ_in_more_than_one_character(number: int) -> None:
    one, other = chain.reference(number), chain.reference(number + 1)

    assert sum(a != b for a, b in zip(one, other, strict=True)) > 1
