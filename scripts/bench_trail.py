"""Measures the first page of the desk's trail among a million rows, filter by filter.

On a SQLite file and on a PostgreSQL, both made for it and thrown away. Says what is
slower than the limit, and then ends with an error: by the best of some rounds, as
whatever else the machine does is none of our time.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, text

from app.ledger import rows
from app.ledger.database import Database
from app.ledger.figures import Figures
from app.ledger.schema import migrate
from app.ledger.stafftables import staff_entries
from app.ledger.tables import choices, entries
from app.ledger.trail import Trail
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.staff import Kind
from app.preferences.trail import Filter
from tests.postgres import running_cluster

LIMIT = 50.0
"""Milliseconds."""

YEARS = 2 * 365 * 24 * 60 * 60.0
SEED = 7
BATCH = 10_000
ON = Standing(Status.OPTED_IN, Status.OPTED_IN)
DOORS = {
    Door.PAGE: 56,
    Door.ONE_CLICK: 25,
    Door.UNSUBSCRIBE_PAGE: 9,
    Door.STAFF: 5,
    Door.API: 4,
    Door.UNDO: 1,
}
"""How many of a hundred came so; by `embed` only at the beginning did any."""

SHOWN, FOLLOWED = 20, 100
"""One in so many acts of staff makes a link; one in so many choices came by one."""

GIVEN_UP = 0.2
"""The share of the time after which nobody used a door and a topic any more."""


TRIED = {
    "user": {"": "", "someone": "user-7", "the trial user": "trial"},
    "agent": {"": "", "the busiest": "agent-0", "who left": "agent-9", "none": "x"},
    "topic": {"": "", "the largest": "topic-0", "ended": "ended", "none": "x"},
    "door": {"": "", "page": "page", "staff": "staff", "undo": "undo", "old": "embed"},
    "time": {"": "", "long ago": "long ago"},
}
"""What is asked for, by the words that tell it."""


@dataclass(frozen=True)
class Case:
    words: str
    asked: Filter


class Life:
    """Two years of a product: few large topics, busy agents, and one trial user."""

    def __init__(self, now: float, noted: int) -> None:
        self._shown = max(noted // SHOWN, 1)
        self._chance = random.Random(SEED)  # noqa: S311  the same numbers every time
        self._now = now

    def choice(self, number: int, share: float) -> dict[str, Any]:
        (door,) = self._chance.choices(list(DOORS), list(DOORS.values()))
        topic = f"topic-{self._zipf(40)}"
        if share < GIVEN_UP:
            door = Door.EMBED if number % 3 == 0 else door
            topic = "ended" if number % 4 == 0 else topic
        actor = self._agent(share) if door in (Door.STAFF, Door.UNDO) else None
        user = "trial" if number % 20 == 0 else f"user-{self._zipf(100_000)}"
        status = self._chance.choice([Status.OPTED_OUT, Status.OPTED_IN])
        draft = Draft(topic, "Topic", ON, Change(status, Routing()))
        mark = f"mark-{number}"
        if number % FOLLOWED == 0:
            number_of_it = 1 + int(share * self._chance.random() * self._shown)
            mark = f"mark-{number_of_it * SHOWN}"
        trace = Trace(door, "desk" if actor else mark, actor)
        row = rows.written(Recipient(user), draft, trace)
        at = self._at(share)
        refused = {"state": "refused", "last_error": "refused: 400 no"}
        done = {"state": "delivered", "delivered_at": at + 400}
        return {
            **row,
            **(refused if number % 500 == 0 else done | {"last_error": None}),
            "id": number,
            "reference": f"R{number}",
            "salt": "0" * 32,
            "at": at,
            **dict.fromkeys(("due_at", "lease", "doubt_until")),
        }

    def entry(self, number: int, share: float) -> dict[str, Any]:
        is_about = number % 10 != 0
        is_shown = number % SHOWN == 0
        kind = self._chance.choice([Kind.OPENED, Kind.LOOKED_UP, Kind.REVEALED])
        return {
            "at": self._at(share),
            "kind": Kind.SHOWED_LINK if is_shown else kind,
            "link": f"mark-{number}" if is_shown else None,
            "actor": self._agent(share),
            "user_id": f"user-{self._zipf(100_000)}" if is_about else None,
            "tenant_id": "",
            "topic_id": f"topic-{self._zipf(40)}" if number % 3 == 0 else None,
        }

    def _agent(self, share: float) -> str:
        """The last of ten was there at the very beginning only."""
        return "agent-9" if share < 0.01 else f"agent-{self._zipf(9)}"  # noqa: PLR2004

    def _zipf(self, count: int) -> int:
        """The first is by far the most frequent."""
        return int(count ** self._chance.random()) - 1

    def _at(self, share: float) -> int:
        return int((self._now - YEARS * (1 - share)) * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given, _ = parser.parse_known_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd()))
        cluster = stack.enter_context(running_cluster())
        urls = {
            "SQLite": f"sqlite:///{folder}/trail.db",
            "PostgreSQL": cluster.create("trail"),
        }
        is_good = [_measured(n, u, given.rows, given.rounds) for n, u in urls.items()]
    sys.exit(0 if all(is_good) else 1)


def _measured(name: str, url: str, count: int, rounds: int) -> bool:
    """Whether every first page came within the limit."""
    database, now = Database(url), time.time()
    migrate(database)
    _fill(database, count, now)
    print(f"{name}, {count} rows:")
    trail, figures = Trail(database), Figures(database)
    took = {
        case.words: _timed(partial(trail.page, case.asked), rounds) for case in cases()
    }
    for words in [w for w in took if "+" not in w]:
        _tell(words, took[words], LIMIT)
    slowest = sorted(took, key=lambda words: took[words], reverse=True)[:5]
    print(f"  the slowest of {len(took)} combinations:")
    for words in slowest:
        _tell(words, took[words], LIMIT)
    for question in ("off_per_day", "honored", "refused", "refused_by_reason"):
        _tell(question, _timed(getattr(figures, question), rounds))
    _tell("newest of the trial user", _timed(lambda: trail.newest("trial"), rounds))
    _tell("acts and looks of one user", _timed(lambda: trail.of("user-0"), rounds))
    database.close()
    over = [words for words in took if took[words][1] > LIMIT]
    print(f"  over {LIMIT:.0f} ms: {', '.join(over) or 'none'}")
    return not over


def cases() -> Iterator[Case]:
    """Every filter with every other, matching much, little and nothing."""
    for words in product(*TRIED.values()):
        given = dict(zip(TRIED, words, strict=True))
        values = {name: TRIED[name][word] for name, word in given.items()}
        told = " + ".join(f"{n} {w}" for n, w in given.items() if w)
        yield Case(told or "no filter", _asked(values))


def _asked(values: dict[str, str]) -> Filter:
    """An hour of the first weeks, where a time is asked for."""
    at = time.time() - YEARS * 0.95 if values["time"] else None
    return Filter(
        values["agent"],
        values["user"],
        values["topic"],
        values["door"],
        at,
        None if at is None else at + 3600.0,
    )


def _fill(database: Database, count: int, now: float) -> None:
    """Nine choices for every other act of staff."""
    made, noted = count * 9 // 10, count // 10
    life = Life(now, noted)
    links = ({"number": n, "commitment": "", "hash": ""} for n in range(1, made + 1))
    _insert(database, entries, links)
    numbers = range(1, made + 1)
    _insert(database, choices, (life.choice(n, n / made) for n in numbers))
    _insert(
        database, staff_entries, (life.entry(n, n / noted) for n in range(1, noted + 1))
    )
    if not database.is_sqlite:  # which does by itself what PostgreSQL does in time
        with database.reading() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _insert(database: Database, table: Table, given: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(given, BATCH)):
        with database.noting() as connection:
            connection.execute(insert(table), some)


def _timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Milliseconds: the middle and the best."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), min(took)


def _tell(what: str, took: tuple[float, float], limit: float | None = None) -> None:
    told = f"   limit {limit:.0f} ms" if limit else ""
    print(f"    {what:<58} median {took[0]:6.2f} ms   best {took[1]:6.2f} ms{told}")


if __name__ == "__main__":
    main()
