"""Metrics and logs of the real server: several processes, one sum, and no token."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests import web
from tests.asking import minted
from tests.house.test_cli import ENVIRON, SECRET, answer, free_port, running
from tests.peer import PATIENCE, Peer

ADA = Recipient("user-ada")


@dataclass(frozen=True)
class Served:
    """A server of two processes, as an operator and as a scraper see it."""

    url: str
    process: Popen[str]
    folder: Path

    def get(self, path: str) -> httpx.Response:
        """By a connection of its own, so that any of the processes may take it."""
        return web.get(f"{self.url}{path}")

    def number(self, name: str, **labels: str) -> float:
        """The value of a series, by whichever process answers."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        found = [s for s in samples if s.name == name and s.labels == labels]
        return sum(sample.value for sample in found)

    @property
    def workers(self) -> set[int]:
        """Those that counted something and are still there."""
        files = self.folder.glob("metrics*/gauge_livesum_*.db")
        return {int(file.stem.rpartition("_")[2]) for file in files} - {
            self.process.pid
        }

    def await_(self, is_so: Callable[[], bool]) -> None:
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not is_so():
            assert time.monotonic() < deadline
            pause.wait(0.05)

    def kill_workers(self) -> None:
        """As a machine short of memory does; returns when others serve."""
        doomed = self.workers
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        self.await_(lambda: self._answers() and not doomed & self.workers)

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return self.get("/metrics").is_success
        return False


def environ(port: int, courier: str, folder: Path) -> dict[str, str]:
    return {
        **ENVIRON,
        "COURIER_BASE_URL": courier,
        "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": "2",
        "DELIVERY_WORKERS": "0",
        "TMPDIR": str(folder),
    }


@pytest.fixture
def served(peer: Peer, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    with running(environ(port, peer.url, tmp_path), "serve") as process:
        served = Served(f"http://127.0.0.1:{port}", process, tmp_path)
        answer(f"{served.url}/healthz", process)
        yield served


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[Served]:
    """In front of a Courier that takes a connection and never says anything."""
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as courier:
        url = f"http://127.0.0.1:{courier.getsockname()[1]}"
        with running(environ(port, url, tmp_path), "serve") as process:
            served = Served(f"http://127.0.0.1:{port}", process, tmp_path)
            answer(f"{served.url}/healthz", process)
            yield served


def path(scope: Scope) -> str:
    return f"{scope.path}{minted(Links([SECRET]), scope, ADA)}"


def test_any_process_tells_what_all_have_counted(served: Served) -> None:
    """What a process counted outlives it, and the folder goes with the server."""
    opened = {"scope": "preferences", "kind": "open"}
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(served.get, [path(Scope.PREFERENCES)] * 20))
    assert {served.number("link_visits_total", **opened) for _ in range(10)} == {20.0}

    called = {"call": "preferences", "outcome": "ok"}
    calls = {served.number("courier_call_seconds_count", **called) for _ in range(10)}
    assert calls == {20.0}
    shown = {served.number("preferences_shown_total", state="now") for _ in range(10)}
    assert shown == {20.0}
    fetched = {
        served.number("courier_fetched_timestamp_seconds", cache="catalog")
        for _ in range(10)
    }
    assert len(fetched) == 1
    assert time.time() - fetched.pop() < PATIENCE

    served.kill_workers()
    for _ in range(5):
        served.get(path(Scope.PREFERENCES))
    assert {served.number("link_visits_total", **opened) for _ in range(10)} == {25.0}
    assert served.number("ledger_pending") == 0

    folders = list(served.folder.glob("metrics*"))
    assert len(folders) == 1
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(PATIENCE)
    assert not folders[0].exists()


def test_the_slowest_delivery_loop_is_told(served: Served) -> None:
    """Each process has one; one that is stopped shows, whichever answers."""
    name = "delivery_loop_timestamp_seconds"
    served.await_(lambda: len(served.workers) == 2)
    served.await_(lambda: time.time() - served.number(name) < 3)
    stopped = min(served.workers)
    os.kill(stopped, signal.SIGSTOP)
    try:
        served.await_(lambda: served.number(name) < time.time() - 4)
    finally:
        os.kill(stopped, signal.SIGCONT)

    served.await_(lambda: time.time() - served.number(name) < 3)


def test_what_a_dead_process_was_about_to_answer_is_over(stuck: Served) -> None:
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            with suppress(httpx.TransportError):
                stuck.get(path(Scope.PREFERENCES))

    with ThreadPoolExecutor(2) as crowd:
        for _ in range(2):
            crowd.submit(ask)
        stuck.await_(lambda: stuck.number("http_requests_in_flight") == 3)
        over.set()
        stuck.kill_workers()
        stuck.await_(lambda: stuck.number("http_requests_in_flight") == 1)


def test_no_line_of_the_log_has_a_token(served: Served) -> None:
    """Neither ours nor gunicorn's, of requests that work, fail or are unreadable."""
    port = int(served.url.rpartition(":")[2])
    tokens = {scope: path(scope).rpartition("/")[2] for scope in Scope}
    for scope, token in tokens.items():
        for sub in ("", "/history", "/undo/7F3K-22", "/nowhere", "x"):
            url = f"{served.url}{scope.path}{token}{sub}"
            web.get(url)
            web.post(url)
        for line in ("GET {}/x HTTP/9.9", "GET {} HTTP/1.1 X", "{} GET", "G=T {}/x"):
            with socket.create_connection(("127.0.0.1", port)) as door:
                door.sendall(f"{line.format(scope.path + token)}\r\n\r\n".encode())
                door.settimeout(PATIENCE)
                door.recv(1000)

    served.process.send_signal(signal.SIGTERM)
    said = "".join(served.process.communicate(timeout=PATIENCE))

    assert "Invalid" in said
    assert '"route": "/u/<token>"' in said
    for token in tokens.values():
        assert token not in said
        assert token.rpartition(".")[2] not in said
