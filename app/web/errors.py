"""Every error is a page, or for htmx a fragment in the page's alert region.

Says what happened and what to do next. A link that cannot be read has one answer,
whatever is wrong with it. No stack trace ever reaches anybody but the log.
"""

from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException, TooManyRequests

from app.signing import LinkInvalid
from app.web import htmx, limits, metrics
from app.web.api import problems
from app.web.logs import route

log: structlog.stdlib.BoundLogger = structlog.get_logger("web")

KNOWN = frozenset({400, 404, 405, 413, 429})
"""Statuses with words of their own; every other one is told as 400 or 500."""


def init_app(app: Flask) -> None:
    app.register_error_handler(LinkInvalid, _link_invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _link_invalid(_fault: LinkInvalid) -> Response:
    metrics.link_damaged()
    seconds = limits.damaged()
    if seconds:
        return _http(TooManyRequests(retry_after=seconds))
    return _answer("link", HTTPStatus.NOT_FOUND)


def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    if fault.response is not None and status < 400:  # noqa: PLR2004  a redirect
        return make_response(fault.response)
    response = _answer(_kind(status), status)
    for name, value in fault.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _kind(status: int) -> str:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "away" if request.method == "GET" else "503"
    fallback = 400 if status < 500 else 500  # noqa: PLR2004
    return str(status if status in KNOWN else fallback)


def _unexpected(fault: Exception) -> Response:
    log.error("unexpected", route=route(), exc_info=fault)
    return _answer("500", HTTPStatus.INTERNAL_SERVER_ERROR)


def _answer(kind: str, status: int) -> Response:
    if problems.are_wanted():
        return problems.of_status(status)
    if limits.is_one_click():
        line = render_template("errors/line.txt", kind=kind)
        return Response(f"{line}\n", status, mimetype="text/plain")
    if htmx.is_fragment():
        return htmx.problem("errors/_problem.html", status, kind=kind)
    return make_response(render_template(_template(status), kind=kind), status)


def _template(status: int) -> str:
    """Who is lost at the desk is led back to it."""
    is_desk = request.path.startswith("/staff/") and "desk" in current_app.extensions
    is_lost = is_desk and status == HTTPStatus.NOT_FOUND
    return "staff/lost.html" if is_lost else "errors/error.html"
