"""Proof: whatever is changed, taken or added behind the ledger's back is found."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import (
    Connection,
    Executable,
    NullPool,
    create_engine,
    delete,
    insert,
    literal,
    select,
    text,
    update,
)

from app.deliver import create_workers
from app.ledger import chain
from app.ledger.rows import COVERED, content
from app.ledger.tables import choices, entries, erasures, metadata
from app.parts import Parts
from app.preferences.choice import Choice, State
from app.preferences.model import Recipient
from app.settings import Settings
from tests.ledger.acts import (
    ADA,
    HOUR,
    NO,
    OFF,
    ON,
    ON_SQLITE,
    SAM,
    Books,
    Row,
    eventually,
    together,
)

DAY = 24 * HOUR
ZOE = Recipient("zoë-4711", "harbor")


def told(books: Books) -> str:
    """All that a verification found fault with."""
    return " ".join(books.evidence.verify().faults)


def delivered(books: Books, topic: str, of: Recipient = ADA) -> Choice:
    choice = books.choose(OFF, topic, of)
    books.settle(choice)
    return choice


def tampered(books: Books, work: Callable[[Connection], object]) -> None:
    """With the rights of whoever runs the database, which are many."""
    with books.database.recording() as connection:
        work(connection)


def unguarded(books: Books, *statements: Executable) -> None:
    """Without foreign keys: SQLite's shell has them off, an owner can drop them."""
    url = books.database.url
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if not books.database.is_sqlite:  # there they are off by themselves
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def without(number: int) -> tuple[Executable, Executable]:
    """Takes away a row and its entry."""
    return (
        delete(choices).where(choices.c.id == number),
        delete(entries).where(entries.c.number == number),
    )


def copied(number: int, to: int) -> Executable:
    """The same row under another number."""
    names = [column.name for column in choices.c if column.name != "id"]
    row = select(literal(to), *(choices.c[name] for name in names))
    return insert(choices).from_select(
        ["id", *names], row.where(choices.c.id == number)
    )


@pytest.fixture
def three(books: Books) -> list[int]:
    """The numbers of three rows that verify."""
    found = [delivered(books, f"topic {n}").id for n in range(3)]
    assert told(books) == ""
    return found


def test_a_ledger_in_order_says_so(books: Books, three: list[int]) -> None:
    findings = books.evidence.verify()

    assert (findings.entries, findings.erased, findings.faults) == (3, 0, [])
    assert findings.head[0] == three[-1]
    assert books.evidence.verify(findings.head).faults == []


def test_it_is_in_order_after_writers_at_the_same_time(url: str, books: Books) -> None:
    writers = [Books.opened(url, books.clock) for _ in range(4)]

    def work(own: Books) -> None:
        name = f"user {writers.index(own)}"
        for n in range(10):
            delivered(own, f"topic {n}", Recipient(name))
        own.evidence.erase(name)

    together(*(partial(work, own) for own in writers))
    for own in writers:
        own.database.close()
    findings = books.evidence.verify()

    assert findings.faults == []
    assert (findings.entries, findings.erased) == (44, 40)


def test_verifying_while_rows_are_written_and_erased_finds_nothing(
    url: str, books: Books
) -> None:
    other = Books.opened(url, books.clock)
    faults: list[str] = []

    def write() -> None:
        for n in range(15):
            delivered(other, f"topic {n}", ZOE)
            other.evidence.erase(ZOE.user_id)

    def verify() -> None:
        for _ in range(25):
            faults.extend(books.evidence.verify().faults)

    together(write, verify)
    other.database.close()

    assert faults == []


CHANGED = {
    "at": 5,
    "is_custom": True,
    "clears_schedule": True,
    "before": "{}",
    "status": None,
}


@pytest.mark.parametrize("column", [name for name in COVERED if name != "id"])
@ON_SQLITE
def test_an_altered_row_is_found(books: Books, three: list[int], column: str) -> None:
    value = CHANGED.get(column, "altered")
    change = update(choices).where(choices.c.id == three[1]).values({column: value})

    tampered(books, lambda connection: connection.execute(change))

    assert f"Row {three[1]} was altered." in told(books)


def test_what_became_of_a_choice_is_not_part_of_the_proof(
    books: Books, three: list[int]
) -> None:
    assert not {"state", "attempts", "due_at", "lease", "last_error"} & set(COVERED)
    assert set(COVERED) < set(choices.c.keys())
    assert three
    assert told(books) == ""


def test_a_deleted_row_is_found(books: Books, three: list[int]) -> None:
    gone = delete(choices).where(choices.c.id == three[1])

    tampered(books, lambda connection: connection.execute(gone))

    assert f"missing without an erasure of theirs: {three[1]}." in told(books)


@pytest.mark.parametrize("place", [0, 1])
def test_a_row_deleted_with_its_entry_is_found(
    books: Books, three: list[int], place: int
) -> None:
    number = three[place]

    unguarded(books, *without(number))

    assert f"Entries {number} to {number} are gone." in told(books)


def test_a_deleted_end_is_found_by_a_head_that_was_noted(
    books: Books, three: list[int]
) -> None:
    noted = books.evidence.verify().head
    unguarded(books, *without(three[2]))

    assert told(books) == "", "the chain alone cannot know"
    assert books.evidence.verify(noted).faults
    delivered(books, "grown again")
    assert books.evidence.verify(noted).faults, "another one in its place"


def test_a_forged_row_is_found(books: Books, three: list[int]) -> None:
    unguarded(books, copied(three[0], 99))

    assert "Row 99 is in no entry." in told(books)


def test_a_forged_row_with_an_entry_is_found(books: Books, three: list[int]) -> None:
    columns = entries.c.commitment, entries.c.hash
    entry = select(literal(4), *columns).where(entries.c.number == three[2])
    names = ["number", "commitment", "hash"]
    unguarded(books, insert(entries).from_select(names, entry), copied(three[0], 4))

    assert "Entry 4 does not follow the one before." in told(books)
    assert "Row 4 was altered." in told(books)


def test_two_rows_that_were_exchanged_are_found(books: Books, three: list[int]) -> None:
    one, other = three[:2]
    swap = text(
        "UPDATE choices SET topic_name = CASE WHEN id = :one THEN 'Topic 1' "
        "ELSE 'Topic 0' END WHERE id IN (:one, :other)"
    )

    values = {"one": one, "other": other}
    tampered(books, lambda connection: connection.execute(swap, values))

    assert told(books).count("was altered") == 2


def test_a_row_rewritten_with_its_entry_breaks_the_next_one(
    books: Books, three: list[int]
) -> None:
    """Whoever rewrites history has to rewrite all of it, up to a head once noted."""
    tampered(books, partial(_rewritten, three[1]))

    faults = [f"Entry {three[2]} does not follow the one before."]
    assert books.evidence.verify().faults == faults


def _rewritten(number: int, connection: Connection) -> None:
    of = choices.c.id == number
    connection.execute(update(choices).where(of).values(reason="forged"))
    row = connection.execute(select(choices).where(of)).mappings().one()
    commitment = chain.commitment(row["salt"], content(row))
    entry = select(entries.c.hash).where(entries.c.number == number - 1)
    before = connection.execute(entry).scalar_one()
    forged = {"commitment": commitment, "hash": chain.link(before, number, commitment)}
    of_entry = update(entries).where(entries.c.number == number)
    connection.execute(of_entry.values(**forged))


# Erasing


def test_erasing_leaves_no_trace_of_the_user_and_the_chain_in_order(
    url: str, books: Books
) -> None:
    for topic in ("a", "b", "a"):
        delivered(books, topic, ZOE)
    kept = delivered(books, "a", SAM)

    assert books.evidence.erase(ZOE.user_id) == (3, 0)

    assert ZOE.user_id not in dumped(books)
    assert "zo\\u00eb" not in dumped(books)
    findings = books.evidence.verify()
    assert (findings.entries, findings.erased, findings.faults) == (5, 3, [])
    assert books.evidence.choices_of(SAM.user_id)[0].id == kept.id
    assert _is_gone_from_the_file(url, books)


def dumped(books: Books) -> str:
    """Every table as text, and whatever else a table may be by now."""
    with books.database.reading() as connection:
        metadata.reflect(connection)
        return "".join(
            repr(row)
            for table in metadata.tables.values()
            for row in connection.execute(select(table))
        )


def _is_gone_from_the_file(url: str, books: Books) -> bool:
    """Of SQLite's pages too; PostgreSQL's are its vacuum's business."""
    books.database.close()
    if not url.startswith("sqlite"):
        return True
    path = books.database.url.database or ""
    with open(path, "rb") as file:  # noqa: PTH123  as bytes
        return ZOE.user_id.encode() not in file.read()


def test_what_waits_for_courier_stays_until_it_is_delivered(books: Books) -> None:
    delivered(books, "a", ZOE)
    waiting = books.wait(ON, "b", ZOE)

    assert books.evidence.erase(ZOE.user_id) == (1, 1)
    assert books.evidence.erase_delivered() == 0
    assert books.state(waiting) is State.PENDING
    books.clock.seconds += 60
    (claimed,) = books.queue.claim(1)
    books.settle(claimed)

    assert books.evidence.erase(ZOE.user_id) == (1, 0)
    assert told(books) == ""


@pytest.mark.parametrize("of", [ZOE.user_id, None])
def test_what_waited_goes_once_it_is_delivered(books: Books, of: str | None) -> None:
    books.wait(ON, "a", ZOE)
    books.wait(ON, "b", ZOE)
    kept = delivered(books, "a", SAM)
    assert books.evidence.erase(ZOE.user_id) == (0, 2)
    books.clock.seconds += 60
    for claimed in books.queue.claim(1):
        books.settle(claimed)

    assert books.evidence.erase_delivered(SAM.user_id) == 0
    assert books.evidence.erase_delivered(of) == 1
    for claimed in books.queue.claim(9):
        books.settle(claimed)
    assert books.evidence.erase_delivered(of) == 1

    assert ZOE.user_id not in dumped(books)
    assert books.state(kept) is State.DELIVERED
    assert told(books) == ""
    with books.database.reading() as connection:
        causes = connection.execute(select(erasures.c.cause)).scalars().all()
        assert list(causes) == ["request", "request"]


def test_what_is_chosen_after_an_erasure_that_is_over_stays(books: Books) -> None:
    delivered(books, "a", ZOE)
    books.evidence.erase(ZOE.user_id)
    later = delivered(books, "a", ZOE)

    assert books.evidence.erase_delivered() == 0
    assert books.evidence.erase_delivered(ZOE.user_id) == 0

    assert books.state(later) is State.DELIVERED


@ON_SQLITE
def test_an_erasure_goes_on_by_itself_after_the_delivery(
    parts: Parts, books: Books, settings: Settings, topic_ids: dict[str, str]
) -> None:
    """Long before the chores are done again."""
    workers, pause = create_workers(parts, settings, 1), threading.Event()
    books.wait(OFF, topic_ids["Due dates"], SAM)
    assert books.evidence.erase(SAM.user_id) == (0, 1)
    workers.start()
    pause.wait(0.2)  # for the first chores, which find it waiting
    books.clock.seconds += 60
    parts.delivery.woken()

    assert eventually(lambda: SAM.user_id not in dumped(books))
    workers.stop()
    assert told(books) == ""


@ON_SQLITE
def test_the_chores_erase_what_was_delivered_by_others(
    parts: Parts, books: Books, settings: Settings
) -> None:
    waiting = books.wait(OFF, "a", SAM)
    assert books.evidence.erase(SAM.user_id) == (0, 1)
    books.clock.seconds += 60
    for claimed in books.queue.claim(1):
        books.settle(claimed)
    assert books.state(waiting) is State.DELIVERED
    workers = create_workers(parts, settings, 0)
    workers.start()

    assert eventually(lambda: SAM.user_id not in dumped(books))
    workers.stop()


def test_erasing_twice_or_nobody_changes_nothing(books: Books) -> None:
    delivered(books, "a")
    head = books.evidence.verify().head

    assert books.evidence.erase("nobody") == (0, 0)

    assert books.evidence.verify().head == head


def test_many_rows_are_erased_in_pieces(books: Books) -> None:
    """More than one statement can name; recording goes on in between."""
    first = delivered(books, "a", ZOE)
    tampered(books, partial(_copied, first.id, 1200))

    assert books.evidence.erase(ZOE.user_id) == (1201, 0)

    with books.database.reading() as connection:
        assert len(connection.execute(select(erasures)).all()) == 3


def _copied(number: int, times: int, connection: Connection) -> None:
    """The same row over and over; what it proves is no matter here."""
    query = select(choices).where(choices.c.id == number)
    row = dict(connection.execute(query).mappings().one())
    numbers = range(number + 1, number + 1 + times)
    line = {"commitment": "", "hash": ""}
    connection.execute(insert(entries), [{"number": n, **line} for n in numbers])
    connection.execute(insert(choices), [{**row, "id": n} for n in numbers])


@pytest.mark.parametrize(
    "change", [{"count": 2}, {"cause": "retention"}, {"digest": "x"}, {"at": 1}]
)
@ON_SQLITE
def test_an_erasure_that_was_altered_is_found(books: Books, change: Row) -> None:
    delivered(books, "a", ZOE)
    books.evidence.erase(ZOE.user_id)

    statement = update(erasures).values(**change)
    tampered(books, lambda connection: connection.execute(statement))

    assert "was altered" in told(books)


def test_a_row_deleted_in_the_name_of_an_old_erasure_is_found(books: Books) -> None:
    delivered(books, "a", ZOE)
    victim = delivered(books, "a", SAM)
    books.evidence.erase(ZOE.user_id)
    erasure = victim.id + 1

    _delete_as_erased(books, victim.id, erasure)

    assert "missing without an erasure of theirs: 1, 2." in told(books)


def _delete_as_erased(books: Books, number: int, erasure: int) -> None:
    def work(connection: Connection) -> None:
        entry = update(entries).where(entries.c.number == number)
        connection.execute(entry.values(erased_by=erasure))
        connection.execute(delete(choices).where(choices.c.id == number))

    tampered(books, work)


def test_a_forged_erasure_does_not_explain_a_deleted_row(
    books: Books, three: list[int]
) -> None:
    """One that hides behind the number of a row that is in order."""
    forged = {
        "id": three[0],
        "salt": "",
        "at": 1,
        "cause": "request",
        "count": 1,
        "digest": chain.digest([three[1]]),
    }
    tampered(books, lambda connection: connection.execute(insert(erasures), [forged]))

    _delete_as_erased(books, three[1], three[0])

    assert told(books)


def test_a_forged_erasure_without_an_entry_explains_nothing_either(
    books: Books, three: list[int]
) -> None:
    forged = {"id": 77, "salt": "", "at": 1, "cause": "request", "count": 1}
    digest = chain.digest([three[1]])
    unguarded(books, insert(erasures).values(**forged, digest=digest))

    _delete_as_erased(books, three[1], 77)

    assert told(books)


# Retention


def test_what_is_older_goes_but_for_the_newest_of_each_topic(books: Books) -> None:
    old = [delivered(books, topic) for topic in ("a", "a", "b")]
    books.settle(books.choose(ON, "b"), NO)
    waiting = books.wait(OFF, "c")
    books.clock.seconds += 31 * DAY
    delivered(books, "d")
    recent = [delivered(books, "d").id for _ in range(2)]

    assert books.evidence.expire(30) == 1

    left = {choice.id for choice in books.evidence.choices_of(ADA.user_id)}
    assert {old[1].id, old[2].id, waiting.id, *recent} <= left
    assert old[0].id not in left
    assert told(books) == ""
    assert books.evidence.expire(30) == 0


def test_the_newest_of_each_topic_stays_for_every_recipient(books: Books) -> None:
    """Also where somebody else, or the same one in a tenant, chose later."""
    tenant = Recipient(ADA.user_id, "harbor")
    kept = [delivered(books, "a", who) for who in (ADA, SAM, tenant)]
    books.clock.seconds += 400 * DAY
    delivered(books, "b")

    assert books.evidence.expire(30) == 0

    assert [books.state(choice) for choice in kept] == [State.DELIVERED] * 3


def test_what_courier_took_last_is_told_sorted_by_recipient(books: Books) -> None:
    delivered(books, "a", SAM)
    newest = [delivered(books, "a", SAM).id, delivered(books, "b", SAM).id]
    hers = delivered(books, "a", ADA).id
    delivered(books, "waiting again", ADA)
    books.wait(ON, "waiting again", ADA)

    told_ = [(c.recipient.user_id, c.id) for c in books.evidence.delivered()]

    assert told_ == [("user-ada", hers), *(("user-sam", id_) for id_ in newest)]
