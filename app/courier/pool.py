"""Kept-alive connections to Courier: a stack of transports with one connection each.

httpx looks through its whole pool on every call, so one pool of 64 connections
costs five times the CPU of a pool of one. The one that was used last is used next,
so that few stay warm and the rest expire; all share one SSL context. A transport is
what a client of httpx calls in the end: it knows no cookies, redirects or proxies, of
which we want none; see `transport` for ours.
Reference: https://www.python-httpx.org/advanced/transports/
"""

import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from app.courier.transport import Transport

KEPT = 512
"""Transports that wait on the stack, at most; those above it are closed after use.

More than one process has threads, so none is closed that is soon wanted again.
"""

KEEPALIVE_SECONDS = 75.0
"""A quiet site should not pay a TLS handshake on every page."""

LONGEST = 65_000
"""Characters of a path, below what httpx takes of an address."""

NOTHING = httpx.ByteStream(b"")
HEADERS = {"Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}


class Pool:
    """Sends requests. `transport` stands in for the network where given."""

    def __init__(
        self,
        base_url: str,
        headers: dict[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._base = httpx.URL(self._base_url)
        self._root = self._base.raw_path.rstrip(b"/")
        host = self._base.netloc.decode("ascii")
        self._headers = {"Host": host} | HEADERS | headers
        self._given = transport
        self._ssl = _trusting() if self._base.scheme == "https" else None
        self._stack: deque[httpx.BaseTransport] = deque()

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: Any,  # noqa: ANN401  any JSON, or None for none
        timeout: httpx.Timeout,
    ) -> httpx.Request:
        """`path` with its query, encoded already; raises `httpx.InvalidURL`."""
        more: dict[str, Any] = {"timeout": timeout.as_dict()}
        url: httpx.URL | str = self._base_url + path
        if self._given is None:  # ours reads no more than the target of an address
            url, more["target"] = self._base, self._target(path)
        all_ = self._headers | headers
        if body is None:  # given as it is, nothing more is thought about its headers
            return httpx.Request(
                method, url, headers=all_, stream=NOTHING, extensions=more
            )
        return httpx.Request(method, url, headers=all_, json=body, extensions=more)

    def _target(self, path: str) -> bytes:
        """As httpx would find it in the whole address, which takes it a while."""
        if len(path) > LONGEST:
            raise httpx.InvalidURL("URL too long")
        return self._root + path.encode("ascii")

    @contextmanager
    def sent(self, request: httpx.Request) -> Iterator[httpx.Response]:
        """The answer's head; its body is read within the block."""
        with self.transport() as transport:
            response = transport.handle_request(request)
            try:
                yield response
            finally:
                response.close()

    @contextmanager
    def transport(self) -> Iterator[httpx.BaseTransport]:
        transport = self._take()
        try:
            yield transport
        finally:
            self._put_back(transport)

    def close(self) -> None:
        while self._stack:
            self._stack.pop().close()

    def _take(self) -> httpx.BaseTransport:
        try:
            return self._stack.pop()
        except IndexError:
            return self._given or self._new()

    def _put_back(self, transport: httpx.BaseTransport) -> None:
        if len(self._stack) < KEPT:
            self._stack.append(transport)
        else:
            transport.close()

    def _new(self) -> httpx.BaseTransport:
        return Transport(self._ssl, KEEPALIVE_SECONDS)


def _trusting() -> ssl.SSLContext:
    """Those whom the system trusts; to read them takes a while."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
