"""One process of ours with all that it started: begun, killed, frozen, limited.

It is a session of its own, so a signal to its group reaches its children. What it
says goes through a pipe into a file: a full disk is the ledger's, not the log's.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).parents[2]
GRACE = 10.0
"""Seconds that a process may take to end when asked to."""


@dataclass
class Process:
    name: str
    words: list[str]
    environ: Mapping[str, str]
    log: Path
    clock: Path | None = None
    starts: int = 0
    falls: list[int] = field(default_factory=list)
    """Exit codes of those that ended unasked."""
    _running: subprocess.Popen[bytes] | None = None
    _is_wanted: bool = False
    _lock: Lock = field(default_factory=Lock)

    def start(self) -> None:
        with self._lock:
            self._start()

    def revive(self) -> None:
        """Starts it again if it ended unasked, as a supervisor does."""
        with self._lock:
            running = self._running
            if self._is_wanted and running and running.poll() is not None:
                self.falls.append(running.returncode)
                self._start()

    def kill(self) -> None:
        """At once and without a word: the process and its children."""
        with self._lock:
            self._is_wanted = False
            self._signal(signal.SIGKILL)
            if self._running:
                self._running.wait()

    def stop(self) -> bool:
        """Whether it ended when asked to, before it was made to."""
        self._is_wanted = False
        self.thaw()
        self._signal(signal.SIGTERM)
        is_over = True
        if self._running:
            try:
                self._running.wait(GRACE)
            except subprocess.TimeoutExpired:
                is_over = False
        self.kill()
        return is_over

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def limit_files(self, size: int) -> None:
        """No file of its may grow beyond this; what is longer is not cut."""
        for pid in self._pids():
            try:
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
            except ProcessLookupError:
                continue

    def step_clock(self, seconds: float) -> None:
        """In one piece: a clock that is being read is never half a number."""
        assert self.clock
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds), "utf-8")
        fresh.replace(self.clock)

    def _start(self) -> None:
        self.starts += 1
        self._is_wanted = True
        self._running = subprocess.Popen(
            [sys.executable, "-m", *self.words],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self._running,)).start()

    def _listen(self, running: subprocess.Popen[bytes]) -> None:
        assert running.stdout
        with running.stdout as said, self.log.open("ab") as log:
            log.write(f"--- {self.name} {running.pid} {time.time():.3f}\n".encode())
            for line in said:
                log.write(line)
                log.flush()

    def _signal(self, number: signal.Signals) -> None:
        if self._running and self._running.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, number)

    def _pids(self) -> Iterator[int]:
        if self._running is None:
            return
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and _group(int(entry.name)) == self._running.pid:
                yield int(entry.name)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
