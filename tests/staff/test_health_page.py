"""The health page: what is wrong, what waits, how soon an unsubscribe holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.desk.health import Honored, _honored
from app.ledger.answers import Answers
from app.ledger.queue import Result, Verdict
from app.parts import Parts
from app.preferences.choice import Choice, Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.staff import Entry, Kind
from app.preferences.trail import Filter
from tests.conftest import ALICE, BOB, Clock
from tests.house.client import Page
from tests.house.rules import elements, text
from tests.staff.conftest import ANA, Colleague

IN = Standing(Status.OPTED_IN, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())
DAY = 24 * 60 * 60.0
DONE = Result(Verdict.DELIVERED)
NO = Result(Verdict.REFUSED, "gone: 404 no such topic")
DENIED = Result(Verdict.POSTPONED, "denied: 401 no such key")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<img src=x onerror=alert(1)>"


def choose(
    parts: Parts, result: Result | None, topic: str = "news", whom: Recipient = ALICE
) -> Choice:
    draft = Draft(topic, topic.title(), IN, OFF)
    (choice,) = parts.ledger.record(whom, [draft], Trace(Door.PAGE))
    if result:
        parts.queue.settle([(choice, result)])
    return choice


def alerts(page: Page) -> str:
    found = (e for e in elements(page.tree) if e.get("role") == "alert")
    return " ".join(text(e) for e in found)


def pairs(page: Page) -> dict[str, str]:
    names, values = elements(page.tree, "dt"), elements(page.tree, "dd")
    return {text(n): text(v) for n, v in zip(names, values, strict=True)}


@contextmanager
def without(parts: Parts, table: str) -> Iterator[None]:
    """A database that does not answer for one table."""
    with parts.database.recording() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO gone")
    try:
        yield
    finally:
        with parts.database.recording() as connection:
            connection.exec_driver_sql(f"ALTER TABLE gone RENAME TO {table}")


def test_a_quiet_day_has_no_alert(vera: Colleague) -> None:
    page = vera.open("/staff/health")

    assert page.status == 200
    assert alerts(page) == ""
    assert pairs(page)["Wait for Courier"] == "0"
    assert "Nobody unsubscribed in the last 14 days." in page.text


def test_what_waits_is_told(parts: Parts, clock: Clock, vera: Colleague) -> None:
    choose(parts, Result(Verdict.POSTPONED, "unavailable: 503"))
    clock.seconds += 300

    page = vera.open("/staff/health")

    assert pairs(page)["Wait for Courier"] == "1"
    assert pairs(page)["The oldest waits"] == "5 min"
    assert alerts(page) == ""


def test_a_choice_that_waits_for_more_than_a_week_is_an_alert(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    clock.seconds -= 8 * DAY
    choose(parts, Result(Verdict.POSTPONED, "unavailable: 503"))
    clock.seconds += 8 * DAY

    page = ana.open("/staff/health")

    assert "1 choice has waited for more than a week" in alerts(page)
    assert pairs(page)["For more than a week"] == "1"


def test_a_wrong_key_is_an_alert_that_names_the_setting(
    parts: Parts, vera: Colleague
) -> None:
    choose(parts, DENIED)

    assert "COURIER_API_KEY" in alerts(vera.open("/staff/health"))


def test_who_was_stopped_from_looking_up_more_is_an_alert_for_a_day(
    parts: Parts, clock: Clock, vera: Colleague
) -> None:
    clock.seconds -= DAY + 1
    parts.trail.note(Entry(Kind.LIMITED, "old@tidewell.example"))
    clock.seconds += DAY + 1
    parts.trail.note(Entry(Kind.LIMITED, HOSTILE))

    page = vera.open("/staff/health")

    assert f"{HOSTILE} was stopped" in alerts(page)
    assert "old@" not in page.text
    assert "<img" not in page.html


def test_refused_choices_are_told_by_reason_and_one_by_one(
    parts: Parts, amir: Colleague, vera: Colleague
) -> None:
    refused = choose(parts, NO, "tips", BOB)
    choose(parts, NO, "offers")

    page = amir.open("/staff/health")

    assert "Courier does not know the topic any more: 2" in page.text
    rows = [text(row) for row in elements(page.tree, "tr")]
    (row,) = [row for row in rows if "lin wei 07" in row]
    assert "Tips" in row
    assert "(404 no such topic)" in row
    assert refused.reference in row
    assert page.links["lin wei 07"].startswith("/staff/recipients/")
    assert "lin wei" not in page.links["lin wei 07"]
    seen = vera.open("/staff/health").text
    assert "Courier does not know the topic any more: 2" in seen
    assert "lin wei" not in seen


def test_the_time_to_honor_is_told_with_the_last_trial(
    parts: Parts, clock: Clock, vera: Colleague
) -> None:
    for number in range(20):
        choice = choose(parts, None, f"topic {number}")
        clock.seconds += 90 if number == 7 else 0.4
        parts.queue.settle([(choice, DONE)])
    said = {"ok": True, "seconds": 1.25, "at": clock()}
    Answers(parts.database, clock).keep("canary", json.dumps(said))

    page = vera.open("/staff/health")

    assert pairs(page)["Half of them within"] == "0.4 s"
    assert pairs(page)["The slowest within"] == "90 s"
    assert pairs(page)["Counted"] == "20 unsubscribes of the last 7 days"
    assert "The last trial unsubscribe held after 1.2 s" in page.text


@pytest.mark.parametrize("left", ["", "no json", "[]", '{"ok": 1}', '{"at": "x"}'])
def test_a_trial_that_nobody_can_read_was_none(
    parts: Parts, clock: Clock, vera: Colleague, left: str
) -> None:
    Answers(parts.database, clock).keep("canary", left)

    assert "No trial unsubscribe was made" in vera.open("/staff/health").text


def test_a_trial_that_failed_is_told_so(
    parts: Parts, clock: Clock, vera: Colleague
) -> None:
    said = {"ok": False, "seconds": 300.0, "at": clock()}
    Answers(parts.database, clock).keep("canary", json.dumps(said))

    assert "The last trial unsubscribe failed" in vera.open("/staff/health").text


def test_the_middle_and_nineteen_of_twenty_are_reckoned() -> None:
    assert _honored([]) is None
    assert _honored([2.0]) == Honored(1, 2.0, 2.0, 2.0)
    found = _honored([float(n) for n in range(101)])
    assert found == Honored(101, 50.0, 95.0, 100.0)


def test_the_chart_says_the_same_as_its_table_and_needs_no_color(
    parts: Parts, clock: Clock, vera: Colleague
) -> None:
    clock.seconds -= DAY
    for whom in (ALICE, BOB):
        choose(parts, DONE, "news", whom)
    clock.seconds += DAY
    choose(parts, DONE, "tips")

    page = vera.open("/staff/health")

    pictures = [e for e in page.tree.iter(f"{SVG}svg") if e.get("role") == "img"]
    assert [e.get("aria-label") for e in pictures] == [
        "News: turned off 2 times in 14 days, most on 14 January with 2.",
        "Tips: turned off once in 14 days.",
    ]
    counts = [text(e) for e in pictures[0].iter(f"{SVG}text")]
    assert "2" in counts
    table = next(e for e in elements(page.tree, "table") if "Sum" in text(e))
    news = next(row for row in elements(table, "tr") if text(row).startswith("News"))
    assert [text(cell) for cell in elements(news, "td")] == [*"0" * 12, "2", "0", "2"]
    assert "style=" not in page.html


def test_many_topics_are_the_twelve_largest_and_the_others_together(
    parts: Parts, vera: Colleague
) -> None:
    for number in range(15):
        for user in range(2 if number < 12 else 1):
            choose(parts, DONE, f"topic {number:02}", Recipient(f"user {user}"))

    page = vera.open("/staff/health")

    names = [text(e) for e in elements(page.tree, "figcaption")]
    assert len(names) == 13
    assert names[0] == "Topic 00 2"
    assert names[-1] == "3 other topics 3"


def test_everything_that_waits_is_retried_and_how_much_that_was_is_said(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    for topic in ("news", "tips"):
        choose(parts, Result(Verdict.POSTPONED, "unavailable: 503"), topic)
    assert parts.queue.claim(10) == []

    page = ana.send("/staff/health/retry", {})

    assert page.notice == (
        "2 choices are due now, and on the way to Courier within seconds."
    )
    assert len(parts.queue.claim(10)) == 2
    (noted,) = parts.trail.page(Filter(agent=ANA.actor))[0]
    assert noted.kind is Kind.RETRIED
    clock.seconds += 121
    assert ana.open("/staff/health").notice == ""


def test_a_retry_where_nothing_waits_says_so(ana: Colleague) -> None:
    page = ana.send("/staff/health/retry", {})

    assert page.notice == "Nothing waits that could be sent now."


@pytest.mark.parametrize("said", ["x", "1", "e30.x.y"])
def test_nobody_makes_the_page_say_something(ana: Colleague, said: str) -> None:
    assert ana.open(f"/staff/health?said={said}").notice == ""


def test_only_who_may_retry_is_offered_it_where_something_waits(
    parts: Parts, amir: Colleague, vera: Colleague, ana: Colleague
) -> None:
    assert "Retry everything now" not in ana.open("/staff/health").text
    choose(parts, None)
    assert "Retry everything now" in ana.open("/staff/health").text
    for colleague in (amir, vera):
        assert "Retry everything now" not in colleague.open("/staff/health").text
        assert colleague.raw("POST", "/staff/health/retry").status_code == 403


def test_without_the_ledger_the_page_stands_and_says_that_nothing_is_known(
    parts: Parts, vera: Colleague
) -> None:
    with without(parts, "choices"):
        page = vera.open("/staff/health")

    assert page.status == 200
    assert "The database does not answer" in alerts(page)
    assert "Not known now." in page.text
    assert "Wait for Courier" not in pairs(page)


def test_a_retry_that_cannot_be_written_down_changes_nothing_and_says_so(
    parts: Parts, ana: Colleague
) -> None:
    choose(parts, Result(Verdict.POSTPONED, "unavailable: 503"))

    with without(parts, "staff_entries"):
        page = ana.send("/staff/health/retry", {})

    assert "Nothing was changed" in page.notice
    assert parts.queue.claim(10) == []


def test_what_is_counted_over_days_is_counted_once_a_minute(
    parts: Parts, clock: Clock, vera: Colleague
) -> None:
    vera.open("/staff/health")
    choose(parts, DONE, "news")

    clock.seconds += 59
    assert "Nobody unsubscribed in the last 14 days." in vera.open("/staff/health").text
    clock.seconds += 2
    assert "News" in vera.open("/staff/health").text
