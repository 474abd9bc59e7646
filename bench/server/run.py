"""Pages and toggles under load, ours beside others: `python -m bench server`.

All are up at once and are loaded in turns, each alone, with an upstream of the same
latency. Ours is complete: headers, languages, ledger look-up, metrics, logs. Nobody
asks for compression, which is a proxy's business; one line says what it would cost.
Every recipient has made other choices, so that nothing that was made for one serves
another; one line says what it is where nobody has chosen yet.
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from bench.server.canned import Answers, answers
from bench.server.contenders import (
    Contender,
    direct,
    get,
    nginx,
    ours,
    set_latency,
    sync,
    threads,
    upstream,
)
from bench.server.forms import Fields
from bench.server.measuring import Figures, load
from bench.server.processes import memory_mb
from bench.server.toggles import toggles
from bench.summing import under_way

LATENCIES = (0, 50, 200)
CLIENTS = (1, 32, 256)
CELLS = tuple((latency, clients) for latency in LATENCIES for clients in CLIENTS)
FEW = ((0, 32), (200, 256))
"""Those of the goals."""

RATE = 200.0
OPEN_LATENCY = 50
OPEN_CLIENTS = 64
"""Connections that are there at the beginning; more come where they are needed."""

Rounds = dict[str, dict[str, list[Figures]]]
"""By contender and cell, the figures of each round."""


@dataclass(frozen=True)
class Effort:
    rounds: int = 3
    seconds: float = 1.5
    open_seconds: float = 5.0
    cells: tuple[tuple[int, int], ...] = CELLS

    def cells_of(self, number: int) -> tuple[tuple[int, int], ...]:
        """All of them once, and in every round those that goals are about."""
        return self.cells if number == 0 else FEW


QUICK = Effort(1, 1.0, 2.0, FEW)


def run(effort: Effort) -> dict[str, Rounds]:
    told = answers(12)
    return {
        "pages": _pages(told, effort),
        "toggles": _toggles(told, effort),
        "open loop": _open_loop(told, effort),
    }


def name(latency: int, clients: int) -> str:
    return f"{latency} ms, {clients} clients"


def note(rounds: Rounds, who: str, cell: str, figures: Figures) -> None:
    rounds.setdefault(who, {}).setdefault(cell, []).append(figures)


def _pages(told: Answers, effort: Effort) -> Rounds:
    rounds: Rounds = {}
    with upstream(told) as base, ExitStack() as stack:
        each = [stack.enter_context(make(base)) for make in (sync, threads, nginx)]
        each.append(stack.enter_context(ours(base)))
        _warm(base, each)
        for number in range(effort.rounds):
            for latency, clients in effort.cells_of(number):
                under_way(f"pages, {name(latency, clients)}")
                set_latency(base, latency)
                for contender in each:
                    figures = load(contender, clients, effort.seconds)
                    figures["memory_mb"] = memory_mb(contender.pid)
                    note(rounds, contender.name, name(latency, clients), figures)
            set_latency(base, 0)
            figures = load(_compressed(each[-1]), 32, effort.seconds)
            note(rounds, "ours, compressed by brotli", name(0, 32), figures)
            set_latency(base, 0, alike=1)
            figures = load(each[-1], 32, effort.seconds)
            note(rounds, "ours, all lists alike", name(0, 32), figures)
    return rounds


def _warm(base: str, each: list[Contender]) -> None:
    set_latency(base, 0)
    for contender in each:
        load(contender, 4, 0.5)


def _compressed(contender: Contender) -> "Compressed":
    return Compressed(**vars(contender))


class Compressed(Contender):
    """As a browser asks."""

    @property
    def requests(self) -> list[str]:
        return [get(path, Accept_Encoding="gzip, br") for path in self.paths]


def _toggles(told: Answers, effort: Effort) -> Rounds:
    """A form's act: a row in the ledger and a PUT before it is answered."""
    rounds: Rounds = {}
    with upstream(told) as base, ours(base) as contender:
        set_latency(base, 0)
        forms: list[Fields] = toggles(contender)
        for number in range(effort.rounds):
            for latency, clients in effort.cells_of(number):
                under_way(f"toggles, {name(latency, clients)}")
                set_latency(base, latency)
                figures = load(contender, clients, effort.seconds, forms=forms)
                figures["memory_mb"] = memory_mb(contender.pid)
                note(rounds, contender.name, name(latency, clients), figures)
    return rounds


def _open_loop(told: Answers, effort: Effort) -> Rounds:
    """What is added to the upstream's own latency, which the first asks alone."""
    rounds: Rounds = {}
    even: dict[str, Any] = {"rate": RATE, "warm_up": 1.0}
    with upstream(told, "fine") as base, ExitStack() as stack:
        each = [direct(base)]
        each += [stack.enter_context(make(base)) for make in (threads, ours)]
        _warm(base, each)
        set_latency(base, OPEN_LATENCY)
        uneven = replace(each[-1], name="ours, arrivals by chance")
        for number in range(effort.rounds):
            for contender in (*each, uneven):
                under_way(f"{RATE:.0f} a second, {contender.name}")
                how = {**even, "is_even": contender is not uneven, "seed": number}
                figures = load(contender, OPEN_CLIENTS, effort.open_seconds, **how)
                cell = f"{OPEN_LATENCY} ms, {RATE:.0f} a second"
                note(rounds, contender.name, cell, figures)
    return rounds
