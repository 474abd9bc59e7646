"""Kept-alive connections to Courier: a stack of clients with one connection each.

httpx looks through its whole pool on every call, so one pool of 64 connections
costs five times the CPU of a pool of one. The client that was used last is used
next, so that few stay warm and the rest expire; all share one SSL context.
"""

import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

KEPT = 64
"""Clients that wait on the stack, at most; those above it are closed after use."""

KEEPALIVE_SECONDS = 75.0
"""A quiet site should not pay a TLS handshake on every page."""


class Pool:
    """Lends httpx clients. `transport` stands in for the network where given."""

    def __init__(
        self,
        base_url: str,
        headers: dict[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url
        self._headers = headers
        self._transport = transport
        self._ssl = ssl.create_default_context()
        self._stack: deque[httpx.Client] = deque()

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        client = self._take()
        try:
            yield client
        finally:
            self._put_back(client)

    def close(self) -> None:
        while self._stack:
            self._stack.pop().close()

    def _take(self) -> httpx.Client:
        try:
            return self._stack.pop()
        except IndexError:
            return self._new()

    def _put_back(self, client: httpx.Client) -> None:
        client.cookies.clear()  # what one call was told is no other call's business
        if len(self._stack) < KEPT:
            self._stack.append(client)
        else:
            client.close()

    def _new(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._base_url,
            headers=self._headers,
            transport=self._transport,
            verify=self._ssl,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=1,
                max_keepalive_connections=1,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
        )
