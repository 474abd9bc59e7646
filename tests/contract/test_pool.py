"""Kept-alive connections: few, warm, and never shared by two at a time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from app.courier.client import Courier
from app.courier.http import Http
from app.courier.pool import KEPT, Pool
from app.preferences.model import Channel, Recipient, Routing, Status
from app.preferences.rules import Change
from app.sandbox.http_server import SandboxServer
from app.sandbox.server import create_sandbox
from tests.contract.outbound import ADA, MENTIONS

HEADERS = {"Authorization": "Bearer sandbox-key"}
CHANNELS = ("email", "push", "sms", "inbox")


class CountingServer(SandboxServer):
    """The sandbox, counting the connections it accepts."""

    connections = 0

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401 - as in socketserver
        self.connections += 1
        return super().verify_request(request, client_address)


@pytest.fixture
def server() -> Iterator[CountingServer]:
    app = create_sandbox()
    server = CountingServer("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    app.close()


@pytest.fixture
def pool(server: CountingServer) -> Iterator[Pool]:
    pool = Pool(f"http://127.0.0.1:{server.port}", HEADERS)
    yield pool
    pool.close()


def test_calls_one_after_another_share_one_connection(
    server: CountingServer, pool: Pool
) -> None:
    courier = Courier(Http(pool))
    for _ in range(20):
        courier.preferences(ADA)
        courier.put(
            ADA, MENTIONS, Change(Status.OPTED_OUT, Routing()), with_routing=True
        )
        courier.delete(ADA, MENTIONS)
    assert server.connections == 1


def test_a_failed_call_leaves_a_pool_that_works(
    server: CountingServer, pool: Pool
) -> None:
    courier = Courier(Http(pool, sleep=lambda _: None))
    rule = {"kind": "reset", "times": 1}
    url = f"http://127.0.0.1:{server.port}/_sandbox/switches"
    httpx.patch(
        url, json={"faults": [rule]}, headers=HEADERS, trust_env=False, timeout=30
    )
    assert courier.catalog().sections
    assert courier.preferences(ADA) == ()
    assert server.connections == 3, "the switch, the one that broke, and a new one"


def test_threads_get_each_their_own_answer(server: CountingServer, pool: Pool) -> None:
    courier, workers = Courier(Http(pool)), 8

    def choose_and_read(number: int) -> bool:
        recipient = Recipient(f"user {number}")
        routing = Routing(True, (Channel(CHANNELS[number % 4]),))
        change = Change(Status.OPTED_IN, routing)
        courier.put(recipient, MENTIONS, change, with_routing=True)
        (line,) = courier.preferences(recipient)
        return line.standing.routing == routing

    with ThreadPoolExecutor(workers) as threads:
        assert all(threads.map(choose_and_read, range(40)))
    assert server.connections <= workers


def test_the_one_that_was_used_last_is_used_next(pool: Pool) -> None:
    with pool.transport() as early, pool.transport() as late:
        assert late is not early
    for _ in range(3):
        with pool.transport() as again:
            assert again is early


class Counted(httpx.BaseTransport):
    """A transport that can be looked at."""

    def __init__(self) -> None:
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=dict(request.headers))

    def close(self) -> None:
        self.closed += 1


def test_a_crowd_is_served_and_only_so_many_are_kept() -> None:
    counted = Counted()
    pool = Pool("http://courier.example", HEADERS, counted)
    with ExitStack() as crowd:
        for _ in range(KEPT + 3):
            crowd.enter_context(pool.transport())
    assert counted.closed == 3
    pool.close()
    assert counted.closed == KEPT + 3


def test_what_is_sent_is_all_that_is_said() -> None:
    """No cookie of an earlier answer, nothing of the environment."""
    pool = Pool("http://courier.example/", HEADERS, Counted())
    timeout = httpx.Timeout(1.0)
    request = pool.request(
        "GET", "/brands?limit=1", {"X-Request-ID": "1"}, None, timeout
    )

    with pool.sent(request) as response:
        said = response.json()

    assert str(request.url) == "http://courier.example/brands?limit=1"
    assert said == {
        "host": "courier.example",
        "accept-encoding": "gzip, deflate",
        "connection": "keep-alive",
        "authorization": "Bearer sandbox-key",
        "x-request-id": "1",
    }
