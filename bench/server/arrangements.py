"""Which server suits the complete app: `python -m bench.server.arrangements`.

The contenders are installed beside the project for this alone. Each has one process
on one core and the same upstream; the rounds go in turns.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.server.canned import answers
from bench.server.contenders import (
    HOST,
    Contender,
    page_paths,
    serving,
    set_latency,
    settings,
    upstream,
)
from bench.server.measuring import Figures, load
from bench.server.processes import ROOT, memory_mb
from bench.server.toggles import toggles

PACKAGES = (
    "gevent==26.9.0",
    "granian==2.8.7",
    "gunicorn_h1c==0.6.9",
    "waitress==3.0.2",
)
FOLDER = ROOT / "var/bench/arrangements"
CELLS = ((0, 32), (200, 256))
WSGI = "app.wsgi:app"
SERVE = ("app", "serve")


@dataclass(frozen=True)
class Arrangement:
    """`{port}` in the command is where to listen."""

    name: str
    command: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    has_packages: bool = True


def _gunicorn(*options: str) -> tuple[str, ...]:
    bound = ("--bind", f"{HOST}:{{port}}", "--backlog", "4096", "--keep-alive", "75")
    return ("gunicorn", WSGI, *bound, "--workers", "1", *options)


def _threads(count: int, parser: str = "python") -> Arrangement:
    options = ("-k", "gthread", "--threads", str(count), "--http-parser", parser)
    name = f"gunicorn gthread, {count}" + (", fast" if parser == "fast" else "")
    return Arrangement(name, _gunicorn(*options))


GRANIAN = ("granian", WSGI, "--interface", "wsgi", "--host", HOST, "--port", "{port}")
WAITRESS = ("waitress", "--listen", f"{HOST}:{{port}}", "--asyncore-use-poll")
ARRANGEMENTS = (
    Arrangement("serve as it is", SERVE, has_packages=False),
    Arrangement("serve, 64 threads", SERVE, (("THREADS", "64"),), False),
    Arrangement("serve, 256 threads", SERVE, (("THREADS", "256"),), False),
    Arrangement("serve, 400 threads", SERVE, (("THREADS", "400"),), False),
    _threads(64),
    _threads(256),
    _threads(400),
    _threads(256, "fast"),
    Arrangement("granian, 256", (*GRANIAN, "--blocking-threads", "256")),
    Arrangement("gevent", _gunicorn("-k", "gevent", "--worker-connections", "2000")),
    Arrangement(
        "waitress, 256",
        (*WAITRESS, "--connection-limit", "4000", "--threads", "256", WSGI),
    ),
)


def install() -> None:
    if not (FOLDER / "granian").exists():
        target = ["--quiet", "--disable-pip-version-check", "--target", str(FOLDER)]
        command = [sys.executable, "-m", "pip", "install", *target, *PACKAGES]
        subprocess.run(command, check=True)  # noqa: S603  pinned above


@contextmanager
def arranged(arrangement: Arrangement, base: str) -> Iterator[Contender]:
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(base, folder, **dict(arrangement.environ))
        if arrangement.has_packages:
            environ["PYTHONPATH"] = str(FOLDER)
        if arrangement.command != SERVE:  # which counts together by itself
            Path(folder, "metrics").mkdir()
            environ["PROMETHEUS_MULTIPROC_DIR"] = f"{folder}/metrics"
        told = [part.format(port=environ["PORT"]) for part in arrangement.command]
        command = [sys.executable, "-m", *told]
        paths = page_paths(environ)
        with serving(arrangement.name, command, environ, "/readyz", paths) as contender:
            yield contender


def measure(
    chosen: tuple[Arrangement, ...],
    rounds: int,
    seconds: float,
    *,
    with_toggles: bool = True,
) -> dict[str, Any]:
    """By arrangement and cell, one figure of each round."""
    found: dict[str, dict[str, list[Figures]]] = {a.name: {} for a in chosen}
    with upstream(answers(12)) as base, ExitStack() as stack:
        each = [stack.enter_context(arranged(a, base)) for a in chosen]
        forms = {c.name: toggles(c) for c in each} if with_toggles else {}
        for _ in range(rounds):
            for latency, clients in CELLS:
                set_latency(base, latency)
                for contender in each:
                    for kind in ("page", "toggle") if with_toggles else ("page",):
                        filled = forms[contender.name] if kind == "toggle" else None
                        told = load(contender, clients, seconds, forms=filled)
                        told["memory_mb"] = memory_mb(contender.pid)
                        cell = f"{kind}, {latency} ms, {clients} clients"
                        found[contender.name].setdefault(cell, []).append(told)
            print("\n".join(table(found)), flush=True)  # noqa: T201  so far
    return found


def table(found: dict[str, Any]) -> Iterator[str]:
    columns = ("per_second", "p50", "p99", "cpu_ms", "core", "memory_mb")
    cells = next(iter(found.values())).keys()
    for cell in cells:
        yield f"{cell:<32}" + "".join(f"{name:>12}" for name in columns)
        for name, figures in found.items():
            values = [_median(figures[cell], column) for column in columns]
            odd = {s for one in figures[cell] for s in one["statuses"]} - {"200"}
            yield f"  {name:<30}" + "".join(values) + (f"  also {odd}" if odd else "")


def _median(rounds: list[Figures], column: str) -> str:
    values = [one[column] for one in rounds if one[column] is not None]
    return f"{statistics.median(values):>12.2f}" if values else f"{'-':>12}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--only", default="", help="a part of the names")
    parser.add_argument("--pages", action="store_true", help="no toggles")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    install()
    chosen = tuple(a for a in ARRANGEMENTS if given.only in a.name)
    found = measure(chosen, given.rounds, given.seconds, with_toggles=not given.pages)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
