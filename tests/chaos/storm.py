"""The storm: what goes wrong, when, and for how long.

Each lane is a thread with a seeded deck of troubles of its own, so that every kind
comes once before any comes again; lanes overlap as they like. What a lane broke, it
mends, also when the storm is cut short.
"""

import random
import re
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.processes import Process
from tests.chaos.world import World

LATE = {"applied late": 9.0, "applied very late": 15.0}
"""Seconds that a late PUT waits: longer than the app does, so newer ones pass it."""

AFTER = 2.0
"""Seconds after its window in which a late PUT may still take effect."""

HOURS = 2 * 3600.0
SMALL = 4096
"""Bytes beyond which no file grows while the disk is full."""

PUT = {"methods": ["PUT", "DELETE", "POST"]}
SOME = r"chaos-\d*[0-3]\b"
"""Some recipients, so that the others go on meanwhile."""

Rules = list[dict[str, object]]
RULES: dict[str, Rules] = {
    "503": [{"kind": "status", "status": 503}],
    "500": [{"kind": "status", "status": 500}],
    "429": [{"kind": "status", "status": 429, "retry_after": "1"}],
    "reset": [{"kind": "reset"}],
    "reset after effect": [{"kind": "reset", "apply": True, **PUT}],
    "504 after effect": [{"kind": "status", "status": 504, "apply": True, **PUT}],
    "not JSON": [{"kind": "not_json"}],
    "wrong shape": [{"kind": "wrong_shape"}],
    "slow": [{"kind": "accept_late", "delay_ms": 400}],
    "answered late": [{"kind": "accept_late", "delay_ms": 7000, "path": SOME}],
    "slow to act": [{"kind": "apply_late", "delay_ms": 400, **PUT}],
}
"""Courier's troubles as rules of the sandbox."""

Trouble = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Window:
    """When an old PUT may land after a newer one, and that is nobody's fault."""

    begin: float
    end: float
    whose: str = ""

    def covers(self, user: str, at: float) -> bool:
        is_theirs = re.search(self.whose, user) is not None
        return is_theirs and self.begin <= at <= self.end


LANES = ("courier", "late", "killed", "asleep", "clock", "database", "disk")


@dataclass(frozen=True)
class Lane:
    name: str
    deck: dict[str, Trouble]
    pause: tuple[float, float]
    length: tuple[float, float]


@dataclass
class Storm:
    world: World
    seed: int
    without: frozenset[str] = frozenset()
    """Lanes that stay calm."""
    counts: Counter[str] = field(default_factory=Counter)
    diary: list[tuple[float, float, str]] = field(default_factory=list)
    """From when until when there was which trouble."""
    windows: list[Window] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    """Of the storm's own: they spoil the proof."""
    _rules: Rules = field(default_factory=list)
    _switching: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_over(self) -> bool:
        """Whether nothing old can arrive any more."""
        return all(window.end < time.time() for window in self.windows)

    def excuses(self, user: str, at: float) -> bool:
        return any(window.covers(user, at) for window in self.windows)

    @contextmanager
    def raging(self) -> Iterator[None]:
        over = threading.Event()
        lanes = [
            threading.Thread(target=self._rage, args=(lane, over))
            for lane in self.lanes()
        ]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            over.set()
            for lane in lanes:
                lane.join()

    def lanes(self) -> list[Lane]:
        database = self.world.database
        away = {database.outage: database.away}
        lanes = [
            Lane("courier", self._courier(), (0.6, 2.0), (0.8, 2.0)),
            Lane("late", self._lates(), (3.0, 7.0), (0.8, 2.0)),
            Lane("killed", self._kills(), (3.0, 6.0), (0.0, 1.0)),
            Lane("asleep", self._sleeps(), (6.0, 12.0), (3.0, 8.0)),
            Lane("clock", self._clocks(), (1.0, 3.0), (3.0, 6.0)),
            Lane("database", away, (9.0, 18.0), database.seconds),
        ]
        if database.fills:
            lanes.append(Lane("disk", {"full": self._full}, (6.0, 12.0), (1.5, 3.0)))
        return [lane for lane in lanes if lane.name not in self.without]

    def _rage(self, lane: Lane, over: threading.Event) -> None:
        chance = random.Random(f"{self.seed} {lane.name}")  # noqa: S311
        deck: list[str] = []
        try:
            while not over.wait(chance.uniform(*lane.pause)):
                deck = deck or chance.sample(list(lane.deck), len(lane.deck))
                name, length = deck.pop(), chance.uniform(*lane.length)
                self.counts[f"{lane.name}: {name}"] += 1
                begin = time.time()
                with lane.deck[name]():
                    over.wait(length)
                self.diary.append((begin, time.time(), f"{lane.name}: {name}"))
        except BaseException as fault:  # noqa: BLE001  told by the verdict
            self.faults.append(fault)

    def _courier(self) -> dict[str, Trouble]:
        rules = {name: partial(self._ruled, rules) for name, rules in RULES.items()}
        return {**rules, "frozen": self._frozen_courier}

    def _lates(self) -> dict[str, Trouble]:
        return {name: partial(self._late, seconds) for name, seconds in LATE.items()}

    @contextmanager
    def _ruled(self, rules: Rules) -> Iterator[None]:
        """On top of the rules of other lanes."""
        self._switch(lambda others: [*rules, *others])
        try:
            yield
        finally:
            self._switch(lambda all_: [rule for rule in all_ if rule not in rules])

    def _switch(self, change: Callable[[Rules], Rules]) -> None:
        with self._switching:
            self._rules = change(self._rules)
            self.world.peer.switch(faults=self._rules)

    @contextmanager
    def _late(self, seconds: float) -> Iterator[None]:
        begin, delay = time.time(), int(seconds * 1000)
        rule = {"kind": "apply_late", "delay_ms": delay, "path": SOME, **PUT}
        with self._ruled([rule]):
            yield
        self._excuse(begin + seconds, time.time() + seconds, SOME)

    @contextmanager
    def _frozen_courier(self) -> Iterator[None]:
        """What arrives meanwhile waits, and takes effect all at once."""
        with self._frozen(self.world.sandbox):
            yield

    @contextmanager
    def _frozen(self, process: Process) -> Iterator[None]:
        process.freeze()
        try:
            yield
        finally:
            process.thaw()
            now = time.time()
            self._excuse(now, now)

    def _excuse(self, begin: float, end: float, whose: str = "") -> None:
        self.windows.append(Window(begin, end + AFTER, whose))

    def _kills(self) -> dict[str, Trouble]:
        return {p.name: partial(self._killed, p) for p in self.world.ours}

    @contextmanager
    def _killed(self, process: Process) -> Iterator[None]:
        process.kill()
        try:
            yield
        finally:
            process.start()

    def _sleeps(self) -> dict[str, Trouble]:
        """One that delivers stops in the middle of it, and then goes on."""
        return {p.name: partial(self._frozen, p) for p in self.world.deliverers}

    def _clocks(self) -> dict[str, Trouble]:
        app, deliverer = self.world.apps[0], self.world.deliverers[0]
        steps = [(p, hours) for hours in (HOURS, -HOURS) for p in (app, deliverer)]
        return {
            f"{p.name} {hours / 3600:+.0f} h": partial(self._stepped, p, hours)
            for p, hours in steps
        }

    @contextmanager
    def _stepped(self, process: Process, seconds: float) -> Iterator[None]:
        process.step_clock(seconds)
        try:
            yield
        finally:
            process.step_clock(0.0)

    @contextmanager
    def _full(self) -> Iterator[None]:
        for process in self.world.ours:
            process.limit_files(SMALL)
        try:
            yield
        finally:
            for process in self.world.ours:
                process.limit_files(resource.RLIM_INFINITY)
