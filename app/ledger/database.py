"""SQLite and PostgreSQL behind one face: three ways in, one error out.

`recording` is durable: once it ends, a power cut takes nothing back. `noting` may
lose its last moments in one, which costs a repeated question and never a choice.
`reading` takes no lock. Everything a driver can raise becomes `LedgerDown`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from app.ledger.errors import LedgerDown
from app.ledger.tables import answers

PATIENCE = 5.0
"""Seconds to wait for a lock, and for a connection."""

CONNECTIONS = 64

log: structlog.stdlib.BoundLogger = structlog.get_logger("ledger")


class Database:
    """`url` as SQLAlchemy reads it; a SQLite file's folder is made where missing."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        build = _sqlite if self.is_sqlite else _postgresql
        self._durable = build(self.url, is_durable=True)
        option = {"begin": ""} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading = self._durable.execution_options(**option)
        self._quick = build(self.url, is_durable=False) if self.is_sqlite else None
        self._is_well = True

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
        """Writes a moment down, to see; a full disk or a lost server shows here."""
        try:
            with self.noting() as connection:
                connection.execute(PROBE)
        except LedgerDown:
            return False
        return True

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """One writer at a time, on all machines, until it has committed."""
        with self._watched(), self._durable.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(
                    f"SELECT pg_advisory_xact_lock({ONE_WRITER})"
                )
            yield connection

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        with self._watched(), (self._quick or self._durable).begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with _mapped(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One view of everything, however long it takes to read."""
        with _mapped(), self._durable.connect() as connection:
            if self.is_sqlite:
                yield connection.execution_options(begin="BEGIN")
                return
            isolated = connection.execution_options(isolation_level="REPEATABLE READ")
            for limit in LIMITS:
                isolated.exec_driver_sql(f"SET LOCAL {limit} = 0")
            yield isolated

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with _mapped():
                yield
        except LedgerDown as fault:
            if self._is_well:
                log.error("ledger_down", reason=str(fault))  # noqa: TRY400  one line
            self._is_well = False
            raise
        self._is_well = True


PROBE = update(answers).where(answers.c.name == "probe").values(at=answers.c.at + 1)

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
"""PostgreSQL's own patience with us."""

ONE_WRITER = 0x1ED6E5
"""The number of PostgreSQL's advisory lock under which entries are numbered."""


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as fault:
        cause = getattr(fault, "orig", None) or fault
        raise LedgerDown(f"{type(cause).__name__}: {cause}") from None


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


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
    synchronous = "FULL" if is_durable else "NORMAL"

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
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
