"""Gives out what is due at Courier, and writes down what became of it.

Several threads, processes and machines may share the work: a row is leased to one of
them, at most one row of a recipient's topic at a time, the newest. On PostgreSQL
those who claim step around each other's locks; on SQLite they take turns.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection

from app.ledger import claims, rows
from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.ledger import LONGEST_WAIT, moments
from app.preferences.choice import OVERDUE, Choice, State

LONGEST_PAUSE = 60.0
"""Seconds between two attempts; after the first half hour, ten times as long."""

MANY_ATTEMPTS = 30
LOOKS = (2.0, 3.0, 5.0, 10.0, 15.0, 25.0, 30.0, 30.0)
"""Seconds before each look for an old request that took effect after a newer one."""

UNREADABLE = 15 * 60.0
"""Seconds until a row is looked at again that a newer version must have written."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("ledger")

Row = dict[str, Any]


class Verdict(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class Result:
    """`is_ambiguous`: it may take effect yet, or has. `retry_after` in seconds.

    `is_unsettled`: it could not be written down.
    """

    verdict: Verdict
    reason: str | None = None
    retry_after: float | None = None
    is_ambiguous: bool = False
    is_unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits; `overdue` has waited for more than a week. `oldest` in seconds."""

    pending: int
    overdue: int
    oldest: float


class Queue:
    """`now` gives seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now

    def claim(self, limit: int) -> list[Choice]:
        """Up to `limit` choices that are due, leased to the caller.

        A pending one is to be delivered; a delivered one to be looked at again,
        because an older request may have come after it.
        """
        times = moments(self._now())
        with self._database.noting() as connection:
            due = connection.execute(sql.CLAIMABLE, times | {"limit": limit})
            found = [dict(row) for row in due.mappings()]
            unread = [row["id"] for row in found if not rows.is_readable(row)]
            for id_ in unread:
                log.critical("row_unreadable", id=id_)
                later = {"this": id_, "later": times["now"] + int(UNREADABLE * 1000)}
                connection.execute(sql.PUT_OFF, later)
            found = [row for row in found if row["id"] not in unread]
            return claims.leased(connection, found, times)

    def settle(self, done: Sequence[tuple[Choice, Result]]) -> None:
        """Writes down what became of attempts; without the lease, nothing."""
        times = moments(self._now())
        with self._database.noting() as connection:
            for choice, result in sorted(done, key=_newest_first):
                values = self._settled(connection, choice, result, times)
                changed = connection.execute(sql.SETTLE, values).rowcount
                if changed and result.verdict is Verdict.REFUSED:
                    _revive(connection, choice, times)
                if changed and result.verdict is Verdict.DELIVERED:
                    _look_later(connection, choice, times)

    def checked(
        self,
        choice: Choice,
        *,
        is_over: bool = False,
        counts: bool = True,
        is_ambiguous: bool = False,
    ) -> None:
        """After a look at a delivered choice: once more later, or never again.

        After the last look that counts, nothing old is feared any more.
        """
        times = moments(self._now())
        looks = choice.looks + (counts and not choice.is_out_of_step)
        is_over |= looks >= len(LOOKS)
        pause = int(LOOKS[min(looks, len(LOOKS) - 1)] * 1000)
        with self._database.noting() as connection:
            has_newer = _has_newer(connection, choice)
            is_over |= not connection.execute(
                sql.HAS_DOUBT, _stream(choice) | times
            ).scalar_one()
            values = {
                "next": None if is_over or has_newer else times["now"] + pause,
                "doubt": times["doubt"] if is_ambiguous else None,
                "looked": looks,
            }
            changed = connection.execute(sql.CHECKED, _leased(choice) | values).rowcount
            if changed and is_over and not has_newer:
                connection.execute(sql.NO_DOUBTS, _stream(choice))

    def is_ours(self, choice: Choice) -> bool:
        """Whether the lease is still the caller's and no newer choice has come."""
        with self._database.reading() as connection:
            ours = connection.execute(sql.OURS, _leased(choice)).first()
            return ours is not None and not _has_newer(connection, choice)

    def withdraw(self, choice: Choice) -> bool:
        """A choice that waits gives way, as to a newer one; whether it still did."""
        with self._database.noting() as connection:
            return bool(connection.execute(sql.WITHDRAW, {"this": choice.id}).rowcount)

    def doubts(self, choice: Choice) -> list[Choice]:
        """Other choices of the topic whose request may have come after this one."""
        values = _stream(choice) | moments(self._now())
        with self._database.reading() as connection:
            found = connection.execute(sql.DOUBTS, values).mappings()
            return [rows.choice(row) for row in found]

    def backlog(self) -> Backlog:
        """Counts what waits."""
        now = int(self._now() * 1000)
        with self._database.reading() as connection:
            before = {"before": now - int(OVERDUE * 1000)}
            found = connection.execute(sql.BACKLOG, before).one()
        oldest = max(now - (found.oldest or now), 0) / 1000
        return Backlog(found.pending, found.overdue, oldest)

    def hurry(self) -> int:
        """Makes everything that waits due now; returns how many."""
        with self._database.noting() as connection:
            now = {"now": int(self._now() * 1000)}
            return int(connection.execute(sql.HURRY, now).rowcount)

    def _settled(
        self,
        connection: Connection,
        choice: Choice,
        result: Result,
        times: dict[str, int],
    ) -> Row:
        values: Row = _leased(choice) | {
            "new_state": State.PENDING.value,
            "next": None,
            "error": result.reason,
            "delivered": None,
            "doubt": times["doubt"] if result.is_ambiguous else None,
        }
        match result.verdict:
            case Verdict.DELIVERED:
                state = State.DELIVERED.value
                return values | {"delivered": times["now"], "new_state": state}
            case Verdict.REFUSED:
                return values | {"new_state": State.REFUSED.value}
        if _has_newer(connection, choice):
            return values | {"new_state": State.SUPERSEDED.value}
        pause = _pause(choice.attempts, result.retry_after)
        return values | {"next": times["now"] + pause}


def _newest_first(done: tuple[Choice, Result]) -> int:
    return -done[0].id


def _look_later(connection: Connection, choice: Choice, times: Row) -> None:
    """Whether an older request may yet come after this one; asked once it is settled,
    so that whoever notes such a request meanwhile sees it, or is seen."""
    if (
        choice.is_unseen
        or not connection.execute(sql.HAS_DOUBT, _stream(choice) | times).scalar_one()
    ):
        return
    if not _has_newer(connection, choice):
        soon = times["now"] + int(LOOKS[0] * 1000)
        connection.execute(sql.LOOK_LATER, {"this": choice.id, "next": soon})


def _has_newer(connection: Connection, choice: Choice) -> bool:
    return bool(connection.execute(sql.HAS_NEWER, _stream(choice)).scalar_one())


def _revive(connection: Connection, choice: Choice, times: dict[str, int]) -> None:
    """What gave way to a choice that Courier then refused is wanted again."""
    last = connection.execute(sql.BEFORE, _stream(choice)).first()
    gave_way = last is not None and last.state == State.SUPERSEDED.value
    if last and gave_way and not _has_newer(connection, choice):
        connection.execute(sql.REVIVE, times | {"this": last.id})


def _leased(choice: Choice) -> Row:
    return {"this": choice.id, "by": choice.lease}


def _stream(choice: Choice) -> Row:
    user_id, tenant_id = rows.stream(choice.recipient)
    topic = {"topic": choice.topic_id, "this": choice.id}
    return {"user": user_id, "tenant": tenant_id} | topic


def _pause(attempts: int, retry_after: float | None) -> int:
    """Milliseconds until the next attempt: doubling, with jitter, bounded."""
    longest = LONGEST_PAUSE * (10 if attempts >= MANY_ATTEMPTS else 1)
    pause = min(2.0 ** min(attempts, 10), longest)
    pause *= random.uniform(0.5, 1.0)  # noqa: S311  jitter, no secret
    return int(max(pause, min(retry_after or 0, LONGEST_WAIT)) * 1000)
