"""A Redis of the tests' own: on a free port, keeping nothing, ended with its test."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.house.test_cli import free_port

PATIENCE = 30.0
"""Seconds for anything that it should do; a fault, not a rhythm."""


class Failed(Exception):
    """It is not here, or did not start."""


@dataclass
class Server:
    """Comes and goes at the same address."""

    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def patient_url(self) -> str:
        """By which an app waits for it as long as it takes, and not for a moment."""
        seconds = f"socket_timeout={PATIENCE}&socket_connect_timeout={PATIENCE}"
        return f"{self.url}?{seconds}"

    def start(self) -> None:
        """Returns when it answers."""
        program = shutil.which("redis-server")
        if not program:
            raise Failed("redis-server is not here; run scripts/redis")
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        words += ["--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"]
        self._process = subprocess.Popen(
            [program, *words], cwd="/", stdout=subprocess.DEVNULL
        )
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed("redis-server did not start")
            pause.wait(0.02)

    def stop(self) -> None:
        """Returns when it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def keys(self) -> set[str]:
        """The names of all that it keeps."""
        with self._client() as client:
            return {key.decode() for key in client.scan_iter()}

    def reached(self, counts: Callable[[], object], keys: int = 2) -> None:
        """Returns when all that this counts is counted here, and not in memory.

        A POST is counted by two keys, its address and its link.
        On a busy machine the first answer may come later than an app waits for it.
        """
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not self._keeps(counts, keys):
            if time.monotonic() > deadline:
                raise Failed("nothing was counted in redis-server")
            pause.wait(0.1)

    def _keeps(self, counts: Callable[[], object], keys: int) -> bool:
        with self._client() as client:
            client.flushall()
        counts()
        return len(self.keys()) == keys

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def _client(self) -> Redis:
        return Redis(port=self.port, retry=Retry(NoBackoff(), 0))


@contextmanager
def running_redis() -> Iterator[Server]:
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()
