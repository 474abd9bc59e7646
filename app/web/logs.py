"""One line per request, with the route instead of the address.

The address of a recipient page is its key, so no log ever sees it: neither this
line nor Flask's own, which would name the path of a request that failed.
"""

import time

import structlog
from flask import Flask, Response, g, request

log: structlog.stdlib.BoundLogger = structlog.get_logger("web")

QUIET = frozenset({"static", "health.alive", "health.ready", "metrics"})
"""Endpoints that are asked too often to be worth a line."""


def init_app(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_tell)


def route() -> str:
    return request.url_rule.rule if request.url_rule else "(none)"


def _start() -> None:
    g.started = time.perf_counter()


def _tell(response: Response) -> Response:
    if request.endpoint not in QUIET:
        log.info(
            "request",
            method=request.method,
            route=route(),
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
    return response
