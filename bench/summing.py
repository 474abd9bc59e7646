"""Rounds in sum: a machine that others use as well is told by its spread."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def under_way(what: str) -> None:
    """Beside the tables: what takes so long."""
    sys.stderr.write(f"… {what}\n")
    sys.stderr.flush()


def machine() -> Figures:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return next(iter(names), platform.machine()).strip()


def spread(values: Iterable[float | None]) -> Figures | None:
    """None where nothing was measured."""
    taken = [round(value, 4) for value in values if value is not None]
    if not taken:
        return None
    middle = statistics.median(taken)
    return {"median": middle, "low": min(taken), "high": max(taken), "values": taken}


def ratios(ours: Sequence[float | None], theirs: Sequence[float | None]) -> Figures:
    """Of each round by itself, because the next one has another machine."""
    pairs = zip(ours, theirs, strict=True)
    return spread(a / b for a, b in pairs if a is not None and b) or {}


def cell(figure: Figures | None, digits: int = 1) -> str:
    if not figure:
        return "-"
    median, low, high = (f"{figure[k]:.{digits}f}" for k in ("median", "low", "high"))
    return median if low == high else f"{median} ({low} to {high})"


def goal(what: str, figure: Figures | None, limit: float, *, is_least: bool) -> Figures:
    """Met where its median is; nothing measured is not met."""
    median = figure["median"] if figure else None
    is_met: Callable[[float], bool] = limit.__le__ if is_least else limit.__ge__
    return {
        "what": what,
        "figure": figure,
        "limit": limit,
        "is_least": is_least,
        "met": median is not None and bool(is_met(median)),
    }


def goal_line(told: Figures) -> str:
    mark = "met   " if told["met"] else "MISSED"
    word = "at least" if told["is_least"] else "at most"
    return f"{mark}  {told['what']}: {cell(told['figure'], 2)}, {word} {told['limit']}"
