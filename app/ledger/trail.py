"""What staff did, and the trail over all: their acts and everybody's choices, by time.

Two tables are read as one, newest first. A page costs the same however long they are,
and whatever is asked for; see `app.ledger.trailsql`.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, delete, insert, select, update

from app.ledger import trailrows
from app.ledger import trailsql as sql
from app.ledger.database import Database
from app.ledger.stafftables import staff_entries
from app.preferences.choice import Door
from app.preferences.model import Recipient
from app.preferences.staff import Entry, Kind
from app.preferences.trail import Filter, Line, Source

BATCH = 500
DAY = 24 * 60 * 60 * 1000
LOOKED_THROUGH = 200
"""Newest look-ups among which an agent's last recipients are found."""

END = 1 << 60
"""After every moment and every number that there will be."""

PLACE = re.compile(r"(\d{1,15})-([01])-(\d{1,15})", re.ASCII)
ORDER = (Source.ENTRY, Source.CHOICE)
"""Which of two lines of the same moment is the older one."""

Row = dict[str, Any]
Place = tuple[int, int, int]
"""A line's milliseconds, its source by `ORDER`, and its number there."""


class Trail:
    """`now` gives seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now

    def note(self, entry: Entry) -> Entry:
        """Writes down what was done, durably; it comes back with moment and number."""
        with self._database.recording() as connection:
            return self._note(connection, entry)

    def note_of_few(
        self, entry: Entry, kinds: Iterable[Kind], since: float, most: int
    ) -> Entry | None:
        """The same, unless its actor did as much since then; then None.

        One writer at a time counts and writes, so that nobody gets past it by asking
        several times at once.
        """
        of = {"agent": entry.actor, "since": int(since * 1000)}
        with self._database.recording() as connection:
            counted = (
                connection.execute(sql.COUNT, of | {"kind": kind.value}).scalar_one()
                for kind in kinds
            )
            return self._note(connection, entry) if sum(counted) < most else None

    def _note(self, connection: Connection, entry: Entry) -> Entry:
        row = trailrows.written(entry) | {"at": int(self._now() * 1000)}
        key = connection.execute(insert(staff_entries), row).inserted_primary_key
        return trailrows.entry(row | {"id": key[0] if key else 0})

    def page(
        self, asked: Filter, before: str | None = None, limit: int = 50
    ) -> tuple[list[Line], str | None]:
        """Lines, newest first, and the place after them; None after the last one.

        `before` is such a place; `ValueError` for anything else.
        """
        place = _place(before) if before else _end(asked)
        found = [self._found(s, asked, place, limit + 1) for s in Source]
        newest = merge(*found, key=itemgetter(0), reverse=True)
        rows = list(islice(newest, limit + 1))
        is_over = len(rows) <= limit
        last = None if is_over else _text(rows[limit - 1][0])
        return [_line(place, row) for place, row in rows[:limit]], last

    def stream(self, asked: Filter, batch: int = BATCH) -> Iterator[list[Line]]:
        """All of it, newest first, by the batch; none stays in memory, or is locked."""
        place: str | None = None
        while True:
            lines, place = self.page(asked, place, batch)
            yield lines
            if place is None:
                return

    def of(self, user_id: str, limit: int = 200) -> list[Entry]:
        """What staff did about a user, in any tenant, newest first.

        So many acts, and so many looks: nobody pushes an act out by looking.
        """
        of = {"user": user_id, "limit": limit}
        found = [*self._entries(sql.ACTS_ON, of), *self._entries(sql.LOOKS_AT, of)]
        return sorted(found, key=lambda e: (-e.at, -e.id))

    def makers(self, marks: Iterable[str]) -> dict[str, str]:
        """Who of staff had made and seen the links of these marks; others have none."""
        links = sorted(set(marks))
        with self._database.reading() as connection:
            found = connection.execute(sql.MAKERS, {"links": links}) if links else ()
            return {row.link: row.actor for row in found}

    def answers(self, user_id: str, mark: str) -> list[Entry]:
        """What a user said by a link that had asked them to confirm, newest first."""
        return self._entries(sql.ANSWERS, {"user": user_id, "link": mark})

    def has(
        self,
        actor: str,
        kind: Kind,
        recipient: Recipient | None,
        since: float,
        detail: str = "",
    ) -> bool:
        """Whether somebody did exactly that since then; without a detail, any."""
        of = {
            "agent": actor,
            "kind": kind.value,
            "user": recipient.user_id if recipient else None,
            "tenant": recipient.tenant_id or "" if recipient else "",
            "detail": detail,
            "since": int(since * 1000),
        }
        with self._database.reading() as connection:
            return connection.execute(sql.HAS, of).first() is not None

    def newest(self, user_id: str) -> tuple[int, int]:
        """The greatest number of a user's choices and of the entries about them."""
        of = {"user": user_id}
        with self._database.reading() as connection:
            choice = connection.execute(sql.NEWEST_CHOICE, of).scalar()
            entry = connection.execute(sql.NEWEST_ENTRY, of).scalar()
        return choice or 0, entry or 0

    def lookups(self, actor: str, limit: int = 10) -> list[Entry]:
        """The recipients that somebody opened last, each once, newest first."""
        of = {"agent": actor, "kind": Kind.OPENED.value, "limit": LOOKED_THROUGH}
        found = self._entries(sql.OF_AGENT, of)
        newest = {e.recipient: e for e in reversed(found) if e.recipient}
        return sorted(newest.values(), key=lambda e: (-e.at, -e.id))[:limit]

    def of_kind(self, kind: Kind, since: float, limit: int = 20) -> list[Entry]:
        """The newest of one kind, by anybody."""
        of = {"kind": kind.value, "since": int(since * 1000), "limit": limit}
        return self._entries(sql.OF_KIND, of)

    def count(self, actor: str, kind: Kind, since: float) -> int:
        """How often somebody did that since then."""
        of = {"agent": actor, "kind": kind.value, "since": int(since * 1000)}
        with self._database.reading() as connection:
            return int(connection.execute(sql.COUNT, of).scalar_one())

    def forget(self, user_id: str) -> int:
        """Takes out of the entries whom they were about; that and what was done stay.

        Returns in how many.
        """
        of_user = staff_entries.c.user_id == user_id
        gone = update(staff_entries).where(of_user).values(**trailrows.FORGOTTEN)
        with self._database.recording() as connection:
            return int(connection.execute(gone).rowcount)

    def expire(self, days: int) -> int:
        """Deletes older entries; returns how many."""
        before = int(self._now() * 1000) - days * DAY
        old = select(staff_entries.c.id).where(staff_entries.c.at < before)
        some = old.order_by(staff_entries.c.at).limit(BATCH).scalar_subquery()
        total, went = 0, BATCH
        while went == BATCH:
            with self._database.recording() as connection:
                these = delete(staff_entries).where(staff_entries.c.id.in_(some))
                went = connection.execute(these).rowcount
            total += went
        return total

    def _found(
        self, source: Source, asked: Filter, place: Place, limit: int
    ) -> list[tuple[Place, Row]]:
        """The newest rows of one table before a place, and where they are."""
        is_entry = source is Source.ENTRY
        if is_entry and asked.door not in {"", Door.STAFF.value}:
            return []
        of = {"user": asked.user_id, "topic": asked.topic_id, "agent": asked.agent}
        of |= {} if is_entry else {"door": asked.door}
        used = {name: value for name, value in of.items() if value}
        build = sql.entries_before if is_entry else sql.choices_before
        values = used | _bounds(asked, place, source) | {"limit": limit}
        with self._database.reading() as connection:
            rows = connection.execute(build(frozenset(used)), values).mappings()
            own = ORDER.index(source)
            return [((row["at"], own, row["id"]), dict(row)) for row in rows]

    def _entries(self, query: Executable, values: Mapping[str, Any]) -> list[Entry]:
        with self._database.reading() as connection:
            found = connection.execute(query, values).mappings()
            return [trailrows.entry(row) for row in found if trailrows.is_known(row)]


def _bounds(asked: Filter, place: Place, source: Source) -> dict[str, int]:
    """Where one table goes on after a place that may be the other's."""
    at, order, id_ = place
    own = ORDER.index(source)
    below = id_ if own == order else END if own < order else 0
    since = 0 if asked.since is None else int(asked.since * 1000)
    return {"at": at, "id": below, "since": since}


def _end(asked: Filter) -> Place:
    """Before `until`; without one, after everything."""
    return END if asked.until is None else int(asked.until * 1000), 0, 0


def _line(place: Place, row: Row) -> Line:
    is_entry = ORDER[place[1]] is Source.ENTRY
    return trailrows.entry_line(row) if is_entry else trailrows.choice_line(row)


def _place(text: str) -> Place:
    found = PLACE.fullmatch(text)
    if not found:
        raise ValueError(text)
    at, order, id_ = map(int, found.groups())
    return at, order, id_


def _text(place: Place) -> str:
    return "-".join(map(str, place))
