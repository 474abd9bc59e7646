"""Kept-alive connections: few, warm, and never shared by two at a time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

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
    with pool.client() as client:
        rule = {"kind": "reset", "times": 1}
        client.patch("/_sandbox/switches", json={"faults": [rule]})
    assert courier.catalog().sections
    assert courier.preferences(ADA) == []
    assert server.connections == 2


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


def test_the_client_that_was_used_last_is_used_next(pool: Pool) -> None:
    with pool.client() as early, pool.client() as late:
        assert late is not early
    for _ in range(3):
        with pool.client() as again:
            assert again is early


def test_a_crowd_is_served_and_only_so_many_clients_are_kept(pool: Pool) -> None:
    with ExitStack() as crowd:
        clients = [crowd.enter_context(pool.client()) for _ in range(KEPT + 3)]
        assert len({id(client) for client in clients}) == KEPT + 3
    assert sum(client.is_closed for client in clients) == 3
    pool.close()
    assert all(client.is_closed for client in clients)


def test_a_client_ignores_the_proxies_of_the_environment(pool: Pool) -> None:
    with pool.client() as client:
        assert not client.trust_env
        assert not client.follow_redirects
