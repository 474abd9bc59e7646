"""What a process counts of its connections, for /metrics and the log."""

from collections import Counter as Tally

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

log: structlog.stdlib.BoundLogger = structlog.get_logger("serving")


class Figures:
    """Each process has files of its own, so these are made after it was begun."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._refused = Counter(
            "server_refusals",
            "Requests that no app saw, by the status they were told.",
            ["status"],
            registry=registry,
        )
        self._cut = Counter(
            "server_connections_cut",
            "Connections closed early: slow, deaf, or the longest silent of too many.",
            ["why"],
            registry=registry,
        )
        self._open = Gauge(
            "server_connections",
            "Connections open now.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._waiting = Gauge(
            "server_requests_waiting",
            "Requests that wait for a thread.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._tally: Tally[str] = Tally()

    def refused(self, status: int) -> None:
        self._refused.labels(status).inc()
        self._tally[str(status)] += 1

    def cut(self, why: str, count: int = 1) -> None:
        self._cut.labels(why).inc(count)
        self._tally[why] += count

    def show(self, connections: int, waiting: int) -> None:
        self._open.set(connections)
        self._waiting.set(waiting)

    def tell(self) -> None:
        """In one line, however often somebody sends nonsense."""
        if self._tally:
            tally, self._tally = self._tally, Tally()
            log.warning("Invalid or slow requests", **tally)
