"""A circuit breaker: while Courier is down, a backlog does not hammer it.

Reference: https://martinfowler.com/bliki/CircuitBreaker.html
"""

import threading
import time
from collections.abc import Callable

THRESHOLD = 5
"""Failures in a row that open the circuit."""

SHORTEST = 1.0
LONGEST = 30.0
"""Seconds until one attempt may try again; doubled while it fails."""


class Circuit:
    """Shared by all threads of a process. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = SHORTEST
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nobody should ask Courier now; asking it changes nothing."""
        with self._lock:
            return self._failures >= THRESHOLD and self._monotonic() < self._closed_from

    def let_through(self) -> bool:
        """Whether the caller may ask Courier now; after a pause, one may, to see."""
        with self._lock:
            if self._failures < THRESHOLD:
                return True
            now = self._monotonic()
            if now < self._closed_from:
                return False
            self._closed_from = now + self._pause
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
            self._pause = SHORTEST

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures < THRESHOLD:
                return
            if self._failures > THRESHOLD:
                self._pause = min(self._pause * 2, LONGEST)
            self._closed_from = self._monotonic() + self._pause
