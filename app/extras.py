"""What a page would like to know of Courier and can do without.

It never makes a page fail, and never makes it wait twice: after a failure Courier is
left alone for a minute, and while it is known to be down it is not asked at all.
"""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from app.circuit import Circuit
from app.courier.cache import StaleCache
from app.courier.errors import AccessDenied, CourierError, Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

RETRY = 60.0
"""Seconds for which a failure counts, for all keys: it is Courier that failed."""


class Extras(Generic[K, V]):
    def __init__(
        self,
        cache: StaleCache[K, V],
        circuit: Circuit,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._circuit = circuit
        self._monotonic = monotonic
        self._quiet_until = 0.0

    def get(self, key: K) -> V | None:
        """What Courier says, or said last; None where it has not said anything."""
        if self._circuit.is_open or self._monotonic() < self._quiet_until:
            return self._cache.peek(key)
        try:
            return self._cache.get(key)
        except (Unavailable, AccessDenied):
            self._quiet_until = self._monotonic() + RETRY
        except CourierError:
            pass  # about this key alone
        return self._cache.peek(key)
