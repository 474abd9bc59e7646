"""What the tests of the ledger do over and over: choose, look, take everything due."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.ledger.database import Database
from app.ledger.evidence import Evidence
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue, Result, Verdict
from app.ledger.tables import choices
from app.parts import Parts
from app.preferences.choice import Choice, Door, Draft, State, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Act, Change
from app.preferences.subject import EVERYTHING
from tests.conftest import Clock
from tests.peer import PATIENCE, Peer

IN, OUT = Status.OPTED_IN, Status.OPTED_OUT
ADA, SAM = Recipient("user-ada"), Recipient("user-sam")
ON, OFF = Change(IN, Routing()), Change(OUT, Routing())
WAS_ON, WAS_OFF = Standing(IN, IN), Standing(OUT, IN)
TRACE = Trace(Door.PAGE, link="0f" * 16)
DONE, LATER = Result(Verdict.DELIVERED), Result(Verdict.POSTPONED, "unavailable: 503")
LOST = Result(Verdict.POSTPONED, "uncertain: ReadTimeout", is_ambiguous=True)
NO = Result(Verdict.REFUSED, "refused: 400 no")
MINUTE, HOUR = 60.0, 3600.0

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""Where it is Courier or plain reckoning that counts, and no database."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """A ledger with all that works on it, over one database of its own."""

    database: Database
    ledger: Ledger
    queue: Queue
    evidence: Evidence
    clock: Clock

    @classmethod
    def opened(cls, url: str, clock: Clock) -> "Books":
        database = Database(url)
        return cls(
            database,
            Ledger(database, clock),
            Queue(database, clock),
            Evidence(database, clock),
            clock,
        )

    def choose(
        self, act: Act = OFF, topic: str = "news", of: Recipient = ADA
    ) -> Choice:
        """One act on one topic, written down; the answer mostly has its lease."""
        before = WAS_ON if act == OFF else WAS_OFF
        draft = Draft(topic, topic.title(), before, act)
        (choice,) = self.ledger.record(of, [draft], TRACE)
        return choice

    def settle(self, choice: Choice, result: Result = DONE) -> None:
        self.queue.settle([(choice, result)])

    def wait(self, act: Act = OFF, topic: str = "news", of: Recipient = ADA) -> Choice:
        """A choice that was tried once, in vain, and waits for its next attempt."""
        choice = self.choose(act, topic, of)
        self.settle(choice, LATER)
        return choice

    def everything(self, of: Recipient = ADA) -> Choice:
        """Everything optional off, unseen."""
        draft = Draft(EVERYTHING, "", WAS_ON, OFF)
        (choice,) = self.ledger.record(of, [draft], TRACE)
        return choice

    def row(self, choice: Choice) -> Row:
        with self.database.reading() as connection:
            query = select(choices).where(choices.c.id == choice.id)
            return dict(connection.execute(query).mappings().one())

    def state(self, choice: Choice) -> State:
        return State(self.row(choice)["state"])

    def due_in(self, choice: Choice) -> float | None:
        """Seconds until something is to be done with it."""
        due_at = self.row(choice)["due_at"]
        return None if due_at is None else due_at / 1000 - self.clock()


def deliver_due(parts: Parts, books: Books, seconds: float = MINUTE) -> int:
    """Lets a minute pass, and does all that is due then; returns how much."""
    books.clock.seconds += seconds
    due = parts.delivery.due(50)
    for choice in due:
        parts.delivery.deliver(choice)
    return len(due)


def status(peer: Peer, topic: str) -> str:
    return str(peer.topic(SAM.user_id, topic)["status"])


def at_courier(peer: Peer, topic: str, status: str) -> None:
    """As if somebody else had told Courier so, or an old request came now."""
    path = f"/users/{SAM.user_id}/preferences/{topic}"
    peer.replace(path, {"topic": {"status": status}})
    peer.requests()


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something that another thread or process does comes true in time."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True


def together(*works: Callable[[], None]) -> None:
    """Runs all at the same time; raises what one of them raised."""
    faults: list[Exception] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        gate.wait()
        try:
            work()
        except Exception as fault:  # noqa: BLE001  raised below, where it is seen
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


GUARDS = [("entries", "INSERT"), ("answers", "UPDATE")]


@contextmanager
def unwritable(
    books: Books, guards: Sequence[tuple[str, str]] = GUARDS
) -> Iterator[None]:
    """Whatever is written is refused by the database itself; reading goes on."""
    guard, lift = (
        (_sqlite_guard, "DROP TRIGGER {0}_guard")
        if books.database.is_sqlite
        else (_postgresql_guard, "DROP TRIGGER {0}_guard ON {0}")
    )
    _run(books, [line for table, act in guards for line in guard(table, act)])
    try:
        yield
    finally:
        _run(books, [lift.format(table) for table, _ in guards])


def _sqlite_guard(table: str, act: str) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
    return [f"CREATE TRIGGER {table}_guard BEFORE {act} ON {table} {refuse}"]


def _postgresql_guard(table: str, act: str) -> list[str]:
    body = "'BEGIN RAISE ''no room''; END' LANGUAGE plpgsql"
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
    return [
        f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS {body}",
        f"CREATE TRIGGER {table}_guard BEFORE {act} ON {table} {refuse}",
    ]


@contextmanager
def lost_at_the_commit(books: Books) -> Iterator[None]:
    """PostgreSQL breaks the connection that commits a choice; it can be read on."""
    body = "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
    leave = f"CREATE FUNCTION leave() RETURNS trigger AS {body} LANGUAGE plpgsql"
    late = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave()"
    when = f"CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON choices {late}"
    _run(books, [leave, when])
    try:
        yield
    finally:
        _run(books, ["DROP TRIGGER leaving ON choices", "DROP FUNCTION leave()"])


def _run(books: Books, statements: list[str]) -> None:
    with books.database.recording() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
