"""`python -m bench [page|server|growth|micro]`: all of them where none is named.

Prints tables and writes everything as JSON. Others use the machine as well: figures
of one run compare, those of two runs do not.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bench import growth, micro
from bench.server import report, run, start
from bench.summing import cell, goal_line, machine

Part = Callable[[bool], tuple[dict[str, Any], Iterable[str]]]
RESULT = Path("var/bench/result.json")


def page(is_quick: bool) -> tuple[dict[str, Any], Iterable[str]]:
    from bench.page import run as visits  # noqa: PLC0415  needs a browser

    found = visits.run(1 if is_quick else 5)
    return found, [visits.table(found)]


def server(is_quick: bool) -> tuple[dict[str, Any], Iterable[str]]:
    effort = run.QUICK if is_quick else run.Effort()
    found = run.run(effort)
    told = report.summary(found)
    begun = start.run(effort.rounds)
    return {**told, "start": begun}, [*report.table(told), *_starting(begun)]


def _starting(told: dict[str, Any]) -> Iterator[str]:
    seconds, memory = cell(told["seconds"], 2), cell(told["memory_mb"])
    cpu = cell(told["cpu_seconds"], 2)
    yield f"start to ready {seconds} s, {cpu} s of CPU, then {memory} MB"
    yield from map(goal_line, told["goals"])


def growing(is_quick: bool) -> tuple[dict[str, Any], Iterable[str]]:
    found = growth.run(growth.QUICK if is_quick else growth.Effort())
    return found, growth.table(found)


def small(is_quick: bool) -> tuple[dict[str, Any], Iterable[str]]:
    found = micro.run(2 if is_quick else 20)
    return found, micro.table(found)


PARTS: dict[str, Part] = {
    "micro": small,
    "server": server,
    "growth": growing,
    "page": page,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--json", type=Path, default=RESULT, help="where it is written")
    parser.add_argument("--quick", action="store_true", help="a look, no measurement")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    result: dict[str, Any] = {"machine": machine()}
    say(f"{result['machine']}")
    say("Medians (lowest to highest) of rounds in turns.")
    given.json.parent.mkdir(parents=True, exist_ok=True)
    for name in given.part or PARTS:
        say(f"\n# {name}")
        result[name], lines = PARTS[name](given.quick)
        for line in lines:
            say(line)
        given.json.write_text(json.dumps(result, indent=1))


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  what was asked for


if __name__ == "__main__":
    main()
