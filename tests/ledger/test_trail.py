"""The trail: what staff did and what everybody chose, as one, and exactly as asked."""

import random
from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import event, insert, update

from app.ledger.errors import LedgerDown
from app.ledger.tables import choices, entries
from app.ledger.trail import Trail
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient
from app.preferences.staff import LOOKS, Entry, Kind
from app.preferences.trail import Filter, Line, Source
from tests.ledger.acts import ADA, OFF, ON_SQLITE, SAM, WAS_ON, Books, Row, unwritable

AMIR, VERA = "amir@tidewell.example", "vera@tidewell.example"
HARBOR = Recipient(ADA.user_id, "harbor")
DAY = 24 * 60 * 60.0


@pytest.fixture
def trail(books: Books) -> Trail:
    return Trail(books.database, books.clock)


def everything(trail: Trail, asked: Filter, limit: int = 50) -> list[Line]:
    """All pages, one after the other."""
    found, place = trail.page(asked, None, limit)
    while place:
        more, place = trail.page(asked, place, limit)
        found += more
    return found


def fill(books: Books, trail: Trail, count: int = 240) -> None:
    """Choices and entries of few people, topics, agents; often at the same moment.

    Some came by a link that an agent had made.
    """
    marks: dict[str, str] = {}
    chance = random.Random(3)  # noqa: S311  the same every time
    for _ in range(count):
        books.clock.seconds += chance.choice([0, 0, 0.001, 60])
        whom = chance.choice([ADA, SAM, HARBOR])
        topic, agent = chance.choice(["news", "offers"]), chance.choice([AMIR, VERA])
        if chance.random() < 0.4:
            kind = chance.choice([Kind.OPENED, Kind.SHOWED_LINK])
            about = chance.choice([None, whom])
            link = None
            if kind is Kind.SHOWED_LINK:
                about, link = whom, f"{len(marks):016x}"
                marks[link] = whom.user_id
            entry = Entry(kind, agent, about, chance.choice([None, topic]), link=link)
            trail.note(entry)
            continue
        door = chance.choice(list(Door))
        actor = agent if door in (Door.STAFF, Door.UNDO) else None
        draft = Draft(topic, topic.title(), WAS_ON, OFF)
        own = [m for m, user_id in marks.items() if user_id == whom.user_id]
        link = "desk" if actor else chance.choice([None, "ff" * 8, *own])
        books.ledger.record(whom, [draft], Trace(door, link, actor))


def matches(line: Line, asked: Filter) -> bool:
    user_id = line.recipient.user_id if line.recipient else None
    return (
        asked.agent in ("", line.actor, line.link_made_by)
        and asked.user_id in ("", user_id)
        and asked.topic_id in ("", line.topic_id)
        and asked.door in ("", line.door)
        and (asked.since is None or line.at >= asked.since)
        and (asked.until is None or line.at < asked.until)
    )


def place_of(line: Line) -> tuple[float, bool, int]:
    return line.at, line.source is Source.CHOICE, line.id


def test_every_combination_of_filters_finds_exactly_what_matches_newest_first(
    books: Books, trail: Trail
) -> None:
    fill(books, trail)
    all_ = everything(trail, Filter())
    middle = all_[len(all_) // 2].at
    tried = product(
        ("", AMIR, "nobody"),
        ("", ADA.user_id, "nobody"),
        ("", "news", "none"),
        ("", "staff", "page"),
        (None, middle),
        (None, middle + 61),
    )

    assert len(all_) == 240
    assert len([n for n in all_ if n.link_made_by == AMIR]) > 20
    assert all_ == sorted(all_, key=place_of, reverse=True)
    for agent, user_id, topic_id, door, since, until in tried:
        asked = Filter(agent, user_id, topic_id, door, since, until)
        assert trail.page(asked, None, 500)[0] == [n for n in all_ if matches(n, asked)]


@pytest.mark.parametrize("limit", [1, 7, 239, 240, 241])
def test_page_by_page_nothing_is_told_twice_or_left_out(
    books: Books, trail: Trail, limit: int
) -> None:
    fill(books, trail)
    whole, place = trail.page(Filter(), None, 500)

    assert place is None
    assert everything(trail, Filter(), limit) == whole
    of_ada = Filter(user_id=ADA.user_id)
    assert everything(trail, of_ada, limit) == [n for n in whole if matches(n, of_ada)]


def test_what_comes_in_meanwhile_moves_no_older_page(
    books: Books, trail: Trail
) -> None:
    fill(books, trail, 30)
    before = everything(trail, Filter())
    first, place = trail.page(Filter(), None, 10)

    books.clock.seconds += 1
    books.choose()
    trail.note(Entry(Kind.OPENED, AMIR, ADA))
    rest, _ = trail.page(Filter(), place, 50)

    assert first + rest == before


def test_what_came_by_a_link_that_staff_had_seen_is_told_as_that(
    books: Books, trail: Trail
) -> None:
    shown = trail.note(Entry(Kind.SHOWED_LINK, AMIR, ADA, link="0f" * 8))
    trail.note(Entry(Kind.CONFIRMED, "recipient", ADA, link="0e" * 8))
    draft = Draft("news", "Product news", WAS_ON, OFF)
    for mark in ("0f" * 8, "0e" * 8, None):
        books.clock.seconds += 1
        books.ledger.record(ADA, [draft], Trace(Door.PAGE, mark))

    lines, _ = trail.page(Filter(door="page"))
    of_amir, _ = trail.page(Filter(agent=AMIR))

    assert [line.link_made_by for line in lines] == [None, None, AMIR]
    assert [line.id for line in of_amir] == [lines[2].id, shown.id]
    assert trail.page(Filter(agent="recipient", door="page"))[0] == []
    assert trail.makers(["0f" * 8, "0e" * 8, "x", "0f" * 8]) == {"0f" * 8: AMIR}
    assert trail.makers([]) == {}


def test_looks_push_no_act_out_of_what_is_told_of_a_user(
    books: Books, trail: Trail
) -> None:
    act = trail.note(Entry(Kind.SHOWED_LINK, AMIR, ADA, link="0f"))
    for kind in sorted(LOOKS):
        books.clock.seconds += 1
        looks = [trail.note(Entry(kind, AMIR, ADA)) for _ in range(6)]

    found = trail.of(ADA.user_id, limit=4)

    assert found == [*looks[:1:-1], act]
    acts = [trail.note(Entry(Kind.ASKED, AMIR, ADA)) for _ in range(6)]
    assert trail.of(ADA.user_id, limit=4) == [*acts[:1:-1], *looks[:1:-1]]


def test_answers_are_a_users_own_by_one_link_however_much_came_after(
    books: Books, trail: Trail
) -> None:
    answers = []
    for kind in (Kind.CONFIRMED, Kind.DECLINED):
        books.clock.seconds += 1
        answers.append(trail.note(Entry(kind, "recipient", ADA, "news", link="0f")))
    trail.note(Entry(Kind.SHOWED_LINK, AMIR, ADA, link="0f"))
    trail.note(Entry(Kind.CONFIRMED, "recipient", SAM, link="0f"))
    for _ in range(250):
        trail.note(Entry(Kind.CONFIRMED, "recipient", ADA, link="0e"))

    assert trail.answers(ADA.user_id, "0f") == answers[::-1]
    assert trail.answers(ADA.user_id, "none") == []


def test_has_asks_for_exactly_one_agent_act_recipient_and_time(
    books: Books, trail: Trail
) -> None:
    start = books.clock()
    trail.note(Entry(Kind.OPENED, AMIR, HARBOR, detail="this"))
    trail.note(Entry(Kind.READ_TRAIL, AMIR, detail="that"))

    assert trail.has(AMIR, Kind.OPENED, HARBOR, start)
    assert trail.has(AMIR, Kind.OPENED, HARBOR, start, "this")
    assert trail.has(AMIR, Kind.READ_TRAIL, None, start, "that")
    assert not trail.has(AMIR, Kind.OPENED, HARBOR, start, "that")
    assert not trail.has(AMIR, Kind.OPENED, HARBOR, start + 1)
    assert not trail.has(AMIR, Kind.OPENED, ADA, start)
    assert not trail.has(AMIR, Kind.OPENED, None, start)
    assert not trail.has(AMIR, Kind.READ_TRAIL, ADA, start)
    assert not trail.has(AMIR, Kind.REVEALED, HARBOR, start)
    assert not trail.has(VERA, Kind.OPENED, HARBOR, start)


def test_a_line_says_all_that_is_known_of_a_choice(books: Books, trail: Trail) -> None:
    draft = Draft("news", "Product news", WAS_ON, OFF)
    trace = Trace(Door.STAFF, "0f" * 16, AMIR, "Ticket 7")
    (choice,) = books.ledger.record(HARBOR, [draft], trace)

    ((line,), _) = trail.page(Filter())

    assert (line.at, line.id, line.source) == (choice.at, choice.id, Source.CHOICE)
    assert (line.door, line.actor, line.reason) == (Door.STAFF, AMIR, "Ticket 7")
    assert (line.recipient, line.topic_id) == (HARBOR, "news")
    assert (line.topic_name, line.what) == ("Product news", "OPTED_OUT")
    assert (line.effect, line.state) == (choice.effect, choice.state)
    assert (line.reference, line.link) == (choice.reference, "0f" * 16)


def test_an_entry_comes_back_as_it_was_noted(books: Books, trail: Trail) -> None:
    asked = Entry(
        Kind.ASKED, AMIR, HARBOR, "news", "7F3K-22", "Ticket 7", "In writing", "0f", "1"
    )

    kept = trail.note(asked)

    assert kept.id > 0
    assert kept.at == books.clock()
    assert trail.of(ADA.user_id) == [kept]
    ((line,), _) = trail.page(Filter())
    assert (line.kind, line.actor, line.recipient) == (Kind.ASKED, AMIR, HARBOR)
    assert (line.reason, line.basis, line.detail) == ("Ticket 7", "In writing", "1")
    assert line.door is Door.STAFF


def test_what_a_newer_version_wrote_is_told_as_far_as_it_can_be_read(
    books: Books, trail: Trail
) -> None:
    choice, entry = books.choose(), trail.note(Entry(Kind.OPENED, AMIR, ADA))
    strange = update(choices).values(state="dreamt", before="{}")
    with books.database.recording() as connection:
        connection.execute(strange.where(choices.c.id == choice.id))
        connection.exec_driver_sql("UPDATE staff_entries SET kind = 'danced'")

    lines, _ = trail.page(Filter())

    assert [line.id for line in lines] == [choice.id, entry.id]
    assert [(line.state, line.kind) for line in lines] == [(None, None)] * 2
    assert trail.of(ADA.user_id) == []


@pytest.mark.parametrize("place", ["", "x", "1-2-3", "1-1", "1-1-x", "9" * 30 + "-1-1"])
@ON_SQLITE
def test_a_place_that_no_page_gave_is_refused(trail: Trail, place: str) -> None:
    if not place:
        assert trail.page(Filter(), place) == ([], None)
        return
    with pytest.raises(ValueError, match=place):
        trail.page(Filter(), place)


def test_an_entry_that_cannot_be_written_is_an_error_and_not_forgotten(
    books: Books, trail: Trail
) -> None:
    with unwritable(books, [("staff_entries", "INSERT")]), pytest.raises(LedgerDown):
        trail.note(Entry(Kind.OPENED, AMIR, ADA))

    assert trail.of(ADA.user_id) == []


def test_of_tells_what_staff_did_about_a_user_in_any_tenant(
    books: Books, trail: Trail
) -> None:
    opened = trail.note(Entry(Kind.OPENED, AMIR, ADA))
    books.clock.seconds += 1
    in_harbor = trail.note(Entry(Kind.REVEALED, VERA, HARBOR))
    trail.note(Entry(Kind.OPENED, AMIR, SAM))
    trail.note(Entry(Kind.SIGNED_IN, AMIR))

    assert trail.of(ADA.user_id) == [in_harbor, opened]
    assert trail.of(ADA.user_id, limit=1) == [in_harbor]


def test_newest_moves_with_every_choice_and_entry_of_a_user_and_with_no_other(
    books: Books, trail: Trail
) -> None:
    assert trail.newest(ADA.user_id) == (0, 0)
    choice = books.choose(of=HARBOR)
    books.choose(of=SAM)
    trail.note(Entry(Kind.OPENED, AMIR, SAM))

    assert trail.newest(ADA.user_id) == (choice.id, 0)
    books.clock.seconds -= DAY
    late, entry = books.choose(), trail.note(Entry(Kind.OPENED, AMIR, ADA))
    assert trail.newest(ADA.user_id) == (late.id, entry.id)


def test_lookups_are_ones_own_each_recipient_once_newest_first(
    books: Books, trail: Trail
) -> None:
    for actor, kind, whom in (
        (AMIR, Kind.OPENED, ADA),
        (AMIR, Kind.OPENED, SAM),
        (VERA, Kind.OPENED, HARBOR),
        (AMIR, Kind.REVEALED, HARBOR),
        (AMIR, Kind.OPENED, ADA),
    ):
        books.clock.seconds += 1
        trail.note(Entry(kind, actor, whom))

    assert [e.recipient for e in trail.lookups(AMIR)] == [ADA, SAM]
    assert trail.lookups(AMIR)[0].at == books.clock()
    assert len(trail.lookups(AMIR, limit=1)) == 1


def test_count_is_of_one_agent_and_kind_since_a_moment(
    books: Books, trail: Trail
) -> None:
    for actor, kind in ((AMIR, Kind.OPENED), (VERA, Kind.OPENED), (AMIR, Kind.LIMITED)):
        trail.note(Entry(kind, actor, ADA))
    start = books.clock()
    books.clock.seconds += 1
    trail.note(Entry(Kind.OPENED, AMIR, SAM))

    assert trail.count(AMIR, Kind.OPENED, start) == 2
    assert trail.count(AMIR, Kind.OPENED, start + 1) == 1
    assert trail.count(AMIR, Kind.OPENED, start + 2) == 0
    assert [e.actor for e in trail.of_kind(Kind.LIMITED, start)] == [AMIR]
    assert trail.of_kind(Kind.LIMITED, start + 1) == []


def test_forgetting_a_user_leaves_what_was_done_and_nothing_of_whom(
    trail: Trail,
) -> None:
    noted = Entry(Kind.ASKED, AMIR, HARBOR, "news", "R-1", "Ada asked", "b", "0f", "d")
    kept = trail.note(noted)
    of_sam = trail.note(Entry(Kind.OPENED, AMIR, SAM, "news", reason="why"))

    assert trail.forget(ADA.user_id) == 1

    lines = {line.id: line for line in everything(trail, Filter())}
    line = lines[kept.id]
    assert (line.kind, line.actor, line.at) == (Kind.ASKED, AMIR, kept.at)
    assert (line.recipient, line.topic_id, line.reason) == (None, None, None)
    assert (line.detail, line.link) == (None, None)
    assert trail.of(ADA.user_id) == []
    assert trail.of(SAM.user_id) == [of_sam]


def test_expiring_deletes_older_entries_and_numbers_none_again(
    books: Books, trail: Trail
) -> None:
    old = [trail.note(Entry(Kind.OPENED, AMIR, ADA)) for _ in range(3)]
    books.clock.seconds += 30 * DAY
    young = trail.note(Entry(Kind.OPENED, AMIR, ADA))

    assert trail.expire(30) == 0
    books.clock.seconds += 1
    assert trail.expire(30) == len(old)
    assert trail.of(ADA.user_id) == [young]
    books.clock.seconds += 31 * DAY
    trail.expire(30)
    assert trail.note(Entry(Kind.OPENED, AMIR, ADA)).id > young.id


def test_erasing_a_user_reaches_the_trail_and_its_old_entries_expire_with_the_rest(
    books: Books, trail: Trail
) -> None:
    trail.note(Entry(Kind.OPENED, AMIR, ADA))
    trail.note(Entry(Kind.OPENED, AMIR, SAM))

    books.evidence.erase(ADA.user_id)

    assert trail.of(ADA.user_id) == []
    assert len(everything(trail, Filter(agent=AMIR))) == 2
    books.clock.seconds += 31 * DAY
    books.evidence.expire(30)
    assert everything(trail, Filter(agent=AMIR)) == []


def test_a_stream_reads_batch_by_batch_and_holds_no_transaction_between(
    books: Books, trail: Trail
) -> None:
    _many(books, 3_000)
    asked: list[str] = []

    def count(*call: object) -> None:
        asked.append(str(call[2]))

    engine = books.database._reading  # noqa: SLF001  what it asks is what counts
    event.listen(engine, "before_cursor_execute", count)
    batches = trail.stream(Filter(topic_id="news"), batch=500)
    read = [len(next(batches))]
    after_one = len([text for text in asked if "SELECT" in text])
    with books.database.recording() as connection:  # nobody is in the way
        connection.execute(update(entries).values(erased_by=None))
    read += [len(lines) for lines in batches]

    assert after_one == 2
    assert read == [500] * 6
    assert len([text for text in asked if "SELECT" in text]) == 12


def test_a_stream_of_nothing_is_one_empty_batch(trail: Trail) -> None:
    assert list(trail.stream(Filter())) == [[]]


def _many(books: Books, count: int) -> None:
    row = books.row(books.choose())
    with books.database.recording() as connection:
        connection.execute(insert(entries), list(_links(2, count)))
        connection.execute(insert(choices), list(_rows(row, 2, count)))


def _links(first: int, last: int) -> Iterator[Row]:
    for number in range(first, last + 1):
        yield {"number": number, "commitment": "", "hash": ""}


def _rows(row: Row, first: int, last: int) -> Iterator[Row]:
    for number in range(first, last + 1):
        yield row | {"id": number, "due_at": None, "at": row["at"] + number // 3}
