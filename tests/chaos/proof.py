"""The proof: a world, a crowd and a storm, and what is left when it is over."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.crowd import Crowd, Person, people_of
from tests.chaos.databases import Database, database
from tests.chaos.storm import Storm
from tests.chaos.verdict import (
    Answer,
    Choice,
    Entry,
    Order,
    Record,
    State,
    is_lost,
    order,
    untrue,
    waits,
)
from tests.chaos.world import OFFERED, World, running_world, waited

RECIPIENTS = 200
CHOICES = 2000
THREADS = 96
SETTLED = 60.0
"""Seconds after the storm in which everything that waits is delivered."""

LOOKS = 12
STEP = 31.0
"""By how many seconds, and how often, clocks are set on once nothing old can arrive:
more than there is between two looks for what came late, and more often than those.
"""

LOOKED = 10.0
"""Seconds in which all looks that are due are taken."""

LONGEST = 3.0
"""How many times its length a storm may rage until there were enough choices."""


@dataclass(frozen=True)
class Case:
    """One topic of one recipient, with all that is known of it."""

    record: Record
    now: State
    entries: list[Entry]
    order: Order
    untrue: list[Choice]

    @property
    def is_lost(self) -> bool:
        return is_lost(self.record, self.now)

    @property
    def is_faulty(self) -> bool:
        overruled = any(choice.is_overruled for choice in self.record.choices)
        return self.is_lost or self.order.wrong > 0 or bool(self.untrue) or overruled


@dataclass
class Proof:
    """What came of it, in figures; and the cases that should not be."""

    database: str
    seed: int
    storm: Storm
    falls: list[str]
    cases: list[Case]
    pending: int
    still_open: int
    seconds: float
    settled: float
    looked: float
    unsent: int

    @property
    def faulty(self) -> list[Case]:
        return [case for case in self.cases if case.is_faulty]

    @property
    def choices(self) -> list[Choice]:
        return [choice for case in self.cases for choice in case.record.choices]

    @property
    def users(self) -> int:
        return len({case.record.user for case in self.cases if case.record.choices})

    @property
    def is_clean(self) -> bool:
        is_readable = all(c.answer is not Answer.UNREADABLE for c in self.choices)
        is_settled = not (self.pending or self.still_open)
        return is_settled and is_readable and not (self.faulty or self.storm.faults)

    def figures(self) -> list[tuple[str, str]]:
        answers = Counter(choice.answer for choice in self.choices)
        return [
            ("database", self.database),
            ("seed", str(self.seed)),
            ("choices", str(len(self.choices))),
            ("recipients", str(self.users)),
            *((str(answer), str(answers[answer])) for answer in Answer),
            ("nobody listened", str(self.unsent)),
            *((name, str(count)) for name, count in sorted(self.storm.counts.items())),
            ("fell over unasked", ", ".join(self.falls) or "0"),
            *self._verdict(),
            ("seconds of storm", f"{self.seconds:.1f}"),
            ("seconds until delivered", f"{self.settled:.1f}"),
            ("seconds until looked after", f"{self.looked:.1f}"),
        ]

    def _verdict(self) -> list[tuple[str, str]]:
        longest = max(
            (w for case in self.cases for w in waits(case.record, case.entries)),
            default=0.0,
        )
        return [
            ("longest wait of a kept choice", f"{longest:.1f} s"),
            ("took effect", str(sum(len(case.entries) for case in self.cases))),
            ("came late, repaired", str(sum(c.order.late for c in self.cases))),
            ("still pending", str(self.pending)),
            ("still looked after", str(self.still_open)),
            ("said saved, was not", str(sum(len(c.untrue) for c in self.cases))),
            ("told otherwise", str(sum(c.is_overruled for c in self.choices))),
            ("out of order", str(sum(case.order.wrong for case in self.cases))),
            ("lost", str(sum(case.is_lost for case in self.cases))),
        ]

    def table(self) -> str:
        figures = self.figures()
        width = max(len(name) for name, _ in figures)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in figures)


def prove(
    name: str,
    directory: Path,
    *,
    seconds: float,
    seed: int,
    without: frozenset[str] = frozenset(),
) -> Proof:
    """Needs two cores, and from ten seconds to a minute more than the storm."""
    with database(name, directory) as kept, running_world(kept, directory) as world:
        crowd = Crowd(world.ports, _people(world, seed), THREADS, seed)
        storm = Storm(world, seed, without)
        raged = _rage(storm, crowd, seconds)
        over = time.monotonic()
        waited(lambda: storm.is_over and not kept.pending(), SETTLED, step=0.5)
        settled = time.monotonic() - over
        _let_time_pass(world)
        looked = time.monotonic() - over - settled
        falls = [f"{p.name} ({p.falls})" for p in world.ours if p.falls]
        proof = Proof(
            kept.name,
            seed,
            storm,
            falls,
            list(_cases(world, crowd, storm)),
            kept.pending(),
            kept.open(),
            raged,
            settled,
            looked,
            crowd.sent["unsent"],
        )
        _write_down(proof, kept, directory)
        return proof


def _people(world: World, seed: int) -> list[Person]:
    """Dealt so that a recipient's topics are in different hands."""
    users = [f"chaos-{number:03}" for number in range(RECIPIENTS)]
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(world.page, users))
    found = zip(users, pages, strict=True)
    by_user = [people_of(user, page, OFFERED, seed) for user, page in found]
    return [person for topic in zip(*by_user, strict=True) for person in topic]


def _rage(storm: Storm, crowd: Crowd, seconds: float) -> float:
    begin = time.monotonic()

    def is_over() -> bool:
        past = time.monotonic() - begin
        is_enough = crowd.choices >= CHOICES or past > seconds * LONGEST
        return bool(storm.faults) or (past >= seconds and is_enough)

    with storm.raging():
        crowd.choose_until(is_over)
    return time.monotonic() - begin


def _let_time_pass(world: World) -> None:
    """Until nothing is feared any more. What can arrive has arrived by now, so the
    minutes in which the ledger still looks for it need not be waited for.
    """
    passed = 0.0
    while world.database.open() and passed < LOOKS * STEP:
        passed += STEP
        world.step_clocks(passed)
        now = time.time() + passed
        waited(partial(world.database.is_idle, now), LOOKED, step=0.1)


def _cases(world: World, crowd: Crowd, storm: Storm) -> Iterator[Case]:
    for user, people in _by_user(crowd).items():
        standing, history = world.standing(user), world.history(user)
        excused = partial(storm.excuses, user)
        for record in (person.record for person in people):
            entries = history[record.topic]
            yield Case(
                record,
                standing[record.topic],
                entries,
                order(record, entries, excused),
                untrue(record, entries, excused),
            )


def _by_user(crowd: Crowd) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in crowd.people:
        found.setdefault(person.record.user, []).append(person)
    return found


def _write_down(proof: Proof, kept: Database, directory: Path) -> None:
    """Every faulty case from all three sides, for whoever looks for the cause."""
    storm = proof.storm
    lines = [proof.table(), *(repr(fault) for fault in storm.faults), ""]
    for begin, end, name in sorted(storm.diary):
        lines.append(f"{begin:.3f} to {end:.3f} {name}")
    lines += [
        f"{w.begin:.3f} to {w.end:.3f} old ones may arrive" for w in storm.windows
    ]
    for case in proof.faulty:
        record = case.record
        lines += [f"\n{record.user} {record.topic} stands {case.now}; {case.order}"]
        lines += [f"  first {record.first}"]
        lines += [f"  chose {choice}" for choice in record.choices]
        lines += [f"  untrue {choice}" for choice in case.untrue]
        lines += [f"  effect {entry}" for entry in case.entries]
        lines += [f"  row {row}" for row in kept.rows(record.user, record.topic)]
    (directory / "verdict.txt").write_text("\n".join(lines) + "\n", "utf-8")
