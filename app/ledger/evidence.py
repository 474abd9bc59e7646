"""Proves what the ledger says: verifies the chain, exports, erases.

Who erases takes the content of rows and their salts; the chain keeps their numbers,
commitments and hashes, and has one entry more, which says how many rows went, which,
and why, and not whose they were.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    select,
    union_all,
    update,
)

from app.ledger import chain, rows
from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.stafftables import erasure_requests
from app.ledger.tables import choices, entries, erasures
from app.ledger.trail import Trail
from app.preferences.choice import Choice, State

BATCH = 500
"""Rows that one erasure takes, at most."""

DAY = 24 * 60 * 60 * 1000

Row = dict[str, Any]
Head = tuple[int, str]


@dataclass
class Findings:
    """What a verification found. `faults` are sentences; none means in order."""

    entries: int = 0
    erased: int = 0
    head: Head = (0, chain.BEGINNING)
    faults: list[str] = field(default_factory=list)


class Evidence:
    """`now` gives seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now
        self._trail = Trail(database, now)

    def verify(self, noted: Head | None = None) -> Findings:
        """Goes through the whole chain; `noted` is a head that was written down."""
        findings = Findings()
        gone: dict[int, list[int]] = {}
        told: dict[int, str] = {}
        with self._database.snapshot() as connection:
            for row in connection.execute(_CHAIN).mappings():
                _follow(findings, dict(row), gone, told, noted)
            strays = connection.execute(_STRAYS).scalars().all()
        findings.faults += [f"Row {number} is in no entry." for number in strays]
        findings.faults += _unexplained(gone, told)
        if noted and noted[0] > findings.head[0]:
            findings.faults.append(f"The chain ends before entry {noted[0]}.")
        return findings

    def choices_of(self, user_id: str) -> list[Choice]:
        """Every row of a user, in every tenant, oldest first."""
        query = select(choices).where(choices.c.user_id == user_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(choices.c.id)).mappings()
            return [rows.choice(row) for row in found]

    def delivered(self) -> list[Choice]:
        """The last choice of every topic that Courier took, sorted by recipient."""
        with self._database.reading() as connection:
            found = connection.execute(sql.DELIVERED).mappings()
            return [rows.choice(row) for row in found]

    def erase(self, user_id: str) -> tuple[int, int]:
        """Erases a user's rows; returns how many went, and how many wait for Courier.

        Those go as soon as they are there, see `erase_delivered`. What staff did about
        them stays in the trail, and not about whom.
        """
        row = {"user_id": user_id, "at": int(self._now() * 1000)}
        with self._database.recording() as connection:
            if not connection.execute(_REQUEST, {"user": user_id}).first():
                connection.execute(insert(erasure_requests), row)
        self._trail.forget(user_id)
        return self._erase_user(user_id)

    def erase_delivered(self, user_id: str | None = None) -> int:
        """Erases what waited when its erasure was asked for, and does not any more.

        Of one user, or of all; returns how many rows went.
        """
        query = _REQUESTS if user_id is None else _REQUEST
        with self._database.reading() as connection:
            found = connection.execute(query, {"user": user_id}).scalars().all()
        return sum(self._erase_user(user)[0] for user in found)

    def expire(self, days: int) -> int:
        """Erases what is older, but for the newest choice of each topic.

        Older entries of staff go as well; they are not counted.
        """
        self._trail.expire(days)
        before = int(self._now() * 1000) - days * DAY
        newer = choices.alias("newer")
        has_newer = exists().where(
            newer.c.user_id == choices.c.user_id,
            newer.c.tenant_id == choices.c.tenant_id,
            newer.c.topic_id == choices.c.topic_id,
            newer.c.id > choices.c.id,
            newer.c.state == State.DELIVERED.value,
        )
        old = select(choices.c.id).where(choices.c.at < before, ~sql.IS_OPEN, has_newer)
        return self._erase_all(old, "retention")

    def _erase_user(self, user_id: str) -> tuple[int, int]:
        """The request stays until nothing else of the user is left."""
        rows_of = select(choices.c.id).where(choices.c.user_id == user_id)
        erased = self._erase_all(rows_of.where(~sql.IS_OPEN), "request")
        with self._database.recording() as connection:
            waiting = len(connection.execute(rows_of).all())
            if not waiting:
                connection.execute(_DONE, {"user": user_id})
        return erased, waiting

    def _erase_all(self, query: Any, cause: str) -> int:  # noqa: ANN401  a Select
        total = 0
        while True:
            with self._database.reading() as connection:  # so that nobody waits for it
                found = connection.execute(query.limit(BATCH)).scalars().all()
            closed = select(choices.c.id).where(choices.c.id.in_(found), ~sql.IS_OPEN)
            with self._database.recording() as connection:
                ids = connection.execute(closed).scalars().all()
                if ids:
                    self._erase(connection, ids, cause)
            total += len(ids)
            if len(found) < BATCH or not ids:
                return total

    def _erase(self, connection: Connection, ids: Sequence[int], cause: str) -> None:
        head = connection.execute(sql.HEAD).one()
        row = {
            "id": head.number + 1,
            "salt": chain.new_salt(),
            "at": int(self._now() * 1000),
            "cause": cause,
            "count": len(ids),
            "digest": chain.digest(ids),
        }
        commitment = chain.commitment(row["salt"], _erasure_content(row))
        link = {
            "number": row["id"],
            "commitment": commitment,
            "hash": chain.link(head.hash, row["id"], commitment),
        }
        connection.execute(insert(entries), [link])
        connection.execute(insert(erasures), [row])
        gone = entries.c.number.in_(ids)
        connection.execute(update(entries).where(gone).values(erased_by=row["id"]))
        connection.execute(delete(choices).where(choices.c.id.in_(ids)))


_OF_USER = erasure_requests.c.user_id == bindparam("user")
_REQUESTS = select(erasure_requests.c.user_id)
_REQUEST = _REQUESTS.where(_OF_USER)
_DONE = delete(erasure_requests).where(_OF_USER)
_ENTRY = (entries.c.number, entries.c.commitment, entries.c.hash, entries.c.erased_by)
_CHAIN = (
    select(
        *_ENTRY,
        *(column.label(f"choice_{column.name}") for column in choices.c),
        *(column.label(f"erasure_{column.name}") for column in erasures.c),
    )
    .select_from(
        entries.outerjoin(choices, choices.c.id == entries.c.number).outerjoin(
            erasures, erasures.c.id == entries.c.number
        )
    )
    .order_by(entries.c.number)
    .execution_options(yield_per=1000)
)
_STRAYS = union_all(
    select(choices.c.id).where(~exists().where(entries.c.number == choices.c.id)),
    select(erasures.c.id).where(~exists().where(entries.c.number == erasures.c.id)),
)


def _follow(
    findings: Findings,
    row: Row,
    gone: dict[int, list[int]],
    told: dict[int, str],
    noted: Head | None,
) -> None:
    """One entry: its number, its hash, its content.

    `gone` gathers the rows that are missing by the erasure that they name, `told`
    what the erasures say whose content is true.
    """
    number, before = findings.head
    if row["number"] != number + 1:
        findings.faults.append(f"Entries {number + 1} to {row['number'] - 1} are gone.")
    elif row["hash"] != chain.link(before, row["number"], row["commitment"]):
        findings.faults.append(f"Entry {row['number']} does not follow the one before.")
    if noted and noted[0] == row["number"] and noted[1] != row["hash"]:
        findings.faults.append(f"Entry {row['number']} is not the one written down.")
    content = _content(row)
    if content is None:
        gone.setdefault(row["erased_by"] or 0, []).append(row["number"])
        findings.erased += 1
    elif chain.commitment(*content) != row["commitment"]:
        findings.faults.append(f"Row {row['number']} was altered.")
    elif row["choice_id"] is None:
        told[row["number"]] = row["erasure_digest"]
    elif row["erasure_id"] is not None:
        findings.faults.append(f"Row {row['number']} is a choice and an erasure.")
    findings.entries += 1
    findings.head = row["number"], row["hash"]


def _content(row: Row) -> tuple[str, list[object]] | None:
    """Salt and content of what an entry stands for; None where it was erased."""
    choice = _part(row, "choice_")
    if choice["id"] is not None:
        return choice["salt"], rows.content(choice)
    erasure = _part(row, "erasure_")
    if erasure["id"] is not None:
        return erasure["salt"], _erasure_content(erasure)
    return None


def _part(row: Row, prefix: str) -> Row:
    return {k.removeprefix(prefix): v for k, v in row.items() if k.startswith(prefix)}


def _erasure_content(row: Any) -> list[object]:  # noqa: ANN401  a Mapping
    return [row[name] for name in ("id", "at", "cause", "count", "digest")]


def _unexplained(gone: dict[int, list[int]], told: dict[int, str]) -> Iterator[str]:
    """Rows that are missing without an erasure that names exactly them."""
    for id_, numbers in gone.items():
        if told.get(id_) != chain.digest(numbers):
            yield f"Rows are missing without an erasure of theirs: {_some(numbers)}."
    for id_ in told.keys() - gone.keys():
        yield f"Erasure {id_} names rows that are still there."


def _some(numbers: Sequence[int]) -> str:
    named = ", ".join(str(number) for number in numbers[:10])
    return f"{named} and {len(numbers) - 10} more" if len(numbers) > 10 else named  # noqa: PLR2004
