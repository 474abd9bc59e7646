"""What the rounds say: tables, ratios, and whether goals are met."""

from collections.abc import Iterator
from typing import Any

from bench.server.measuring import Figures
from bench.server.run import OPEN_LATENCY, RATE, Rounds
from bench.server.run import name as cell_name
from bench.summing import cell, goal, goal_line, ratios, spread

KEYS = ("per_second", "p50", "p99", "cpu_ms", "core", "memory_mb")
TITLES = ("a second", "p50 ms", "p99 ms", "CPU ms each", "of the core", "MB")
OURS, FIRST, SECOND = "ours", "bare, sync x 2", "bare, threads 2 x 64"
ALONE, UNEVEN = "upstream alone", "ours, arrivals by chance"
LITTLE, MUCH = cell_name(0, 32), cell_name(200, 256)
OPEN = f"{OPEN_LATENCY} ms, {RATE:.0f} a second"


def summary(found: dict[str, Rounds]) -> dict[str, Any]:
    told = {kind: _summed(rounds) for kind, rounds in found.items()}
    return {"tables": told, "goals": goals(found)}


def _summed(rounds: Rounds) -> dict[str, Any]:
    return {
        who: {
            where: {key: spread(_values(figures, key)) for key in KEYS}
            | {"other": _others(figures)}
            for where, figures in cells.items()
        }
        for who, cells in rounds.items()
    }


def _values(rounds: list[Figures], key: str) -> list[float | None]:
    return [figures.get(key) for figures in rounds]


def _others(rounds: list[Figures]) -> dict[str, int]:
    """Answers that were none."""
    found: dict[str, int] = {}
    for figures in rounds:
        for status, count in figures["statuses"].items():
            if status != "200":
                found[status] = found.get(status, 0) + count
    return found


def goals(found: dict[str, Rounds]) -> list[Figures]:
    pages, opened = found["pages"], found["open loop"]

    def beside(who: str, where: str, key: str) -> Figures:
        return ratios(_values(pages[OURS][where], key), _values(pages[who][where], key))

    many = pages[OURS][MUCH]
    slowest = ratios(_values(many, "p99"), _values(many, "p50"))
    cpu = beside(FIRST, LITTLE, "cpu_ms")
    inverse = spread(1 / value for value in cpu.get("values", []))
    where = f"beside {FIRST}, {LITTLE}"
    return [
        goal(
            f"pages/s {where}", beside(FIRST, LITTLE, "per_second"), 1.1, is_least=True
        ),
        goal(f"the same by CPU alone, {where}", inverse, 1.1, is_least=True),
        goal(
            f"pages/s beside {SECOND}, {MUCH}",
            beside(SECOND, MUCH, "per_second"),
            2.6,
            is_least=True,
        ),
        goal(f"p99 by p50, {MUCH}", slowest, 2.5, is_least=False),
        goal(f"added to p50, {OPEN}, ms", _added(opened, "p50"), 2.0, is_least=False),
        goal(f"added to p99, {OPEN}, ms", _added(opened, "p99"), 6.0, is_least=False),
    ]


def _added(opened: Rounds, key: str) -> Figures | None:
    pairs = zip(
        _values(opened[OURS][OPEN], key), _values(opened[ALONE][OPEN], key), strict=True
    )
    return spread(a - b for a, b in pairs if a is not None and b is not None)


def table(told: dict[str, Any]) -> Iterator[str]:
    for kind, cells in told["tables"].items():
        yield f"{kind}"
        yield from _table(cells)
        yield ""
    yield from map(goal_line, told["goals"])


def _table(contenders: dict[str, Any]) -> Iterator[str]:
    wheres = dict.fromkeys(w for cells in contenders.values() for w in cells)
    for where in wheres:
        yield f"  {where:<28}" + "".join(f"{title:>26}" for title in TITLES)
        for who, cells in contenders.items():
            if where in cells:
                yield _row(who, cells[where])


def _row(who: str, figures: dict[str, Any]) -> str:
    digits = {"cpu_ms": 2, "core": 2, "p50": 1, "p99": 1}
    told = (f"{cell(figures[key], digits.get(key, 0)):>26}" for key in KEYS)
    others = f"  also {figures['other']}" if figures["other"] else ""
    return f"    {who:<26}" + "".join(told) + others
