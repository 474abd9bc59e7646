"""Calls over the network that end in time, whatever the other side does.

A timeout of httpx is for one step of a call: who sends one byte of a header now and
then would be waited for as long as they like. Here every step has what is left of the
whole call, from looking up a name to the last byte of the body.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

MOST_AT_ONCE = 100
KEPT = 10
KEPT_FOR = 5.0
"""Connections that are open, that wait for the next call, and seconds for which."""

Left = Callable[[], float]
"""Seconds until the call of this thread is over, perhaps less than none."""


class Timed(httpx.HTTPTransport):
    """A call, and reading its answer, stay in one thread. `seconds` are for both."""

    def __init__(
        self, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._seconds = seconds
        self._monotonic = monotonic
        self._call = _Call()
        self._pool = httpcore.ConnectionPool(
            context,
            max_connections=MOST_AT_ONCE,
            max_keepalive_connections=KEPT,
            keepalive_expiry=KEPT_FOR,
            network_backend=_Network(self._left),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._call.ends = self._monotonic() + self._seconds
        return super().handle_request(request)

    def _left(self) -> float:
        return self._call.ends - self._monotonic()


class _Call(threading.local):
    ends = inf


class _Network(httpcore.NetworkBackend):
    def __init__(self, left: Left) -> None:
        self._left = left
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """In a thread that is left behind: a name may take its time, or have many
        addresses, of which each is tried."""
        seconds = _least(timeout, self._left(), httpcore.ConnectTimeout)
        found: Future[httpcore.NetworkStream] = Future()

        def connect() -> None:
            try:
                more = (local_address, socket_options)
                stream = self._inner.connect_tcp(host, port, seconds, *more)
                found.set_result(stream)
            except BaseException as fault:  # noqa: BLE001  raised where it is waited for
                found.set_exception(fault)

        threading.Thread(target=connect, name="connect", daemon=True).start()
        try:
            return _Stream(found.result(seconds), self._left)
        except TimeoutError:
            found.add_done_callback(_forgotten)
            raise httpcore.ConnectTimeout from None


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, left: Left) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = _least(timeout, self._left(), httpcore.ReadTimeout)
        return self._inner.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        seconds = _least(timeout, self._left(), httpcore.WriteTimeout)
        self._inner.write(buffer, seconds)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _least(timeout, self._left(), httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _Stream(inner, self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  as httpcore has it
        return self._inner.get_extra_info(info)


def _least(timeout: float | None, left: float, fault: type[Exception]) -> float:
    """Seconds for one step; raises where the call is over."""
    if left <= 0:
        raise fault("the call took too long")
    return left if timeout is None else min(timeout, left)


def _forgotten(late: Future[httpcore.NetworkStream]) -> None:
    """A connection that came when nobody waited any more."""
    with suppress(Exception):
        late.result().close()
