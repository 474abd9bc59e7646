"""No query grows with the table: each uses the index that its docstring names."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import (
    Connection,
    Executable,
    Select,
    SelectBase,
    Update,
    event,
    insert,
    text,
)
from sqlalchemy.sql import ClauseElement

from app.ledger import figures, trail, trailsql
from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.ledger import moments
from app.ledger.schema import migrate
from app.ledger.stafftables import staff_entries
from app.ledger.tables import choices, entries
from app.preferences.choice import Door
from tests.ledger.acts import Row

ROWS, OPEN = 6_000, 60
VALUES: Row = {
    **moments(1_800_000_000.0),
    "user": "user 77",
    "tenant": "",
    "topic": "topic 3",
    "topics": ["topic 3", "topic 4"],
    "this": 4_500,
    "ids": [5, 6],
    "reference": "REF 77",
    "limit": 4,
    "before": 1_700_000_000_000,
    "since": 1_700_000_000_000,
    "by": "lease",
    "new_lease": "lease",
    "until": 1,
    "later": 1,
    "looked": 1,
    "next": 1,
    "new_state": "pending",
    "error": None,
    "delivered": None,
}
PLANS = {
    "LOCK": {"choices_open"},
    "RECENT": {"choices_stream", "choices_at"},
    "NOTED": {"choices_open", "choices_one_click", "choices_stream"},
    "PUT_OFF": {"choices_pkey", "PRIMARY KEY"},
    "GIVE_WAY": {"choices_open"},
    "UNSETTLED": {"choices_stream", "choices_open"},
    "TAKEN": {"choices_stream"},
    "OPEN": {"choices_open"},
    "LOOK": {"choices_stream"},
    "HAS_DOUBT": {"choices_stream"},
    "LOOK_LATER": {"choices_pkey", "PRIMARY KEY"},
    "OURS": {"choices_pkey", "PRIMARY KEY"},
    "RESTAMP": {"choices_pkey", "PRIMARY KEY"},
    "NO_DOUBTS": {"choices_stream"},
    "NEWEST": {"choices_stream"},
    "HISTORY": {"choices_stream"},
    "ACT": {"choices_reference"},
    "BY_REFERENCE": {"choices_reference"},
    "FIND": {"choices_pkey", "PRIMARY KEY"},
    "CLAIMABLE": {"choices_due"},
    "CLOSE_OLDER": {"choices_open"},
    "LEASE": {"choices_pkey", "PRIMARY KEY"},
    "SETTLE": {"choices_pkey", "PRIMARY KEY"},
    "CHECKED": {"choices_pkey", "PRIMARY KEY"},
    "HAS_NEWER": {"choices_stream"},
    "DOUBTFUL": {"choices_stream"},
    "DOUBTS": {"choices_stream"},
    "BEFORE": {"choices_stream"},
    "REVIVE": {"choices_pkey", "PRIMARY KEY"},
    "BACKLOG": {"choices_due", "choices_open"},
    "HURRY": {"choices_due", "choices_open"},
}
TRAIL_VALUES: Row = {
    "user": "user 77",
    "topic": "topic 3",
    "agent": "agent 3",
    "door": "page",
    "kind": "opened",
    "at": trail.END,
    "id": trail.END,
    "since": 0,
    "limit": 51,
    "link": "mark 77",
    "links": ["mark 77", "mark 78"],
    "tenant": "",
    "detail": "",
}
TRAIL_PLANS = {
    "NEWEST_CHOICE": {"choices_stream"},
    "NEWEST_ENTRY": {"staff_entries_user"},
    "ACTS_ON": {"staff_entries_acts"},
    "LOOKS_AT": {"staff_entries_user"},
    "MAKERS": {"staff_entries_link"},
    "ANSWERS": {"staff_entries_link"},
    "HAS": {"staff_entries_actor_kind"},
    "OF_AGENT": {"staff_entries_actor_kind"},
    "OF_KIND": {"staff_entries_kind"},
    "COUNT": {"staff_entries_actor_kind"},
}
FIGURE_PLANS = {
    "_OFF": "choices_off",
    "_NAMES": "choices_off",
    "_HONORED": "choices_off",
    "_REFUSED": "choices_refused",
    "_REASONS": "choices_refused",
    "_DENIED": "choices_(due|open)",
}
FILTERS = ("user", "topic", "agent", "door")
USED = [frozenset(some) for n in range(5) for some in combinations(FILTERS, n)]


def _names(used: frozenset[str]) -> str:
    return "+".join(sorted(used)) or "nothing"


WHOLE_TABLE = (
    r"Seq Scan on choices|"
    r"SCAN choices(?! USING (COVERING )?INDEX choices_(due|open))"
)
"""On PostgreSQL, or on SQLite; the indexes named hold only what is open."""

WHOLE = {"DELIVERED"}
"""Those that say of themselves that they read it all; nobody waits for them."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A ledger of some years, of which little is open."""
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("filled") / "ledger.db"
        path.write_bytes(request.getfixturevalue("tables").read_bytes())
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("cluster").create("filled")
    database = Database(url)
    _fill(database)
    yield database
    database.close()


def _fill(database: Database) -> None:
    migrate(database)
    rows = [_row(number) for number in range(1, ROWS + 1)]
    links = [{"number": r["id"], "commitment": "", "hash": ""} for r in rows]
    with database.recording() as connection:
        connection.execute(insert(entries), links)
        connection.execute(insert(choices), rows)
        connection.execute(insert(staff_entries), list(map(_entry, range(1, ROWS))))
    with database.noting() as connection:
        connection.execute(text("ANALYZE"))


def _row(number: int) -> Row:
    """One of 1,000 people and 10 topics; one row in a hundred is open.

    They came by every door, and one in a hundred was refused.
    """
    door = list(Door)[number % len(Door)]
    is_open = number % (ROWS // OPEN) == 0
    nothing = dict.fromkeys(c.name for c in choices.c if c.nullable)
    return {
        **nothing,
        **dict.fromkeys((c.name for c in choices.c if not c.nullable), ""),
        "id": number,
        "reference": f"REF {number}",
        "at": number,
        "user_id": f"user {number % 1000}",
        "topic_id": f"topic {number // 1000 % 10}",
        "is_custom": False,
        "clears_schedule": False,
        "attempts": 0,
        "looks": 0,
        "status": "OPTED_IN" if number % 7 else "OPTED_OUT",
        "door": door.value,
        "actor": f"agent {number % 10}" if door in (Door.STAFF, Door.UNDO) else None,
        "link": f"mark {number}" if door is Door.PAGE else None,
        "state": _state(number, is_open=is_open),
        "due_at": number if is_open else None,
    }


def _state(number: int, *, is_open: bool) -> str:
    if number % 100 == 1:
        return "refused"
    return "pending" if is_open else "delivered"


def _entry(number: int) -> Row:
    """One in a hundred had made a link, and some came by it."""
    is_shown = number % 100 == 0
    kind = ("opened", "revealed", "limited", "retried")[number % 4]
    return {
        "at": number,
        "kind": "showed_link" if is_shown else kind,
        "link": f"mark {number}" if is_shown else None,
        "actor": f"agent {number % 10}",
        "user_id": f"user {number % 1000}",
        "tenant_id": "",
        "topic_id": f"topic {number // 1000 % 10}",
    }


def plan(database: Database, statement: ClauseElement, given: Row | None = None) -> str:
    """What the database says that it would do, with these very values."""
    names, known = statement.compile().params, given or VALUES
    values = {name: known[name] for name in names if name in known}
    with database.noting() as connection:
        event.listen(connection, "before_cursor_execute", explained, retval=True)
        assert isinstance(statement, Executable)
        lines = connection.execute(statement, values).all()
    return "\n".join(str(line[-1]) for line in lines)


def explained(
    connection: Connection, _cursor: object, statement: str, values: object, *_: object
) -> tuple[str, object]:
    is_sqlite = connection.dialect.name == "sqlite"
    return f"EXPLAIN {'QUERY PLAN ' * is_sqlite}{statement}", values


@pytest.mark.parametrize("name", PLANS)
def test_a_statement_uses_its_index_and_never_reads_the_whole_table(
    filled: Database, name: str
) -> None:
    told = plan(filled, getattr(sql, name))

    assert any(index in told for index in PLANS[name]), told
    whole = r"SCAN choices(?! USING (COVERING )?INDEX choices_(due|open))"
    assert not re.search(whole if filled.is_sqlite else "Seq Scan on choices", told), (
        told
    )


def test_every_statement_is_looked_at() -> None:
    """Whoever adds one says here by which index it goes."""
    own = {
        name
        for name, value in vars(sql).items()
        if isinstance(value, SelectBase | Update) and not name.startswith("_")
    }

    assert own - WHOLE - {"HEAD", "WITHDRAW", "CLOSE"} == PLANS.keys()


def test_what_is_due_is_found_in_order_without_sorting_all_of_it(
    filled: Database,
) -> None:
    """A claim of four costs the same with ten waiting and with ten thousand.

    PostgreSQL weighs it: it sorts the few that wait here, and walks where many do.
    """
    assert "TEMP B-TREE" not in plan(filled, sql.CLAIMABLE)


@pytest.mark.parametrize("name", TRAIL_PLANS)
def test_a_statement_of_the_trail_uses_its_index(filled: Database, name: str) -> None:
    told = plan(filled, getattr(trailsql, name), TRAIL_VALUES)

    assert any(index in told for index in TRAIL_PLANS[name]), told
    assert not re.search(WHOLE_TABLE, told)
    assert not re.search(WHOLE_TABLE.replace("choices", "staff_entries"), told)


@pytest.mark.parametrize("name", FIGURE_PLANS)
def test_a_figure_uses_its_index(filled: Database, name: str) -> None:
    known = {"since": ROWS // 2, "ats": [ROWS - 5, ROWS - 6], "limit": 20}

    told = plan(filled, getattr(figures, name), known)

    assert re.search(FIGURE_PLANS[name], told), told
    assert "Seq Scan" not in told


@pytest.mark.parametrize("used", USED, ids=_names)
def test_a_page_of_choices_is_picked_where_it_lies_in_order(
    filled: Database, used: frozenset[str]
) -> None:
    told = plan(filled, trailsql.picked_choices(used), TRAIL_VALUES)

    index = trailsql.index_of(choices, used)
    links = {"choices_link", "staff_entries_shown"} if "agent" in used else set()
    _is_in_order(told, index, *links, is_sqlite=filled.is_sqlite)


def test_who_had_made_the_links_of_a_page_is_found_by_their_marks(
    filled: Database,
) -> None:
    told = plan(filled, trailsql.choices_before(frozenset()), TRAIL_VALUES)

    assert "staff_entries_link" in told


@pytest.mark.parametrize("used", [u for u in USED if "door" not in u], ids=_names)
def test_a_page_of_entries_is_picked_where_it_lies_in_order(
    filled: Database, used: frozenset[str]
) -> None:
    told = plan(filled, trailsql.picked_entries(used), TRAIL_VALUES)

    index = trailsql.index_of(staff_entries, used)
    _is_in_order(told, index, is_sqlite=filled.is_sqlite)


def test_what_was_picked_is_read_by_its_number(filled: Database) -> None:
    """PostgreSQL may rather read the whole of a table as short as this one."""
    told = plan(filled, trailsql.choices_before(frozenset({"topic"})), TRAIL_VALUES)

    assert not filled.is_sqlite or "SEARCH choices USING INTEGER PRIMARY KEY" in told


def test_every_statement_of_the_trail_and_the_figures_is_looked_at() -> None:
    def of(module: object) -> set[str]:
        return {n for n, value in vars(module).items() if isinstance(value, Select)}

    assert of(trailsql) == TRAIL_PLANS.keys()
    assert of(figures) == FIGURE_PLANS.keys()


def _is_in_order(told: str, index: str, *links: str, is_sqlite: bool) -> None:
    """SQLite goes by nothing else; PostgreSQL weighs it, and few rows lie here."""
    named = set(re.findall(r"(?:choices|staff_entries)_(?!\d)\w+", told))
    assert "Seq Scan" not in told, told
    if is_sqlite:
        assert named == {index, *links}, told
    else:
        assert named & {index, "choices_at"}, told
        assert "choices_link" in named or not links, told
