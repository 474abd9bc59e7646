"""What the desk counts: what was turned off, how soon it held, what failed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from app.ledger.figures import Figures
from app.ledger.queue import Result, Verdict
from app.ledger.tables import choices
from app.preferences.choice import Draft
from app.preferences.trail import OffDay
from tests.ledger.acts import (
    ADA,
    DONE,
    LATER,
    NO,
    OFF,
    ON,
    SAM,
    TRACE,
    WAS_ON,
    Books,
)

DAY = 24 * 60 * 60.0
DENIED = Result(Verdict.POSTPONED, "denied: 401 no such key")


@pytest.fixture
def figures(books: Books) -> Figures:
    return Figures(books.database, books.clock)


def today(books: Books) -> date:
    return datetime.fromtimestamp(books.clock(), UTC).date()


def midnight(books: Books) -> float:
    """When the day of the test's clock began, UTC."""
    return books.clock() // DAY * DAY


def test_unsubscribes_are_counted_by_topic_and_day(
    books: Books, figures: Figures
) -> None:
    books.choose(OFF, "news", ADA)
    books.choose(OFF, "news", SAM)
    books.choose(OFF, "offers", ADA)
    books.choose(ON, "tips", ADA)

    assert figures.off_per_day() == [
        OffDay("news", "News", today(books), 2),
        OffDay("offers", "Offers", today(books), 1),
    ]


def test_a_day_begins_at_midnight_utc_and_fourteen_are_counted(
    books: Books, figures: Figures
) -> None:
    now, start = books.clock(), midnight(books)
    moments = (start, start - 0.001, start - 13 * DAY, start - 13 * DAY - 0.001)
    for number, at in enumerate(moments):
        books.clock.seconds = at
        books.choose(of=SAM if number % 2 else ADA, topic=f"news {number}")
    books.clock.seconds = now

    days = {one.topic_id: one.day for one in figures.off_per_day()}

    assert days == {
        "news 0": today(books),
        "news 1": today(books) - timedelta(days=1),
        "news 2": today(books) - timedelta(days=13),
    }


def test_what_did_not_come_to_anything_is_not_counted(
    books: Books, figures: Figures
) -> None:
    """Refused, given up for a newer choice, and unseen ones by what they came to."""
    books.settle(books.choose(OFF, "refused"), NO)
    books.wait(OFF, "given up")
    books.choose(ON, "given up")
    unseen = books.everything()
    books.ledger.expand(unseen, [Draft("tips", "Tips", WAS_ON, OFF)])

    assert [one.topic_id for one in figures.off_per_day()] == ["tips"]


def test_a_topic_goes_by_its_last_name(books: Books, figures: Figures) -> None:
    for name in ("Old name", "New name"):
        books.clock.seconds += DAY
        books.ledger.record(ADA, [Draft("news", name, WAS_ON, OFF)], TRACE)
        books.settle(books.ledger.newest(ADA)[0])

    assert {one.topic_name for one in figures.off_per_day()} == {"New name"}


def test_the_time_to_honor_runs_until_courier_took_it(
    books: Books, figures: Figures
) -> None:
    for seconds, act in ((0.25, OFF), (90.0, OFF), (5.0, ON)):
        choice = books.choose(act, f"topic {seconds}")
        books.clock.seconds += seconds
        books.settle(choice, DONE)
    books.wait(OFF, "waits")

    assert figures.honored() == [90.0, 0.25]
    assert figures.honored(limit=1) == [90.0]
    books.clock.seconds += 8 * DAY
    assert figures.honored() == []


def test_a_clock_that_was_set_back_takes_no_negative_time(
    books: Books, figures: Figures
) -> None:
    choice = books.choose()
    books.clock.seconds -= 5
    books.settle(choice, DONE)

    assert figures.honored() == [0.0]


def test_the_newest_refused_come_with_all_one_needs_to_look_into_it(
    books: Books, figures: Figures
) -> None:
    books.settle(books.choose(OFF, "news", ADA), NO)
    books.clock.seconds += 1
    refused = books.choose(OFF, "offers", SAM)
    books.settle(refused, NO)
    books.choose(OFF, "fine", SAM)

    newest, older = figures.refused()

    assert (newest.recipient, newest.topic_id) == (SAM, "offers")
    assert (newest.reference, newest.error) == (refused.reference, NO.reason)
    assert older.recipient == ADA
    assert figures.refused(limit=1) == [newest]


def test_reasons_are_counted_by_their_first_word_for_a_week(
    books: Books, figures: Figures
) -> None:
    old = books.choose(OFF, "old")
    books.settle(old, NO)
    books.clock.seconds += 7 * DAY + 1
    for topic, reason in (("a", "refused: 400 x"), ("b", "refused: 422 y")):
        books.settle(books.choose(OFF, topic), Result(Verdict.REFUSED, reason))
    draft = Draft("c", "C", WAS_ON, OFF)
    books.ledger.refuse(ADA, [draft], TRACE, "required: by the workspace")

    assert figures.refused_by_reason() == [("refused", 2), ("required", 1)]


def test_a_wrong_key_shows_in_what_waits(books: Books, figures: Figures) -> None:
    books.settle(books.choose(OFF, "a"), LATER)
    assert figures.denied() == 0

    denied = books.choose(OFF, "b")
    books.settle(denied, DENIED)

    assert figures.denied() == 1
    done = update(choices).where(choices.c.id == denied.id)
    with books.database.recording() as connection:
        connection.execute(done.values(state="delivered", due_at=None))
    assert figures.denied() == 0


def test_an_empty_ledger_has_figures_too(figures: Figures) -> None:
    assert figures.off_per_day() == []
    assert figures.honored() == []
    assert figures.refused() == []
    assert figures.refused_by_reason() == []
