"""Loads a server and tells how long it took: `python -m bench.server.load < JSON`.

In a closed loop each client asks again once it was answered. In an open loop requests
are due at their time whether or not others were answered, and what counts is the time
from when one was due. Nothing counts until every client was answered once, and none is
left behind unanswered, so that the next load finds the server idle.
"""

import asyncio
import gc
import json
import random
import re
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

from bench.server.forms import Fields, Form, Plain
from bench.server.processes import cpu_seconds, tree
from bench.server.upstream import fine_loop

END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CLOSES = re.compile(rb"(?i)\r\nconnection: *close")
CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
PATIENCE = 5.0
MANY = 500
"""Clients from which on the exact clock has too few files."""


@dataclass(frozen=True, slots=True)
class Task:
    """`rate` a second where the loop is open; `pid` is whose CPU time counts.

    With `is_once` each client asks a single time, and `seconds` is the longest wait.
    """

    port: int
    requests: list[str] | list[Fields]
    clients: int
    seconds: float
    warm_up: float = 0.5
    rate: float = 0.0
    is_even: bool = True
    is_once: bool = False
    pid: int = 0
    seed: int = 1


class Tally:
    """What was answered between two moments."""

    def __init__(self) -> None:
        self.begins, self.ends = float("inf"), float("inf")
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.bytes = 0
        self.all = 0
        """Answers, also those outside of them."""

    def note(self, asked_at: float, status: str, size: int) -> None:
        now = time.perf_counter()
        self.all += 1
        if self.begins <= now < self.ends:
            self.took.append(now - asked_at)
            self.statuses[status] += 1
            self.bytes += size


class Line(asyncio.Protocol):
    """A connection; what comes of one that was given up counts no more."""

    def __init__(self, client: "Client") -> None:
        self._client: Client | None = client
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types
        self._transport = transport

    def write(self, request: bytes) -> None:
        if self._transport:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._client:
            self._client.received(data)

    def connection_lost(self, _fault: Exception | None) -> None:
        if self._client:
            self._client.lost()

    def give_up(self) -> None:
        self._client = None
        if self._transport:
            self._transport.abort()


class Client:
    """Sends one request at a time and connects anew where the server hung up."""

    def __init__(self, task: Task, tally: Tally, idle: list["Client"]) -> None:
        self._port = task.port
        self._tally = tally
        self._idle = idle
        self._line: Line | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._due: float | None = None
        self._clear()
        self._asked: Plain | Form | None = None
        self.next: Iterator[Plain | Form] | None = None
        """In a closed loop, what is asked next."""

    def _clear(self) -> None:
        self._buffer = bytearray()
        self._size, self._end, self._status = -1, -1, "none"

    def ask(self, asked: Plain | Form, due: float) -> None:
        self._due, self._asked = due, asked
        request = asked.request()
        if self._line:
            self._line.write(request)
        else:
            self._connecting = asyncio.ensure_future(self._connect(request))

    async def _connect(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._line = line = Line(self)
        try:
            await loop.create_connection(lambda: line, "127.0.0.1", self._port)
        except OSError:
            await asyncio.sleep(0.05)
            self.lost("unreachable")
        else:
            line.write(request)

    def lost(self, status: str = "lost") -> None:
        self._line = None
        if self._due is not None:
            self._status = status
            self._answered()

    def received(self, data: bytes) -> None:
        self._buffer += data
        if self._end < 0 and not self._read_head():
            return
        if self._is_whole():
            if CLOSES.search(self._buffer, 0, self._end + 2) and self._line:
                self._line.give_up()
                self._line = None
            self._answered()

    def _read_head(self) -> bool:
        self._end = self._buffer.find(END)
        if self._end < 0:
            return False
        self._status = bytes(self._buffer[9:12]).decode("latin-1")
        found = LENGTH.search(self._buffer, 0, self._end)
        self._size = int(found[1]) if found else -1
        return True

    def _is_whole(self) -> bool:
        if self._size >= 0:
            return len(self._buffer) >= self._end + len(END) + self._size
        if CHUNKED.search(self._buffer, 0, self._end):
            return self._buffer.endswith(b"\r\n0\r\n\r\n")
        return False

    def _answered(self) -> None:
        due, self._due = self._due, None
        self._tally.note(due or 0.0, self._status, len(self._buffer))
        if self._asked:
            self._asked.learn(self._buffer)
        self._clear()
        if self.next:
            self.ask(next(self.next), time.perf_counter())
        else:
            self._idle.append(self)

    @property
    def is_waiting(self) -> bool:
        return self._due is not None

    def stop(self) -> None:
        if self._line:
            self._line.give_up()


class Load:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._tally = Tally()
        self._all = [
            Plain(told) if isinstance(told, str) else Form(told)
            for told in task.requests
        ]
        self._requests = cycle(self._all)
        self._idle: list[Client] = []
        self._clients = [self._client() for _ in range(task.clients)]

    def _client(self) -> Client:
        return Client(self._task, self._tally, self._idle)

    async def run(self) -> dict[str, Any]:
        task, tally = self._task, self._tally
        sending = asyncio.ensure_future(self._open() if task.rate else self._closed())
        await asyncio.sleep(task.warm_up)
        if not (task.rate or task.is_once):
            await _until(lambda: tally.all >= task.clients)
        pids = tree(task.pid) if task.pid else []
        cpu = cpu_seconds(pids)
        tally.begins = time.perf_counter()
        if task.is_once:
            await _until(lambda: tally.all >= task.clients, task.seconds)
        else:
            await asyncio.sleep(task.seconds)
        tally.ends = time.perf_counter()
        cpu = cpu_seconds(pids) - cpu
        sending.cancel()
        for client in self._clients:
            client.next = None
        await _until(lambda: not any(c.is_waiting for c in self._clients), 3 * PATIENCE)
        for client in self._clients:
            client.stop()
        forms = [form.fields for form in self._all if isinstance(form, Form)]
        return told(tally, cpu) | {"forms": forms}

    async def _closed(self) -> None:
        for client in self._clients:
            client.next = None if self._task.is_once else self._requests
            client.ask(next(self._requests), time.perf_counter())
            await asyncio.sleep(0)

    async def _open(self) -> None:
        loop, pause = asyncio.get_running_loop(), 1 / self._task.rate
        chance = random.Random(self._task.seed)  # noqa: S311  no secret
        self._idle += self._clients
        due = time.perf_counter()
        apart = time.perf_counter() - loop.time()
        while True:
            due += pause if self._task.is_even else chance.expovariate(1 / pause)
            wait = due - apart - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            if not self._idle:
                self._clients.append(self._client())
                self._idle.append(self._clients[-1])
            self._idle.pop().ask(next(self._requests), due)


async def _until(is_so: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Or until patience ends."""
    deadline = time.perf_counter() + patience
    while not is_so() and time.perf_counter() < deadline:  # noqa: ASYNC110  no event
        await asyncio.sleep(0.02)


def told(tally: Tally, cpu: float) -> dict[str, Any]:
    """Milliseconds, and what an answer cost."""
    took, seconds = sorted(tally.took), tally.ends - tally.begins
    count = len(took)
    return {
        "answers": count,
        "per_second": count / seconds,
        "p50": statistics.median(took) * 1000 if took else None,
        "p99": took[min(count - 1, int(count * 0.99))] * 1000 if took else None,
        "worst": took[-1] * 1000 if took else None,
        "cpu_ms": cpu / count * 1000 if count else None,
        "core": cpu / seconds,
        "bytes": tally.bytes // count if count else None,
        "statuses": dict(tally.statuses),
    }


def main() -> None:
    task = Task(**json.load(sys.stdin))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.disable()
    factory = fine_loop if task.clients < MANY else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        print(json.dumps(runner.run(Load(task).run())))  # noqa: T201  its answer


def as_json(task: Task) -> str:
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
