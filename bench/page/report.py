"""What the visits say in sum: medians, spreads, ratios, and whether goals are met."""

import os
import platform
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.page.browser import Figures

OURS = "our page"
FORMS = "our page, its scripts blocked"
REACT = "Courier's React component"
ELEMENT = "Courier's web component"

COLUMNS = {
    "bytes": "bytes",
    "requests": "requests",
    "paint": "first paint",
    "first": "first topic",
    "whole": "all topics",
    "usable": "usable",
    "script": "script CPU",
    "main_thread": "main thread",
}

GOALS = (
    ("bytes of a first visit", (OURS, "bytes"), (REACT, "bytes"), 1 / 5),
    ("bytes of a first visit", (OURS, "bytes"), (ELEMENT, "bytes"), 1.0),
    ("content with working forms", (FORMS, "usable"), (REACT, "usable"), 1 / 3),
    ("the same, while scripts load", (OURS, "whole"), (REACT, "usable"), 1 / 3),
    ("everything scripted", (OURS, "usable"), (REACT, "usable"), 0.45),
    ("script time", (OURS, "script"), (REACT, "script"), 1 / 4),
)
"""What is compared, with what, and how much of it we may need at most."""

Summary = dict[str, dict[str, dict[str, Any]]]


def load() -> float:
    """How many processes wanted a core lately; above the cores, times are too long."""
    return round(os.getloadavg()[0], 1)


def describe(
    browser: str, versions: dict[str, str], conditions: dict[str, Any]
) -> dict[str, Any]:
    """Where and under what conditions it was measured."""
    return {
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
            "chromium": browser,
        },
        "versions": versions,
        "conditions": conditions,
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return next(iter(names), platform.machine()).strip()


def summary(figures: dict[str, list[Figures]]) -> dict[str, Any]:
    """Of each contender's rounds the median and extremes, and the goals' ratios."""
    contenders = {
        name: {key: _sum_up(visit[key] for visit in visits) for key in COLUMNS}
        for name, visits in figures.items()
    }
    return {"contenders": contenders, "goals": _goals(contenders)}


def _sum_up(values: Iterable[float]) -> dict[str, Any]:
    taken = [round(value, 1) for value in values]
    return {
        "median": statistics.median(taken),
        "low": min(taken),
        "high": max(taken),
        "values": taken,
    }


def _goals(contenders: Summary) -> list[dict[str, Any]]:
    goals = []
    for what, own, other, at_most in GOALS:
        ratio = _part(contenders, own, other, "median")
        goal = {
            "what": what,
            "beside": f"{other[0]}'s {COLUMNS[other[1]]}",
            "ratio": ratio,
            "ratio_of_lowest": _part(contenders, own, other, "low"),
            "at_most": round(at_most, 3),
            "met": ratio <= at_most,
        }
        goals.append(goal)
    return goals


def _part(
    contenders: Summary, own: tuple[str, str], other: tuple[str, str], of: str
) -> float:
    ours: float = contenders[own[0]][own[1]][of]
    theirs: float = contenders[other[0]][other[1]][of]
    return round(ours / theirs, 3)


def tabulate(result: dict[str, Any]) -> str:
    machine, conditions = result["machine"], result["conditions"]
    return "\n".join(
        [
            "The page on a phone: Slow 4G, processor slowed 4 times, nothing cached,",
            (
                f"upstream {conditions['upstream_ms']} ms;"
                f" {conditions['rounds']} rounds in turns; milliseconds and bytes:"
                f" median (lowest to highest), part of {REACT}."
            ),
            (
                f"{machine['processor']}, {machine['cores']} cores,"
                f" load {conditions['load_before']} before and"
                f" {conditions['load_after']} after, Chromium {machine['chromium']}"
            ),
            *_warning(machine["cores"], conditions),
            "",
            *_rows(result["contenders"]),
            "",
            *map(_goal, result["goals"]),
        ]
    )


def _warning(cores: int, conditions: dict[str, Any]) -> Iterable[str]:
    if max(conditions["load_before"], conditions["load_after"]) > cores:
        yield "The machine was busy with other things: times are too long, and uneven."


def _rows(contenders: Summary) -> Iterable[str]:
    yield f"{'':<12}" + "".join(f"{name:>31}" for name in contenders)
    for key, title in COLUMNS.items():
        whole = contenders[REACT][key]["median"]
        cells = [_cell(figures[key], whole) for figures in contenders.values()]
        yield f"{title:<12}" + "".join(f"{cell:>31}" for cell in cells)


def _cell(figure: dict[str, Any], whole: float) -> str:
    median, low, high = (round(figure[key]) for key in ("median", "low", "high"))
    spread = "" if low == high else f" ({low} to {high})"
    return f"{median}{spread}  {figure['median'] / whole:.2f}"


def _goal(goal: dict[str, Any]) -> str:
    mark = "met   " if goal["met"] else "MISSED"
    return (
        f"{mark}  {goal['what']}: {goal['ratio']:.3f} of {goal['beside']},"
        f" at most {goal['at_most']:.3f} (of the lowest {goal['ratio_of_lowest']:.3f})"
    )
