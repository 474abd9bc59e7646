"""Processes that are pinned to a core, and what they took of it: Linux tells."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx

PATIENCE = 60.0
TICK = 1 / os.sysconf("SC_CLK_TCK")
PINNED = (sys.executable, "-m", "bench.server.pinned")
ROOT = Path(__file__).parent.parent.parent


def cores() -> tuple[int, int]:
    """One for who is measured, one for who measures; the same where there is one."""
    if not hasattr(os, "sched_getaffinity"):
        raise SystemExit("Servers are measured on Linux only: /proc tells their cost.")
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str],
    core: int | None,
    environ: dict[str, str] | None = None,
    log: IO[bytes] | None = None,
    told: bytes = b"",
) -> Iterator[subprocess.Popen[bytes]]:
    """On one core, or any, with nothing of our environment, until the block is left."""
    process = subprocess.Popen(  # noqa: S603  ours
        [*PINNED, "any" if core is None else str(core), *command],
        env={"PATH": os.defpath, **(environ or {})},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=log or subprocess.DEVNULL,
        stderr=log or subprocess.DEVNULL,
    )
    try:
        if process.stdin:
            process.stdin.write(told)
            process.stdin.close()
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        for pid in tree(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait()


def await_answer(url: str, process: subprocess.Popen[bytes]) -> float:
    """Waits until the address answers well; the moment, by the monotonic clock."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(httpx.HTTPError):
            if httpx.get(url, trust_env=False).is_success:
                return time.monotonic()
        time.sleep(0.005)
    raise SystemExit(f"nobody answers well at {url}")


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                found += tree(int(child))
    return found


def cpu_seconds(pids: list[int]) -> float:
    return sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK


def memory_mb(pid: int) -> float:
    """What the process and all below it take, shared pages in parts (PSS)."""
    return sum(_pss_kb(one) for one in tree(pid)) / 1024


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(li.split()[1]) for li in lines if li.startswith("Pss:")), 0)
