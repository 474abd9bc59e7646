"""What the desk counts over all: what is turned off, how soon it holds, what failed.

Each question goes by an index that holds only what it is about, and a few days of it.
At a million choices all of them together take some hundredths of a second.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal_column, select

from app.ledger import trailrows
from app.ledger.database import Database
from app.ledger.stafftables import IS_OFF, IS_REFUSED
from app.ledger.statements import IS_OPEN, IS_PENDING
from app.ledger.tables import choices
from app.ledger.trailsql import by_index
from app.preferences.subject import is_unseen
from app.preferences.trail import Line, OffDay

DAY = 24 * 60 * 60 * 1000
DENIED = "denied:"
"""With this begins what the ledger has of a delivery that a wrong key stopped."""

c = choices.c
SINCE: Any = bindparam("since")
LIMIT: Any = bindparam("limit", type_=Integer, literal_execute=True)

_OF_DAY: Any = literal_column(f"at / {DAY}", Integer)

_OFF = by_index(
    (
        select(
            c.topic_id,
            _OF_DAY.label("day"),
            func.count().label("times"),
            func.max(c.at).label("last"),
        )
        .where(IS_OFF, c.at >= SINCE)
        .group_by(c.topic_id, _OF_DAY)
    ),
    choices,
    "choices_off",
)
"""By `choices_off` alone."""

_NAMES = by_index(
    select(c.topic_id, c.topic_name).where(
        IS_OFF, c.at.in_(bindparam("ats", expanding=True))
    ),
    choices,
    "choices_off",
)
"""By `choices_off`."""

_HONORED = by_index(
    (
        select(c.delivered_at - c.at)
        .where(IS_OFF, c.at >= SINCE, c.delivered_at.is_not(None))
        .order_by(c.at.desc())
        .limit(LIMIT)
    ),
    choices,
    "choices_off",
)
"""By `choices_off`."""

_REFUSED = by_index(
    (select(choices).where(IS_REFUSED).order_by(c.at.desc(), c.id.desc()).limit(LIMIT)),
    choices,
    "choices_refused",
)
"""By `choices_refused`."""

_REASONS = by_index(
    (
        select(c.last_error, func.count().label("times"))
        .where(IS_REFUSED, c.at >= SINCE)
        .group_by(c.last_error)
    ),
    choices,
    "choices_refused",
)
"""By `choices_refused`."""

_DENIED = select(func.count()).where(
    IS_OPEN, IS_PENDING, c.last_error.startswith(DENIED)
)
"""By `choices_due`: costs as much as there is open."""


class Figures:
    """`now` gives seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now

    def off_per_day(self, days: int = 14) -> list[OffDay]:
        """What was turned off and stands, per topic and day, today's so far among it.

        Choices for everything count by the topics that they came to.
        """
        today = int(self._now() * 1000) // DAY
        since = {"since": (today - days + 1) * DAY}
        with self._database.reading() as connection:
            rows = connection.execute(_OFF, since).all()
            found = [row for row in rows if not is_unseen(row.topic_id)]
            last: dict[str, int] = {}
            for row in found:
                last[row.topic_id] = max(row.last, last.get(row.topic_id, 0))
            names = connection.execute(_NAMES, {"ats": list(last.values())}).all()
        named = {row.topic_id: row.topic_name for row in names}
        return [
            OffDay(r.topic_id, named.get(r.topic_id, ""), _date(r.day), r.times)
            for r in sorted(found, key=lambda row: (row.topic_id, row.day))
        ]

    def honored(self, limit: int = 1000, days: int = 7) -> list[float]:
        """Seconds from an unsubscribe to Courier's acceptance, newest first."""
        values = self._since(days) | {"limit": limit}
        with self._database.reading() as connection:
            took = connection.execute(_HONORED, values).scalars()
            return [max(milliseconds, 0) / 1000 for milliseconds in took]

    def refused(self, limit: int = 20) -> list[Line]:
        """The newest that were refused, by Courier or by a rule."""
        with self._database.reading() as connection:
            found = connection.execute(_REFUSED, {"limit": limit}).mappings()
            return [trailrows.choice_line(row) for row in found]

    def refused_by_reason(self, days: int = 7) -> list[tuple[str, int]]:
        """The words with which the reasons begin, the most frequent first."""
        counted: dict[str, int] = {}
        with self._database.reading() as connection:
            for row in connection.execute(_REASONS, self._since(days)):
                word = (row.last_error or "").partition(":")[0]
                counted[word] = counted.get(word, 0) + row.times
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))

    def denied(self) -> int:
        """How many wait because Courier did not take our key."""
        with self._database.reading() as connection:
            return int(connection.execute(_DENIED).scalar_one())

    def _since(self, days: int) -> dict[str, int]:
        return {"since": int(self._now() * 1000) - days * DAY}


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
