"""Has a contender loaded by a process on the other core."""

import json
import subprocess
import sys
from typing import Any

from bench.server.contenders import Contender
from bench.server.load import Task, as_json
from bench.server.processes import PINNED, ROOT, cores

Figures = dict[str, Any]


def load(contender: Contender, clients: int, seconds: float, **more: Any) -> Figures:  # noqa: ANN401  the rest of a task
    """`forms` are filled in where there are any, and know their state afterwards."""
    forms = more.pop("forms", None)
    asked = forms or contender.requests
    task = Task(contender.port, asked, clients, seconds, pid=contender.pid, **more)
    command = [*PINNED, str(cores()[1]), sys.executable, "-m", "bench.server.load"]
    done = subprocess.run(  # noqa: S603  ours
        command,
        input=as_json(task),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(f"the load failed: {done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout)
    told = figures.pop("forms")
    if forms:
        forms[:] = told
    return figures
