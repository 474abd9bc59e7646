"""Counts what happens, and tells it at /metrics as Prometheus reads it.

No label ever has a user, a token or anything else that a visitor can make up. Each
app has a registry of its own. Where several processes serve, `app.serve` has their
counts shared through files, and then any of them tells the sum.
"""

import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.gauges import Read
from app.links import PATHS
from app.web.logs import route

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Any other is told as OTHER, as whoever asks may make them up."""

SCOPES = {path.strip("/"): scope.value for scope, path in PATHS.items()}
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
VISITS = frozenset({"GET", "HEAD", "OPTIONS"})
PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
AHEAD = ("prefetch", "prerender", "preview")
"""What a browser says that opens a page before anybody wants to see it."""


class Metrics:
    """The counters of one app."""

    def __init__(self, gauges: Read) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._gauges = gauges
        self.requests = Counter(
            "http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "http_request_seconds",
            "How long an answer took.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "http_requests_in_flight",
            "Requests being answered now.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.visits = _counter(registry, "link_visits", "scope", "kind")
        self.opened = _counter(registry, "links_opened", "scope", "power")
        self.damaged = _counter(registry, "links_damaged")
        self.unsubscribes = _counter(registry, "unsubscribes", "door", "outcome")
        self.limited = _counter(registry, "requests_limited", "limit")
        self.asked = _counter(registry, "fresh_links_asked")

    def text(self) -> bytes:
        return generate_latest(self._counted()) + generate_latest(_Read(self._gauges))

    def start(self) -> None:
        g.counted_since = time.perf_counter()
        self.in_flight.inc()

    def count(self, response: Response) -> Response:
        asked, where = request, route()
        seconds = time.perf_counter() - g.counted_since
        method = asked.method if asked.method in METHODS else "OTHER"
        self.requests.labels(method, where, response.status_code).inc()
        self.seconds.labels(method, where).observe(seconds)
        self._count_visit(method, asked.path, asked.environ)
        return response

    def end(self, _fault: BaseException | None) -> None:
        if g.pop("counted_since", None) is not None:
            self.in_flight.dec()

    def _count_visit(self, method: str, path: str, environ: dict[str, Any]) -> None:
        """What an open page asks by script is no visit."""
        scope = SCOPES.get(path.split("/", 2)[1])
        if scope and method in VISITS and "HTTP_HX_REQUEST" not in environ:
            self.visits.labels(scope, _kind(environ, method)).inc()

    def _counted(self) -> CollectorRegistry:
        if not is_shared():
            return self._registry
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return together


def init_app(app: Flask, gauges: Read) -> None:
    disable_created_metrics()
    metrics = app.extensions["metrics"] = Metrics(gauges)
    app.before_request(metrics.start)
    app.after_request(metrics.count)
    app.teardown_request(metrics.end)
    app.add_url_rule("/metrics", "metrics", _tell)


def is_shared() -> bool:
    """Whether this process counts into files, as prometheus_client decided."""
    return bool(getattr(values.ValueClass, "_multiprocess", False))


def link_opened(scope: str, power: str) -> None:
    """A link was read and is genuine, whatever came of it."""
    _metrics().opened.labels(scope, power).inc()


def link_damaged() -> None:
    _metrics().damaged.inc()


def unsubscribed(door: str, outcome: str) -> None:
    """`outcome`: done, kept, already, required, unknown or failed."""
    _metrics().unsubscribes.labels(door, outcome).inc()


def limited(limit: str) -> None:
    """Somebody came too often."""
    _metrics().limited.labels(limit).inc()


def fresh_link_asked() -> None:
    """Whether or not one is sent."""
    _metrics().asked.inc()


def _counter(registry: CollectorRegistry, name: str, *labels: str) -> Counter:
    return Counter(name, name.replace("_", " ").capitalize(), labels, registry=registry)


def _metrics() -> Metrics:
    metrics: Metrics = current_app.extensions["metrics"]
    return metrics


def _tell() -> Response:
    return Response(_metrics().text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _kind(environ: dict[str, Any], method: str) -> str:
    if method != "GET":
        return method.lower()
    said = "".join(environ.get(name, "") for name in PURPOSES).lower()
    return "prefetch" if any(word in said for word in AHEAD) else "open"


class _Read(Collector):
    """What is looked up when asked, by whichever process that is."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._read():
            yield GaugeMetricFamily(gauge.name, gauge.about, gauge.value)
