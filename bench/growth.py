"""What grows with what: topics, ledger rows, connections, slow calls.

`python -m bench growth`
"""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from app.ledger.database import Database
from app.ledger.schema import migrate
from app.serving.bounds import raise_files
from bench.filling import fill
from bench.server.canned import Answers, answers
from bench.server.contenders import ours, page_paths, set_latency, settings, upstream
from bench.server.measuring import Figures, load
from bench.server.processes import memory_mb
from bench.server.run import Rounds, note
from bench.server.toggles import toggles
from bench.summing import cell, goal, goal_line, ratios, spread, under_way

CLIENTS = 4
SLOW = "slow-"
SLOW_MS = 2800
"""Within what a call may take before it is given up."""

THREADS = {"THREADS": "1024"}
"""Where a thousand calls shall be held at once."""

KEYS = ("cpu_ms", "p50", "p99", "bytes", "memory_mb")


@dataclass(frozen=True)
class Effort:
    rounds: int = 3
    seconds: float = 1.5
    topics: tuple[int, ...] = (12, 100, 500)
    rows: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    silent: tuple[int, ...] = (0, 500, 1_500)
    calls: tuple[int, ...] = (1, 10, 100, 1_000)


QUICK = Effort(1, 1.0, (12, 500), (1_000, 10_000), (0, 500), (1, 200))


def run(effort: Effort) -> dict[str, Any]:
    told = answers(12)
    under_way("topics")
    topics = _topics(effort)
    rows = _rows(told, effort)
    connections = _connections(told, effort)
    calls = _calls(told, effort)
    return {
        "topics": _summed(topics),
        "rows": _summed(rows),
        "connections": _summed(connections),
        "calls": calls,
        "goals": [*_topic_goals(topics), *_call_goals(calls)],
    }


def _topics(effort: Effort) -> Rounds:
    rounds: Rounds = {}
    with ExitStack() as stack:
        each = []
        for count in effort.topics:
            base = stack.enter_context(upstream(answers(count)))
            contender = stack.enter_context(ours(base))
            each.append(replace(contender, name=f"{count} topics"))
        for _ in range(effort.rounds):
            for contender in each:
                figures = load(contender, CLIENTS, effort.seconds)
                note(rounds, contender.name, "page", figures)
    return rounds


def _rows(told: Answers, effort: Effort) -> Rounds:
    """The recipients are among those who chose; rows are added between."""
    rounds: Rounds = {}
    with tempfile.TemporaryDirectory() as folder, upstream(told) as base:
        for count, file in _ledgers(effort.rows, folder):
            with ours(base, DATABASE_URL=f"sqlite:///{file}") as contender:
                set_latency(base, 0)
                forms = toggles(contender)
                for _ in range(effort.rounds):
                    page = load(contender, CLIENTS, effort.seconds)
                    note(rounds, f"{count} rows", "page", page)
                    toggle = load(contender, CLIENTS, effort.seconds, forms=forms)
                    note(rounds, f"{count} rows", "toggle", toggle)
    return rounds


def _ledgers(counts: tuple[int, ...], folder: str) -> Iterator[tuple[int, Path]]:
    """A copy of one that grows."""
    database = Database(f"sqlite:///{folder}/grows.db")
    with closing(database):
        migrate(database)
        before = 0
        for count in counts:
            under_way(f"{count} rows")
            fill(database, count - before, due_at=None)
            before = count
            with database.reading() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            copy = Path(folder, f"{count}.db")
            shutil.copy(Path(folder, "grows.db"), copy)
            yield count, copy


def _connections(told: Answers, effort: Effort) -> Rounds:
    """Some that say nothing, beside the few that ask for pages."""
    rounds: Rounds = {}
    raise_files()
    with upstream(told) as base, ours(base) as contender:
        set_latency(base, 0)
        for count in effort.silent:
            under_way(f"{count} silent connections")
            with ExitStack() as stack:
                for _ in range(count):
                    address = ("127.0.0.1", contender.port)
                    stack.enter_context(socket.create_connection(address))
                for _ in range(effort.rounds):
                    figures = load(contender, CLIENTS, effort.seconds)
                    note(rounds, f"{count} silent", "page", figures)
    return rounds


def _calls(told: Answers, effort: Effort) -> list[Figures]:
    """Recipients whose calls are slow, and meanwhile a page for somebody else."""
    with upstream(told) as base, ours(base, **THREADS) as contender:
        set_latency(base, 0)
        load(contender, CLIENTS, 0.5)
        idle = memory_mb(contender.pid)
        slow = replace(contender, paths=_slow_paths(max(effort.calls)))
        return [_held(base, contender, slow, count, idle) for count in effort.calls]


def _slow_paths(count: int) -> list[str]:
    environ = settings("http://127.0.0.1", "/nowhere")
    return page_paths(environ, count, SLOW)


def _held(base: str, quick: Any, slow: Any, count: int, idle: float) -> Figures:  # noqa: ANN401
    under_way(f"{count} slow calls")
    set_latency(base, 0, slow=SLOW, slow_ms=SLOW_MS)
    how = {"warm_up": 0.0, "is_once": True}
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(load, slow, count, SLOW_MS / 1000 + 15, **how)
        _await_held(base, count)
        memory = memory_mb(slow.pid)
        meanwhile = load(quick, 1, 1.0, warm_up=0.0)
        told = asking.result()
    most = httpx.get(f"{base}/_counts", trust_env=False).json()["most_held"]
    return {
        "calls": count,
        "held": most,
        "memory_mb": memory,
        "kb_each": (memory - idle) * 1024 / count,
        "statuses": told["statuses"],
        "meanwhile_p50": meanwhile["p50"],
        "meanwhile_p99": meanwhile["p99"],
        "meanwhile": meanwhile["statuses"],
    }


def _await_held(base: str, count: int) -> None:
    """Until all are held at once, or as many as ever will be."""
    deadline = time.monotonic() + SLOW_MS / 1000 - 1
    with httpx.Client(base_url=base, trust_env=False) as client:
        while time.monotonic() < deadline:
            if client.get("/_counts").json()["held"] >= count:
                return
            time.sleep(0.02)


def _summed(rounds: Rounds) -> dict[str, Any]:
    return {
        who: {
            what: {key: spread(f.get(key) for f in figures) for key in KEYS}
            for what, figures in cells.items()
        }
        for who, cells in rounds.items()
    }


def _topic_goals(topics: Rounds) -> list[Figures]:
    names = list(topics)
    few, many = names[0], names[-1]
    values = [[f["cpu_ms"] for f in topics[name]["page"]] for name in (many, few)]
    limit = round(int(many.split()[0]) / int(few.split()[0]), 1)
    what = f"CPU of {many} by that of {few}"
    return [goal(what, ratios(*values), limit, is_least=False)]


def _call_goals(calls: list[Figures]) -> list[Figures]:
    last = calls[-1]
    held, memory, p99 = (
        spread([last[key]]) for key in ("held", "memory_mb", "meanwhile_p99")
    )
    count = last["calls"]
    return [
        goal("slow calls held at once", held, count, is_least=True),
        goal(f"memory with {count} slow calls, MB", memory, 512, is_least=False),
        goal("meanwhile a page for others, p99 ms", p99, 1000, is_least=False),
    ]


def table(told: dict[str, Any]) -> Iterator[str]:
    for kind in ("topics", "rows", "connections"):
        for who, cells in told[kind].items():
            for what, figures in cells.items():
                yield (
                    f"{who:>14}  {what:<8}"
                    f"  CPU ms {cell(figures['cpu_ms'], 2):<24}"
                    f"  p50 ms {cell(figures['p50'], 2):<24}"
                    f"  bytes {cell(figures['bytes'], 0)}"
                )
    for call in told["calls"]:
        yield (
            f"{call['calls']:>7} slow calls, {call['held']} held at once:"
            f" {call['memory_mb']:.0f} MB, {call['kb_each']:.0f} KB each; meanwhile"
            f" a page for others in {call['meanwhile_p50'] or 0:.0f} ms (p50),"
            f" {call['meanwhile_p99'] or 0:.0f} ms (p99); answers {call['statuses']}"
        )
    yield from map(goal_line, told["goals"])
