"""What is the same for everybody, kept in memory: fresh, stale, or fetched.

Fresh for a minute. For some minutes more it is served as it is while one thread
fetches it anew. Older than that the caller waits, and one fetches for all; what is
kept then serves only while Courier is down, up to a day.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.courier.errors import CourierError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FRESH = 60.0
CURRENT = 10 * 60.0
"""A lock that Courier set must not be missed for longer than this."""

STALE = 24 * 60 * 60.0
KEPT = 1000
"""Entries, at most; the one unused for the longest time makes room."""

RETRY = 5.0
"""Seconds between background fetches while Courier is down."""


def in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


@dataclass
class Entry(Generic[V]):
    value: V
    fetched_at: float
    tried_at: float


class StaleCache(Generic[K, V]):
    """`fetch` raises `CourierError`; `get` passes that on only when nothing serves.

    `current` is the age up to which nobody waits, `retry` the pause after a failure.
    """

    def __init__(
        self,
        fetch: Callable[[K], V],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        spawn: Callable[[Callable[[], None]], None] = in_background,
        current: float = CURRENT,
        retry: float = RETRY,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._spawn = spawn
        self._current = current
        self._retry = retry
        self._entries: OrderedDict[K, Entry[V]] = OrderedDict()
        self._lock = threading.Lock()
        self._flights: dict[K, Future[V]] = {}

    def get(self, key: K) -> V:
        entry = self._usable(key)
        if entry is None:
            return self._wait_for(key)
        if self._monotonic() - entry.fetched_at > self._current:
            return self._wait_or_keep(key, entry)
        self._refresh_if_due(key, entry)
        return entry.value

    def peek(self, key: K) -> V | None:
        """What is kept, without ever asking Courier."""
        entry = self._usable(key)
        return entry.value if entry else None

    def _usable(self, key: K) -> Entry[V] | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or self._monotonic() - entry.fetched_at > STALE:
                return None
            self._entries.move_to_end(key)
            return entry

    def _wait_or_keep(self, key: K, entry: Entry[V]) -> V:
        """The value of now, or the old one while Courier is down."""
        now = self._monotonic()
        if self._was_tried(entry, now):
            return entry.value
        entry.tried_at = now
        try:
            return self._wait_for(key)
        except CourierError:
            return entry.value

    def _refresh_if_due(self, key: K, entry: Entry[V]) -> None:
        now = self._monotonic()
        with self._lock:
            fresh = now - entry.fetched_at < FRESH
            if fresh or self._was_tried(entry, now):
                return
            entry.tried_at = now
        self._spawn(lambda: self._refresh(key))

    def _was_tried(self, entry: Entry[V], now: float) -> bool:
        """Whether Courier failed so lately that it is not asked again yet."""
        has_failed = entry.tried_at > entry.fetched_at
        return has_failed and now - entry.tried_at < self._retry

    def _refresh(self, key: K) -> None:
        try:
            self._store(key, self._fetch(key))
        except CourierError:
            return  # logged where it was raised; the stale entry serves on

    def _wait_for(self, key: K) -> V:
        with self._lock:
            under_way = self._flights.get(key)
            future = self._flights.setdefault(key, Future())
        if under_way is None:
            self._fly(key, future)
        return future.result()

    def _fly(self, key: K, future: Future[V]) -> None:
        """Fetches once for all who wait; they share the fault as well."""
        try:
            future.set_result(self._store(key, self._fetch(key)))
        except Exception as fault:  # noqa: BLE001  raised again for each who waits
            future.set_exception(fault)
        finally:
            with self._lock:
                del self._flights[key]

    def _store(self, key: K, value: V) -> V:
        now = self._monotonic()
        with self._lock:
            self._entries[key] = Entry(value, now, now)
            self._entries.move_to_end(key)
            while len(self._entries) > KEPT:
                self._entries.popitem(last=False)
        return value
