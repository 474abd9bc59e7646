"""A real server in front of the sandbox, and clients that say what they like."""

import json
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.house.test_cli import ENVIRON, ROOT, SECRET, free_port, whole
from tests.peer import PATIENCE

PAGE = Links([SECRET]).mint(Scope.PREFERENCES, Recipient("user-ada"))
GET = b"GET %b HTTP/1.1\r\nHost: here\r\n%b\r\n"
HEALTH = GET % (b"/healthz", b"")
LOOKS = 0.05
"""Seconds between two looks at something that is to become so."""

TICK = 0.01
"""Seconds between two looks at how busy the machine is."""


@dataclass
class Answer:
    """What came back; no status where the connection ended without any."""

    status: int
    head: str
    body: bytes


@dataclass
class Served:
    port: int
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def page(self) -> bytes:
        return GET % (f"/p/{PAGE}".encode(), b"")

    @property
    def workers(self) -> set[int]:
        """Those that serve, by what the system says."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in path.read_text().split()}

    def number(self, name: str, **labels: str) -> float:
        """The sum of a metric's series that have these labels."""
        text = self.ask(GET % (b"/metrics", b"")).body.decode()
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples]
        return sum(
            s.value
            for s in samples
            if s.name == name and labels.items() <= s.labels.items()
        )

    def memory(self) -> int:
        """Bytes of the processes that serve."""
        pages = [
            Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.workers
        ]
        return sum(map(int, pages)) * resource.getpagesize()

    def connect(self, patience: float = PATIENCE) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), patience)

    def ask(self, said: bytes, patience: float = PATIENCE) -> Answer:
        """All at once, by a connection of its own."""
        with self.connect(patience) as door:
            door.sendall(said)
            return read(door)

    def answers(self) -> bool:
        with suppress(OSError):
            return self.ask(HEALTH).status == 200
        return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until it was over."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return time.monotonic() - began

    def lines(self, event: str) -> list[dict[str, object]]:
        found = [json.loads(line) for line in list(self.said)]
        return [line for line in found if line["event"] == event]


def read(door: socket.socket) -> Answer:
    """One answer, as long as it says that it is; what follows it stays there."""
    head = b""
    while b"\r\n\r\n" not in head:
        peeked = _received(door, 65536, socket.MSG_PEEK)
        if not peeked:
            return Answer(0, head.decode("latin-1"), b"")
        end = (head + peeked).find(b"\r\n\r\n")
        head += _received(door, end + 4 - len(head) if end >= 0 else len(peeked))
    body = b""
    length = _length(head)
    while len(body) < length:
        data = _received(door, length - len(body))
        if not data:
            return Answer(0, head.decode("latin-1"), body)
        body += data
    return Answer(int(head.split()[1]), head.decode("latin-1"), body)


def _received(door: socket.socket, size: int, how: int = 0) -> bytes:
    try:
        return door.recv(size, how)
    except ConnectionError:
        return b""


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def is_closed(door: socket.socket, seconds: float) -> bool:
    """Whether the other side ends the connection in time, whatever it says before."""
    door.settimeout(seconds)
    try:
        while door.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


class Probe:
    """Somebody else who opens a page, again and again, while a block runs."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._ticking = threading.Thread(target=self._tick)
        self.stood = 0.0
        self.usual = max(self._open() for _ in range(5))
        self.seconds: list[float] = []
        self.faults: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._ticking.start()
        return self

    def __exit__(self, *_: object) -> None:
        """After one page at least."""
        eventually(lambda: bool(self.seconds or self.faults))
        self._over.set()
        self._thread.join()
        self._ticking.join()

    @property
    def is_content(self) -> bool:
        """Each page came within a second, beyond what it takes anyway and for how long
        the machine itself stood still."""
        return not self.faults and max(self.seconds) < 1 + 3 * self.usual + self.stood

    def __repr__(self) -> str:
        worst = max(self.seconds, default=None)
        took = f"{worst=}, {self.usual=}, {self.stood=}"
        return f"{len(self.seconds)} pages, {took}, {self.faults}"

    def _tick(self) -> None:
        """Sees how much later than asked for it is woken, at worst."""
        began = time.monotonic()
        while not self._over.wait(TICK):
            woken = time.monotonic()
            self.stood = max(self.stood, woken - began - TICK)
            began = woken

    def _run(self) -> None:
        while not self._over.wait(LOOKS):
            try:
                self.seconds.append(self._open())
            except (OSError, AssertionError) as fault:
                self.faults.append(repr(fault))

    def _open(self) -> float:
        began = time.monotonic()
        answer = self._served.ask(self._served.page)
        assert answer.status == 200, answer
        return time.monotonic() - began


def eventually(is_so: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not is_so():
        if time.monotonic() > deadline:
            return False
        pause.wait(LOOKS)
    return True


def environ(port: int, courier: str, folder: Path) -> dict[str, str]:
    return {
        **ENVIRON,
        "COURIER_BASE_URL": courier,
        "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": "1",
        "THREADS": "8",
        "TMPDIR": str(folder),
    }


@contextmanager
def serving(
    courier: str,
    folder: Path,
    more: Mapping[str, str] | None = None,
    port: int = 0,
    words: tuple[str, ...] = (),
    files: tuple[int, ...] = (),
    bounds: Mapping[str, float] | None = None,
) -> Iterator[Served]:
    """`words` come before the command; it inherits `files` under their numbers."""
    port = port or free_port()
    command = [
        sys.executable,
        "-m",
        "tests.serving.launch",
        json.dumps(dict(bounds or {})),
    ]
    process = subprocess.Popen(
        [*words, *command],
        cwd=ROOT,
        env=whole({**environ(port, courier, folder), **(more or {})}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=files,
    )
    served = Served(port, process)
    listener = threading.Thread(target=_listen, args=(process, served.said))
    listener.start()
    try:
        assert eventually(lambda: served.answers() or process.poll() is not None)
        assert process.poll() is None, served.said
        yield served
    finally:
        _end(process)
        listener.join()


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stderr
    with process.stderr as lines:
        said.extend(lines)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
