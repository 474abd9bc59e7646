"""From nothing to ready, and what two idle workers take."""

import sys
import tempfile
import time
from typing import Any

from bench.server.canned import answers
from bench.server.contenders import HOST, settings, upstream
from bench.server.processes import await_answer, cpu_seconds, memory_mb, running, tree
from bench.summing import Figures, goal, spread

SETTLED = 1.0
"""Seconds after which nothing begins any more."""


def run(rounds: int) -> dict[str, Any]:
    with upstream(answers(12)) as base:
        each = [_start(base) for _ in range(rounds)]
    seconds, cpu, memory = (spread(one[n] for one in each) for n in (0, 1, 2))
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "memory_mb": memory,
        "goals": _goals(seconds, memory),
    }


def _start(base: str) -> tuple[float, float, float]:
    """Each on tables that were never there before."""
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(base, folder, WORKERS="2")
        command = [sys.executable, "-m", "app", "serve"]
        began = time.monotonic()
        with running(command, None, environ) as process:
            url = f"http://{HOST}:{environ['PORT']}/readyz"
            ready = await_answer(url, process)
            cpu = cpu_seconds(tree(process.pid))
            time.sleep(SETTLED)
            return ready - began, cpu, memory_mb(process.pid)


def _goals(seconds: Figures | None, memory: Figures | None) -> list[Figures]:
    return [
        goal("start to ready, s", seconds, 1.5, is_least=False),
        goal("idle memory of two workers, MB", memory, 160, is_least=False),
    ]
