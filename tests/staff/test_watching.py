"""Who looked at whom is written down once for each look, and no more than may be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.desk.errors import TooMany
from app.desk.watching import Watching
from app.factory import create_app
from app.parts import Outside, Parts
from app.preferences.choice import Door, Trace
from app.preferences.model import Recipient
from app.preferences.staff import Agent, Entry, Kind
from app.preferences.trail import Filter
from app.settings import Settings
from tests.conftest import ALICE, Clock
from tests.staff.conftest import AMIR, ANA, Colleague, Hire, staffed
from tests.staff.test_trail_page import record, rows

MINUTE, HOUR = 60.0, 3600.0
PEOPLE = [Recipient(f"user {number}") for number in range(15)]


@pytest.fixture
def watching(parts: Parts, clock: Clock) -> Watching:
    return Watching(parts.trail, clock, 20)


@pytest.fixture
def limited(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    hire_at: Callable[[Flask], Hire],
) -> Callable[[int, Agent], Colleague]:
    """Somebody at a desk where no more than so many looks are allowed in an hour."""

    def limited(most: int, agent: Agent) -> Colleague:
        some = staffed(settings, STAFF_LOOKUPS_PER_HOUR=str(most))
        return hire_at(create_app(some, outside, parts))(agent)

    return limited


def reads(parts: Parts) -> list[Entry]:
    return parts.trail.of_kind(Kind.READ_TRAIL, 0.0)


def test_many_recipients_open_at_once_are_each_one_look(
    parts: Parts, clock: Clock, watching: Watching
) -> None:
    for _ in range(10):
        for recipient in PEOPLE:
            watching.opened(AMIR, recipient)
        clock.seconds += MINUTE

    assert parts.trail.count(AMIR.actor, Kind.OPENED, 0.0) == len(PEOPLE)
    clock.seconds += 6 * MINUTE
    watching.opened(AMIR, PEOPLE[0])
    assert parts.trail.count(AMIR.actor, Kind.OPENED, 0.0) == len(PEOPLE) + 1


def test_the_same_user_in_a_tenant_is_another_look_and_so_is_a_colleagues(
    parts: Parts, watching: Watching
) -> None:
    for agent in (AMIR, ANA):
        for tenant_id in (None, "harbor"):
            watching.opened(agent, Recipient("user-ada", tenant_id))

    assert len(parts.trail.of_kind(Kind.OPENED, 0.0)) == 4


def test_the_page_that_a_recipient_sees_is_one_look_in_a_while(
    parts: Parts, clock: Clock, watching: Watching
) -> None:
    for _ in range(3):
        watching.saw(AMIR, ALICE)
    watching.saw(AMIR, PEOPLE[0])

    assert parts.trail.count(AMIR.actor, Kind.SAW_PAGE, 0.0) == 2
    clock.seconds += 16 * MINUTE
    watching.saw(AMIR, ALICE)
    assert parts.trail.count(AMIR.actor, Kind.SAW_PAGE, 0.0) == 3


def test_who_asks_for_news_looks_for_twelve_hours_and_writes_nothing(
    parts: Parts, clock: Clock, watching: Watching
) -> None:
    assert not watching.is_looking(AMIR, ALICE)
    watching.opened(AMIR, ALICE)
    clock.seconds += 12 * HOUR - 1

    assert watching.is_looking(AMIR, ALICE)
    assert not watching.is_looking(ANA, ALICE)
    assert not watching.is_looking(AMIR, Recipient(ALICE.user_id, "harbor"))
    clock.seconds += 2
    assert not watching.is_looking(AMIR, ALICE)
    assert len(parts.trail.of(ALICE.user_id)) == 1


def test_recipients_and_pages_of_the_trail_count_together(
    parts: Parts, watching: Watching
) -> None:
    for recipient in PEOPLE:
        watching.opened(AMIR, recipient)
    for number in range(5):
        watching.read(AMIR, Filter(topic_id=str(number)))

    with pytest.raises(TooMany):
        watching.opened(AMIR, ALICE)
    with pytest.raises(TooMany):
        watching.read(AMIR, Filter())
    watching.opened(AMIR, PEOPLE[0])
    watching.read(AMIR, Filter(topic_id="0"))
    watching.opened(ANA, ALICE)
    (stopped,) = parts.trail.of_kind(Kind.LIMITED, 0.0)
    assert stopped.detail == "opened"


def test_whom_one_opened_within_the_hour_one_may_go_on_with(
    parts: Parts, clock: Clock, watching: Watching
) -> None:
    for number in range(20):
        watching.opened(AMIR, Recipient(f"user {number}"))
    clock.seconds += 30 * MINUTE

    watching.opened(AMIR, PEOPLE[0])
    with pytest.raises(TooMany):
        watching.opened(AMIR, ALICE)

    assert len(parts.trail.of(PEOPLE[0].user_id)) == 2


def test_reading_the_trail_of_somebody_is_written_down_once_with_what_was_asked(
    parts: Parts, clock: Clock, amir: Colleague
) -> None:
    asked = urlencode({"recipient": "user-ada", "topic": "news", "door": "page"})
    for _ in range(2):
        amir.open(f"/staff/trail?{asked}")
    amir.open("/staff/trail?recipient=user-ada")

    other, one = reads(parts)
    assert (one.actor, one.recipient) == (AMIR.actor, Recipient("user-ada"))
    assert (one.topic_id, one.detail) == ("news", "topic news, door page")
    assert (other.recipient, other.detail) == (one.recipient, "everything")
    assert "Read the trail" in amir.see(Recipient("user-ada")).text
    clock.seconds += 16 * MINUTE
    amir.open(f"/staff/trail?{asked}")
    assert len(reads(parts)) == 3


def test_of_everybody_each_page_is_a_look_and_of_one_all_pages_are_one(
    parts: Parts, clock: Clock, amir: Colleague
) -> None:
    for _ in range(101):
        clock.seconds += 1
        record(parts)

    for address, looks in (("?recipient=user-ada", 1), ("", 3)):
        before = len(reads(parts))
        page = amir.open(f"/staff/trail{address}")
        while "Older" in page.links:
            page = amir.open(page.links["Older"])
        assert len(reads(parts)) - before == looks, address


def test_who_reads_too_much_of_the_trail_is_stopped_and_told_nothing(
    parts: Parts, limited: Callable[[int, Agent], Colleague]
) -> None:
    reason = "is in hospital"
    record(parts, trace=Trace(Door.STAFF, actor=ANA.actor, reason=reason))
    amir = limited(3, AMIR)

    pages = [amir.open(f"/staff/trail?recipient=user-{n}") for n in range(3)]
    stopped = amir.open("/staff/trail?recipient=user-ada")

    assert [page.status for page in pages] == [200] * 3
    assert stopped.status == 429
    assert reason not in stopped.text
    assert amir.open("/staff/trail").status == 429
    assert amir.see(ALICE).status == 429
    assert len(parts.trail.of_kind(Kind.LIMITED, 0.0)) == 1
    assert len(reads(parts)) == 3


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_makes_nobody_read_the_trail(
    parts: Parts, amir: Colleague, site: str
) -> None:
    record(parts)
    address = "/staff/trail?recipient=user-ada"

    html = amir.raw("GET", address, headers={"Sec-Fetch-Site": site}).text
    head = amir.raw("HEAD", address)

    assert "Choose Show to read the trail" in html
    assert 'value="user-ada"' in html
    assert "<tbody>" not in html
    assert head.status_code == 200
    assert reads(parts) == []


def test_a_page_of_the_trail_that_cannot_be_written_down_is_not_shown(
    parts: Parts, amir: Colleague
) -> None:
    record(parts)
    guard = "CREATE TRIGGER guard BEFORE INSERT ON staff_entries"
    with parts.database.recording() as connection:
        connection.exec_driver_sql(f"{guard} BEGIN SELECT RAISE(ABORT, 'no'); END")

    page = amir.open("/staff/trail")

    assert page.status == 503
    assert "Product news" not in page.text


def test_what_came_by_a_link_of_staffs_is_told_as_that_and_found_by_the_agent(
    parts: Parts, amir: Colleague
) -> None:
    parts.trail.note(Entry(Kind.SHOWED_LINK, AMIR.actor, ALICE, link="0f" * 8))
    reference = record(parts, trace=Trace(Door.PAGE, "0f" * 8))
    record(parts, trace=Trace(Door.PAGE, "0e" * 8))

    asked = urlencode({"agent": AMIR.actor, "door": "page"})
    ((who, *_, found),) = rows(amir.open(f"/staff/trail?{asked}"))

    assert who == f"the recipient, with a link that {AMIR.actor} had made"
    assert found == reference


def test_nobody_gets_past_the_limit_by_asking_at_once(
    limited: Callable[[int, Agent], Colleague],
) -> None:
    amir = limited(5, AMIR)
    addresses = [amir.address(person) for person in PEOPLE]
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        answers = list(pool.map(lambda a: amir.raw("GET", a).status_code, addresses))

    assert sorted(answers) == [200] * 5 + [429] * 10
