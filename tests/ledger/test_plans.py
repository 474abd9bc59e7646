"""No query grows with the table: each uses the index that its docstring names."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Executable, SelectBase, Update, event, insert, text
from sqlalchemy.sql import ClauseElement

from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.ledger import moments
from app.ledger.schema import migrate
from app.ledger.tables import choices, entries
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
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
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
    with database.noting() as connection:
        connection.execute(text("ANALYZE"))


def _row(number: int) -> Row:
    """One of 1,000 people and 10 topics; one row in a hundred is open."""
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
        "state": "pending" if is_open else "delivered",
        "due_at": number if is_open else None,
    }


def plan(database: Database, statement: ClauseElement) -> str:
    """What the database says that it would do, with these very values."""
    names = statement.compile().params
    values = {name: VALUES[name] for name in names if name in VALUES}
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
