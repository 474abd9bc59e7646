"""One line per request, with the route instead of the address; and its id.

The address of a recipient page is its key, so no log ever sees it: neither this
line nor Flask's own, which would name the path of a request that failed.
"""

import time
from contextvars import Token
from typing import Any

import structlog
from flask import Flask, Response, g, request

from app import errand
from app.errand import WELL_FORMED, Errand
from app.tracing import Tracing

log: structlog.stdlib.BoundLogger = structlog.get_logger("web")

QUIET = frozenset({"static", "health.alive", "health.ready", "metrics"})
"""Endpoints that are asked too often to be worth a line."""

HEADER = "X-Request-ID"


class Logs:
    """`is_proxied`: whoever is in front may say the id of a request."""

    def __init__(self, tracing: Tracing, *, is_proxied: bool) -> None:
        self._tracing = tracing
        self._is_proxied = is_proxied

    def start(self) -> None:
        g.started = time.perf_counter()
        g.errand = Errand(self._id())
        g.errand_token = errand.begin(g.errand)
        if self._tracing.is_on:
            parent = request.headers.get("traceparent", "")
            g.span = self._tracing.begin(request.method, route(), parent)

    def tell(self, response: Response) -> Response:
        if request.endpoint in QUIET:
            return response
        doing: Errand = g.errand
        response.headers[HEADER] = doing.id
        log.info(
            "request",
            method=request.method,
            route=route(),
            status=response.status_code,
            ms=_ms(time.perf_counter() - g.started),
            bytes=response.content_length,
            calls=doing.calls,
            calls_ms=_ms(doing.seconds),
            language=g.get("language"),
            request_id=doing.id,
            **_choices(doing),
        )
        return response

    def end(self, _fault: BaseException | None) -> None:
        token: Token[Errand | None] | None = g.pop("errand_token", None)
        if token:
            errand.end(token)

    def end_span(self, response: Response) -> Response:
        self._tracing.end(g.pop("span", None), response.status_code)
        return response

    def _id(self) -> str:
        given = request.headers.get(HEADER, "") if self._is_proxied else ""
        return given if WELL_FORMED.fullmatch(given) else errand.new_id()


def init_app(app: Flask, tracing: Tracing, *, is_proxied: bool) -> None:
    logs = Logs(tracing, is_proxied=is_proxied)
    app.before_request(logs.start)
    app.after_request(logs.tell)
    if tracing.is_on:
        app.after_request(logs.end_span)
    app.teardown_request(logs.end)


def route() -> str:
    return request.url_rule.rule if request.url_rule else "(none)"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _choices(doing: Errand) -> dict[str, Any]:
    """Through which door somebody chose, and what came of it."""
    if not doing.outcomes:
        return {}
    told = sorted(doing.outcomes)
    return {"door": doing.door, "outcome": told[0] if len(told) == 1 else told}
