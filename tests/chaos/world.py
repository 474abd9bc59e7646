"""The world: one sandbox, two apps and two that deliver, with one database.

Everything is a real process and speaks over 127.0.0.1. Whatever falls over by
itself is started again, as a supervisor would.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.chaos.crowd import Broken, Unsent, request
from tests.chaos.databases import Database
from tests.chaos.processes import Process
from tests.chaos.verdict import Entry, State
from tests.peer import KEY, Peer

SECRET = "a-secret-key-of-the-tests-long-enough"
PATIENCE = 30.0
"""Seconds for a process to answer for the first time; a fault, not a rhythm."""

REVIVAL = 1.0
"""Seconds between two looks at who has fallen over."""

OFFERED: dict[str, frozenset[str]] = {
    "8JSLMBZEW3B6OA0II87698YTZRB5": frozenset(),
    "KINJO13Q6S287RAM6WZLFRIE5S51": frozenset({"email", "push", "sms", "inbox"}),
    "SQK24IBFTL895VWSQ4B0HIAXQK6P": frozenset({"email", "sms"}),
    "62T5TOGFPPHYDIXJQAOFPSS91VLH": frozenset({"email", "inbox"}),
}
"""The topics to choose of: one without channels, some with, one off by default."""

Json = dict[str, Any]


@dataclass
class World:
    database: Database
    sandbox: Process
    apps: list[Process]
    deliverers: list[Process]
    ports: list[int]
    peer: Peer
    http: httpx.Client

    @property
    def ours(self) -> list[Process]:
        return [*self.apps, *self.deliverers]

    def step_clocks(self, seconds: float) -> None:
        """All of ours alike, as if that much time had passed."""
        for process in self.ours:
            process.step_clock(seconds)

    def page(self, user: str) -> str:
        """A recipient's first page, opened while all is well."""
        token = Links([SECRET]).mint(Scope.PREFERENCES, Recipient(user))
        status, html = request(self.ports[0], "GET", f"/p/{token}")
        assert status == 200, html
        return html

    def standing(self, user: str) -> dict[str, State]:
        """Where a recipient stands at Courier."""
        items = self._get(f"/users/{user}/preferences")["items"]
        chosen = [item for item in items if item["topic_id"] in OFFERED]
        return {item["topic_id"]: state(item) for item in chosen}

    def history(self, user: str) -> dict[str, list[Entry]]:
        """What took effect for a recipient, oldest first."""
        found: dict[str, list[Entry]] = {topic: [] for topic in OFFERED}
        for item in reversed(list(self._log(user))):
            at = datetime.fromisoformat(item["timestamp"]).timestamp()
            found[item["topic_id"]].append(Entry(at, state(item)))
        return found

    def _log(self, user: str) -> Iterator[Json]:
        cursor: dict[str, str] = {}
        while True:
            query = {"user_id": user, "limit": "100", **cursor}
            answer = self._get("/preferences/logs", query)
            yield from answer["items"]
            if not answer["paging"]["more"]:
                return
            cursor = {"cursor": answer["paging"]["cursor"]}

    def _get(self, path: str, query: dict[str, str] | None = None) -> Json:
        answer = self.http.get(path, params=query)
        return dict(answer.raise_for_status().json())


def state(item: Json) -> State:
    """Courier's words for it, told apart only where a recipient would."""
    routing = item["custom_routing"] if item["has_custom_routing"] else None
    channels = OFFERED[item["topic_id"]] if routing is None else frozenset(routing)
    return State(item["status"] != "OPTED_OUT", channels)


@contextmanager
def running_world(database: Database, directory: Path) -> Iterator[World]:
    sandbox_port, *ports = (free_port() for _ in range(3))
    url = f"http://127.0.0.1:{sandbox_port}"
    environ = _environ(database, url)
    words = ["app", "sandbox", "--port", str(sandbox_port)]
    sandbox = Process("sandbox", words, environ, directory / "sandbox.log")
    apps = [_app(n, port, environ, directory) for n, port in enumerate(ports)]
    deliverers = [_deliverer(number, environ, directory) for number in range(2)]
    headers = {"Authorization": f"Bearer {KEY}"}
    http = httpx.Client(
        base_url=url, headers=headers, trust_env=False, timeout=PATIENCE
    )
    world = World(database, sandbox, apps, deliverers, ports, Peer(url), http)
    with _running([sandbox, *apps, *deliverers]):
        for port in (sandbox_port, *ports):
            _await(port)
        world.peer.switch(list_mode="all")
        yield world
    world.peer.close()
    http.close()


@contextmanager
def _running(processes: list[Process]) -> Iterator[None]:
    """All begin at once, migrations and all, and are looked after until the end."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(processes, over))
    try:
        for process in processes:
            process.start()
        keeper.start()
        yield
    finally:
        over.set()
        keeper.join()
        stubborn = [p.name for p in reversed(processes) if not p.stop()]
    assert not stubborn, f"did not end when asked to: {stubborn}"


def _keep(processes: list[Process], over: threading.Event) -> None:
    while not over.wait(REVIVAL):
        for process in processes:
            process.revive()


def _environ(database: Database, courier: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": courier,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "DATABASE_URL": database.url,
        "DELIVERY_WORKERS": "0",
        "HOST": "127.0.0.1",
        "WORKERS": "1",
    }


def _app(number: int, port: int, environ: dict[str, str], directory: Path) -> Process:
    more = {**environ, "PORT": str(port)}
    return _stepped(f"app-{number}", "serve", more, directory)


def _deliverer(number: int, environ: dict[str, str], directory: Path) -> Process:
    return _stepped(f"deliver-{number}", "deliver", environ, directory)


def _stepped(name: str, part: str, environ: dict[str, str], directory: Path) -> Process:
    clock = directory / f"{name}.clock"
    words = ["tests.chaos.launch", part, "--clock", str(clock)]
    process = Process(name, words, environ, directory / f"{name}.log", clock)
    process.step_clock(0.0)
    return process


def _await(port: int) -> None:
    """Whatever it answers, it answers."""

    def answers() -> bool:
        try:
            request(port, "GET", "/healthz")
        except (Unsent, Broken):
            return False
        return True

    assert waited(answers, PATIENCE), f"nothing answers at {port}"


def waited(is_so: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Whether it became so in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not is_so():
        if time.monotonic() > deadline:
            return False
        pause.wait(step)
    return True


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
