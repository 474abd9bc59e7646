"""SQLite and PostgreSQL behind one face: four ways in, one error out.

`recording` is durable: once it ends, a power cut takes nothing back. `noting` is so
on PostgreSQL, which may crash while we go on and hold what was settled for settled.
SQLite falls with us: there a power cut may take its last moments back, which costs a
repeated question and never a choice. `reading` takes no lock, and `first` asks one
question in a third of its time. Everything a driver can raise becomes `LedgerDown`.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
    update,
)
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from app.ledger.errors import Fault, LedgerDown
from app.ledger.line import Line
from app.ledger.question import Question
from app.ledger.tables import answers

PATIENCE = 5.0
"""Seconds to wait for a lock, and for a connection."""

CONNECTIONS = 24
"""Of one process, at most: each is used for a moment, and a server has a hundred."""


log: structlog.stdlib.BoundLogger = structlog.get_logger("ledger")


class Database:
    """`url` as SQLAlchemy reads it; a SQLite file's folder is made where missing.

    `told` hears of every fault.
    """

    def __init__(self, url: str, told: Callable[[str], None] = lambda _: None) -> None:
        self._told = told
        #: Why the last choice could not be written down; None where it was.
        self.unrecorded: Fault | None = None
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        build = _sqlite if self.is_sqlite else _postgresql
        self._durable = build(self.url, is_durable=True)
        option = {"begin": ""} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading = self._durable.execution_options(**option)
        self._quick = build(self.url, is_durable=False) if self.is_sqlite else None
        self._is_well = True
        self._writing = Line()
        self._raised = (self._durable.dialect.import_dbapi().Error,)

    def close(self) -> None:
        self._durable.dispose()
        if self._quick:
            self._quick.dispose()

    def forget_connections(self) -> None:
        """After a fork: what the parent opened is the parent's."""
        self._durable.dispose(close=False)
        if self._quick:
            self._quick.dispose(close=False)

    def can_write(self) -> bool:
        return self.why_not() is None

    def why_not(self) -> Fault | None:
        """Writes a moment down, to see; a full disk or a lost server shows here."""
        try:
            with self.noting() as connection:
                connection.execute(PROBE)
        except LedgerDown as fault:
            return fault.fault
        return None

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """One writer at a time, on all machines, until it has committed."""
        is_done = False
        try:
            with (
                self._watched(),
                self._turn(),
                self._durable.begin() as connection,
            ):
                if not self.is_sqlite:
                    connection.exec_driver_sql(
                        f"SELECT pg_advisory_xact_lock({ONE_WRITER})"
                    )
                yield connection
                is_done = True
        except LedgerDown as fault:
            self.unrecorded = fault.fault
            fault.is_doubtful = is_done and fault.fault is Fault.GONE
            raise
        self.unrecorded = None

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        engine = self._quick or self._durable
        with self._watched(), self._turn(), engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._mapped(), self._reading.connect() as connection:
            yield connection

    def first(self, question: Question, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """The first row as the driver has it, None where there is none.

        What every page asks goes to the driver itself: mostly nothing is found, and
        SQLAlchemy costs more than the database.
        """
        text, given = question.written(self._durable.dialect, values)
        with self._mapped(), closing(self._durable.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            if self.is_sqlite:  # which begins nothing by itself
                return driver.execute(text, given).fetchone()
            driver.autocommit = True
            try:
                return driver.execute(text, given).fetchone()
            finally:
                driver.autocommit = False

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One view of everything, however long it takes to read."""
        with self._mapped(), self._durable.connect() as connection:
            if self.is_sqlite:
                yield connection.execution_options(begin="BEGIN")
                return
            isolated = connection.execution_options(isolation_level="REPEATABLE READ")
            for limit in LIMITS:
                isolated.exec_driver_sql(f"SET LOCAL {limit} = 0")
            yield isolated

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Threads of one process line up here to write to SQLite, which has no queue:
        whoever finds it locked sleeps and tries again, and some never come to it."""
        if not self.is_sqlite:
            yield
        elif self._writing.enter(PATIENCE):
            try:
                yield
            finally:
                self._writing.leave()
        else:
            raise LedgerDown("database is locked by others of this process")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with self._mapped():
                yield
        except LedgerDown as fault:
            if self._is_well:
                log.error("ledger_down", reason=str(fault))  # noqa: TRY400  one line
            self._is_well = False
            raise
        self._is_well = True

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, *self._raised) as fault:
            cause = getattr(fault, "orig", None) or fault
            down = LedgerDown(f"{type(cause).__name__}: {cause}")
            self._told(down.fault.value)
            raise down from None


PROBE = update(answers).where(answers.c.name == "probe").values(at=answers.c.at + 1)

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
"""PostgreSQL's own patience with us."""

ONE_WRITER = 0x1ED6E5
"""The number of PostgreSQL's advisory lock under which entries are numbered."""


def missing_file(url: str) -> Path | None:
    """Where SQLite would make a file that is not there yet; raises as `make_url`."""
    parsed = make_url(url)
    name = parsed.database
    if parsed.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    path = Path(name.removeprefix("file:"))
    return None if path.exists() else path.absolute()


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


class _Hinting(SQLiteCompiler):
    """Says which index a table is read by, which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, _table: object, text: str | None) -> str | None:
        return text


def _sqlite(url: URL, *, is_durable: bool) -> Engine:
    if url.database and url.database != ":memory:":
        path = Path(url.database.removeprefix("file:"))
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        pool_timeout=PATIENCE,
        connect_args={"timeout": PATIENCE, "check_same_thread": False},
    )
    engine.dialect.statement_compiler = _Hinting
    synchronous = "FULL" if is_durable else "NORMAL"

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # we say BEGIN ourselves
        _write_ahead(connection)
        for pragma in (
            f"synchronous={synchronous}",
            "secure_delete=ON",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN IMMEDIATE")
        if begin:
            connection.exec_driver_sql(begin)

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Of those who open a new file at the same moment SQLite tells all but one that it
    is locked, and does not wait: its timeout is not for changing the journal."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as fault:
            is_busy = fault.sqlite_errorcode == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(random.uniform(0.001, 0.01))  # noqa: S311  jitter, no secret
        else:
            return


def _postgresql(url: URL, *, is_durable: bool) -> Engine:  # noqa: ARG001  as _sqlite
    milliseconds = int(PATIENCE * 1000)
    given = url.query.get("options", "")
    return create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": int(PATIENCE),
            "options": " ".join(
                [*([given] if isinstance(given, str) else given)]
                + [f"-c {name}={milliseconds}" for name in LIMITS]
            ),
            "prepare_threshold": 1,
        },
    )
