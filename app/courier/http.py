"""One request to Courier within a budget of seconds: timeouts, retry, meaning.

At most one retry, only while the budget lasts, and of a write only where the first
attempt surely had no effect. Knows nothing of what is asked (see
`client`) nor of the fields (see `wire`).
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, cast

import httpx
import structlog

from app import errand
from app.courier import errors, wire
from app.courier.errors import (
    AccessDenied,
    CourierError,
    NotOnPlan,
    Refused,
    Unavailable,
    Unknown,
)
from app.courier.pool import Pool
from app.tally import Tally, Word
from app.tracing import NO_TRACING, Tracing

BUDGET = 5.0
"""Seconds for one call, its retry included."""

CONNECT = 2.0
"""Seconds to wait for a connection, at most."""

WORTHWHILE = 0.25
"""Seconds that must be left for a retry to make sense."""

PAUSE = 0.2
"""Seconds before a retry that Courier gave no time for; jitter comes on top."""

LARGEST = 6 * 1024 * 1024
"""Bytes of an answer; Courier's own limit for a body."""

WORDS = {
    Unavailable: Word.UNAVAILABLE,
    AccessDenied: Word.DENIED,
    NotOnPlan: Word.NOT_ON_PLAN,
    Unknown: Word.UNKNOWN,
}

log: structlog.stdlib.BoundLogger = structlog.get_logger("courier")


@dataclass(frozen=True)
class Request:
    """`path` is encoded already; `name` is what logs may say instead of it."""

    name: str
    method: str
    path: str
    query: str = ""
    body: dict[str, Any] | None = None
    key: str | None = None
    """The Idempotency-Key, see `new_key`."""
    is_extra: bool = False
    """Whether the key may lack the right to it: a refusal is no alarm then."""

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key} if self.key else {}

    def may_repeat(self, fault: Unavailable) -> bool:
        """A write that may have taken effect is not repeated blindly: whoever sent
        it asks first what became of it."""
        return self.method == "GET" or not fault.is_ambiguous

    def again(self, fault: Unavailable) -> "Request":
        """For the retry. Courier keeps its own error and would answer it once more
        to the same key.
        """
        return replace(self, key=new_key()) if self.key and fault.is_answer else self


def new_key() -> str:
    return str(uuid.uuid4())


class Http:
    """Sends requests; raises `Unavailable` or `Refused`, returns a body."""

    def __init__(  # noqa: PLR0913  wired once
        self,
        pool: Pool,
        *,
        budget: float = BUDGET,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        tally: Tally | None = None,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._tally = tally or Tally()
        self._tracing = tracing
        self._pool = pool
        self._budget = budget
        self._monotonic = monotonic
        self._sleep = sleep

    def close(self) -> None:
        self._pool.close()

    def send(self, request: Request, budget: float | None = None) -> bytes:
        """`budget`: seconds for this call, where it differs from the usual."""
        started, word = time.perf_counter(), Word.OK
        with self._tracing.call(request.name, request.method) as call:
            try:
                return self._sent(request, _told() | call.headers, budget)
            except CourierError as fault:
                word = _word(fault)
                raise
            finally:
                seconds = time.perf_counter() - started
                call.ended(word.value)
                self._tally.called(
                    request.name, word, seconds, is_extra=request.is_extra
                )

    def _sent(
        self, request: Request, told: dict[str, str], budget: float | None
    ) -> bytes:
        """At the first attempt or the second; `told` are headers that say for whom."""
        deadline = self._monotonic() + (budget or self._budget)
        try:
            return self._attempt(request, told, deadline)
        except Unavailable as fault:
            first, pause = fault, self._pause(fault, deadline)
            if pause is None or not request.may_repeat(fault):
                raise self._logged(request, fault) from None
        except CourierError as fault:
            raise self._logged(request, fault) from None
        self._sleep(pause)
        try:
            return self._attempt(request.again(first), told, deadline)
        except CourierError as fault:
            if isinstance(fault, Unavailable):
                fault.is_ambiguous |= first.is_ambiguous
            raise self._logged(request, fault) from None

    def _attempt(
        self, request: Request, told: dict[str, str], deadline: float
    ) -> bytes:
        left = max(deadline - self._monotonic(), 0.001)
        connect = min(CONNECT, left / 2)
        timeout = httpx.Timeout(left - connect, connect=connect)
        try:
            asked = self._pool.request(
                request.method,
                request.url,
                request.headers | told,
                request.body,
                timeout,
            )
            with self._pool.sent(asked) as response:
                return _meaning(response, self._read(response, deadline))
        except httpx.HTTPError as fault:
            is_unsent = isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout)
            name = type(fault).__name__
            raise Unavailable(name, is_ambiguous=not is_unsent) from None
        except httpx.InvalidURL:
            raise errors.refused(HTTPStatus.REQUEST_URI_TOO_LONG, "too long") from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """The whole body, unless it drips past the deadline or never ends."""
        body = bytearray()
        for chunk in _chunks(response):
            body += chunk
            if self._monotonic() > deadline or len(body) > LARGEST:
                raise Unavailable("answer too slow or too large")
        return bytes(body)

    def _pause(self, fault: Unavailable, deadline: float) -> float | None:
        """Seconds to wait before the retry; None where none fits the budget."""
        pause = fault.retry_after
        if pause is None:
            pause = PAUSE + random.uniform(0, PAUSE)  # noqa: S311  jitter, no secret
        left = deadline - self._monotonic() - pause
        return pause if left >= WORTHWHILE else None

    def _logged(self, request: Request, fault: CourierError) -> CourierError:
        """A wrong key is the operator's fault, and only the log can tell them."""
        level = "critical" if isinstance(fault, AccessDenied) else "warning"
        if request.is_extra and isinstance(fault, Refused):
            level = "info"
        getattr(log, level)(
            "courier_failed",
            call=request.name,
            fault=type(fault).__name__,
            reason=str(fault),
        )
        return fault


def _chunks(response: httpx.Response) -> Iterable[bytes]:
    """As they arrive; httpx's own way is for what is compressed."""
    if "content-encoding" in response.headers:
        return response.iter_bytes()
    return cast("httpx.SyncByteStream", response.stream)


def _told() -> dict[str, str]:
    """For whoever looks through Courier's logs and ours."""
    asking = errand.current()
    return {"X-Request-ID": asking.id} if asking else {}


def _word(fault: CourierError) -> Word:
    found = (word for kind, word in WORDS.items() if isinstance(fault, kind))
    return next(found, Word.REFUSED)


def _meaning(response: httpx.Response, body: bytes) -> bytes:
    status = response.status_code
    if response.is_success:
        return body
    if response.is_client_error and status not in errors.PASSING:
        raise errors.refused(status, wire.error_reason(body))
    reason = f"{status} {wire.error_reason(body)}"
    raise Unavailable(
        reason,
        _retry_after(response, status),
        is_answer=True,
        is_ambiguous=status in errors.AMBIGUOUS,
    )


def _retry_after(response: httpx.Response, status: int) -> float | None:
    """Seconds, where Courier gives a plain number; a date is not worth a clock."""
    value = response.headers.get("Retry-After", "")
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return float(value) if value.isascii() and value.isdigit() else None
    return None
