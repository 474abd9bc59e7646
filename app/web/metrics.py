"""Counts requests, and tells all that is counted at /metrics as Prometheus reads it.

Each app has a registry of its own. Where several processes serve, `app.serve` has their
counts shared through files, and then any of them tells the sum.
"""

import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.gauges import Gauge, Read
from app.links import PATHS
from app.tally import Tally
from app.web.logs import route
from app.web.series import Series

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Any other is told as OTHER, as whoever asks may make them up."""

SCOPES = {path.strip("/"): scope.value for scope, path in PATHS.items()}
VISITS = frozenset({"GET", "HEAD", "OPTIONS"})
PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
AHEAD = ("prefetch", "prerender", "preview")
"""What a browser says that opens a page before anybody wants to see it."""


class Metrics:
    """What one app counts, and tells."""

    def __init__(self, gauges: Read) -> None:
        self.series = Series()
        self._gauges = gauges

    def text(self) -> bytes:
        return generate_latest(self._counted()) + generate_latest(_Read(self._gauges))

    def start(self) -> None:
        g.counted_since = time.perf_counter()
        self.series.in_flight.inc()

    def count(self, response: Response) -> Response:
        asked = request
        seconds = time.perf_counter() - g.counted_since
        method = asked.method if asked.method in METHODS else "OTHER"
        self.series.answered(method, route(), response.status_code, seconds)
        self._count_visit(method, asked.path, asked.environ)
        return response

    def end(self, _fault: BaseException | None) -> None:
        if g.pop("counted_since", None) is not None:
            self.series.in_flight.dec()

    def _count_visit(self, method: str, path: str, environ: dict[str, Any]) -> None:
        """What an open page asks by script is no visit."""
        scope = SCOPES.get(path.split("/", 2)[1])
        if scope and method in VISITS and "HTTP_HX_REQUEST" not in environ:
            self.series.visited(scope, _kind(environ, method))

    def _counted(self) -> CollectorRegistry:
        if not is_shared():
            return self.series
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return together


def init_app(app: Flask, gauges: Read, tally: Tally) -> None:
    disable_created_metrics()
    metrics = app.extensions["metrics"] = Metrics(gauges)
    tally.listeners.append(metrics.series)
    app.before_request(metrics.start)
    app.after_request(metrics.count)
    app.teardown_request(metrics.end)
    app.add_url_rule("/metrics", "metrics", _tell)


def is_shared() -> bool:
    """Whether this process counts into files, as prometheus_client decided."""
    return bool(getattr(values.ValueClass, "_multiprocess", False))


def link_opened(scope: str, power: str) -> None:
    """A link was read and is genuine, whatever came of it."""
    _series().link_opened(scope, power)


def link_damaged() -> None:
    _series().damaged.inc()


def unsubscribed(door: str, outcome: str) -> None:
    """`outcome`: done, kept, already, required, unknown or failed."""
    _series().unsubscribed(door, outcome)


def limited(limit: str) -> None:
    """Somebody came too often."""
    _series().limited(limit)


def fresh_link_asked() -> None:
    """Whether or not one is sent."""
    _series().asked.inc()


def _series() -> Series:
    metrics: Metrics = current_app.extensions["metrics"]
    return metrics.series


def _tell() -> Response:
    metrics: Metrics = current_app.extensions["metrics"]
    return Response(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


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
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._read():
            if gauge.name not in families:
                families[gauge.name] = _family(gauge)
            families[gauge.name].add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()


def _family(gauge: Gauge) -> GaugeMetricFamily:
    return GaugeMetricFamily(gauge.name, gauge.about, labels=list(gauge.labels))
