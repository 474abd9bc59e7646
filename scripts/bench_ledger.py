"""Measures the ledger: what recording costs, what waits among a million, a backlog.

Courier is a transport that answers after a while, so that only our own side counts.
Without `--database`, an empty one, a SQLite file is made and thrown away.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from app.deliver import create_workers
from app.ledger import statements as sql
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue, Result, Verdict
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.preferences.model import Recipient
from app.settings import Settings
from bench.filling import TRACE, draft, fill


class Answering(httpx.BaseTransport):
    """A Courier that takes everything, after `latency` seconds."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        time.sleep(self._latency)
        return httpx.Response(200, json={"message": "success"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--backlog", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--workers", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        url = given.database or f"sqlite:///{folder}/ledger.db"
        parts = create_parts(_settings(url), Outside(Answering(given.latency)))
        migrate(parts.database)
        _recording(parts, Path(folder), given.rounds)
        _pending(parts, given.rows, given.rounds)
        _backlog(parts, url, given)
        parts.center.close()


def _recording(parts: Parts, folder: Path, rounds: int) -> None:
    ledger, queue = Ledger(parts.database), Queue(parts.database)
    wished, done = draft("topic"), Result(Verdict.DELIVERED)

    def record_and_settle() -> None:
        (choice,) = ledger.record(Recipient("somebody"), [wished], TRACE)
        queue.settle([(choice, done)])

    with (folder / "sync").open("wb") as file:

        def sync() -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())

        _tell("the disk's own sync", _median(sync, rounds))
    _tell("record and settle one choice", _median(record_and_settle, rounds))


def _pending(parts: Parts, count: int, rounds: int) -> None:
    fill(parts.database, count, due_at=None)
    ledger, somebody = Ledger(parts.database), Recipient("user-77")
    took = _median(lambda: ledger.open(somebody), rounds)
    _tell(f"what waits, among {count} rows", took)
    _tell("the same, where one waits", _where_one_waits(ledger, rounds))
    _plans(parts)


def _where_one_waits(ledger: Ledger, rounds: int) -> float:
    somebody = Recipient("somebody else")
    ledger.record(somebody, [draft("topic")], TRACE)
    return _median(lambda: ledger.open(somebody), rounds)


def _backlog(parts: Parts, url: str, given: Any) -> None:  # noqa: ANN401  a Namespace
    fill(parts.database, given.backlog, due_at=0, state="pending")
    workers = create_workers(parts, _settings(url), given.workers)
    start = time.perf_counter()
    workers.start()
    pause = threading.Event()
    while parts.queue.backlog().pending > 1:  # the one above waits for its lease
        pause.wait(0.2)
    took = time.perf_counter() - start
    workers.stop()
    best = given.backlog * given.latency / given.workers
    rate = given.backlog / took
    print(
        f"{given.backlog} waiting, {given.workers} workers, Courier answers in "
        f"{given.latency * 1000:.0f} ms: {took:.1f} s, {rate:.0f} a second "
        f"(latency alone: {best:.1f} s)"
    )


def _plans(parts: Parts) -> None:
    """How the database answers the two questions that are asked most."""
    explain = "EXPLAIN QUERY PLAN " if parts.database.is_sqlite else "EXPLAIN "
    times = {"now": 1, "horizon": 2, "ago": 0}
    values = {"user": "user-77", "tenant": "", "limit": 10} | times

    def explained(*call: Any) -> tuple[str, Any]:  # noqa: ANN401  as SQLAlchemy calls
        return explain + call[2], call[3]

    with parts.database.reading() as connection:
        event.listen(connection, "before_cursor_execute", explained, retval=True)
        for name, query in (("what waits", sql.OPEN), ("due", sql.CLAIMABLE)):
            print(f"plan of {name}:")
            for line in connection.execute(query, values).all():
                print("   ", line[-1])


def _settings(url: str) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": "none",
            "SECRET_KEY": "x" * 32,
            "PUBLIC_URL": "http://127.0.0.1",
            "DATABASE_URL": url,
        }
    )


def _median(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


def _tell(what: str, milliseconds: float) -> None:
    print(f"{what:<34} median {milliseconds:6.2f} ms")


if __name__ == "__main__":
    main()
