"""A running sandbox, the official SDK in front of it, and the seed to read from.

One server serves the whole session and is reset before every test. Every
answer to `sdk` and `http` passes the judge.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from courier import Courier

from app.sandbox.http_server import SandboxServer
from app.sandbox.lifecycle import Sandbox
from app.sandbox.seeding import SEED
from app.sandbox.server import create_sandbox, start
from tests.contract.judge import Judge
from tests.peer import PATIENCE

KEY = "sandbox-key"
TLS = ssl.create_default_context()  # shared: reading certificates is slow


@dataclass
class Running:
    """A sandbox in a thread, with the clients that tests speak through."""

    app: Sandbox
    server: SandboxServer
    judge: Judge
    http: httpx.Client
    plain: httpx.Client  # not judged: for faults and control endpoints
    sdk: Courier

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def turn(self, **switches: object) -> None:
        answer = self.plain.patch("/_sandbox/switches", json=switches)
        assert answer.status_code == 200, answer.text

    def fault(self, **rule: object) -> None:
        self.turn(faults=[rule])

    def requests(self) -> list[dict[str, Any]]:
        answer = self.plain.get("/_sandbox/requests").json()
        return list(answer["requests"])

    def preference(
        self, topic: str, user: str = "someone", tenant: str | None = None
    ) -> dict[str, Any]:
        params = {"tenant_id": tenant} if tenant else {}
        answer = self.http.get(f"/users/{user}/preferences/{topic}", params=params)
        return dict(answer.json()["topic"])

    def choose(
        self,
        topic: str,
        user: str = "someone",
        tenant: str | None = None,
        **body: object,
    ) -> httpx.Response:
        params = {"tenant_id": tenant} if tenant else {}
        path = f"/users/{user}/preferences/{topic}"
        return self.http.put(path, params=params, json={"topic": body})


@contextmanager
def serving(app: Sandbox) -> Iterator[SandboxServer]:
    server = start(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        app.close()


@contextmanager
def running(app: Sandbox) -> Iterator[Running]:
    with serving(app) as server:
        judge, url = Judge(TLS), f"http://127.0.0.1:{server.port}"
        headers = {"Authorization": f"Bearer {KEY}"}
        sdk = Courier(
            api_key=KEY,
            base_url=url,
            max_retries=0,
            http_client=httpx.Client(
                transport=judge, base_url=url, verify=TLS, timeout=PATIENCE
            ),
            _strict_response_validation=True,
        )
        with (
            httpx.Client(
                transport=judge, base_url=url, headers=headers, timeout=PATIENCE
            ) as http,
            httpx.Client(
                base_url=url, headers=headers, verify=TLS, timeout=PATIENCE
            ) as plain,
            sdk,
        ):
            yield Running(app, server, judge, http, plain, sdk)


@pytest.fixture(scope="session")
def session_sandbox() -> Iterator[Running]:
    with running(create_sandbox(api_key=KEY)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(session_sandbox: Running) -> Running:
    session_sandbox.plain.post("/_sandbox/reset").raise_for_status()
    session_sandbox.judge.seen.clear()
    return session_sandbox


@pytest.fixture
def sdk(sandbox: Running) -> Courier:
    return sandbox.sdk


@dataclass(frozen=True)
class Seed:
    whole: dict[str, Any]

    def topic(self, beginning: str) -> str:
        """The id of the topic whose name begins so."""
        return str(self.whole_topic(beginning)["id"])

    def whole_topic(self, beginning: str) -> dict[str, Any]:
        (found,) = [t for t in self.topics() if t["name"].startswith(beginning)]
        return found

    def topics(self) -> list[dict[str, Any]]:
        return [topic for section in self.sections() for topic in section["topics"]]

    def sections(self) -> list[dict[str, Any]]:
        return list(self.whole["sections"])

    def section(self, beginning: str) -> str:
        sections = self.sections()
        (found,) = [s for s in sections if s["name"].startswith(beginning)]
        return str(found["id"])


@pytest.fixture(scope="session")
def seed() -> Seed:
    return Seed(json.loads(SEED.read_text("utf-8")))
