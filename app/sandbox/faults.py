"""Misbehaviour on request: applies the rule that matched a request.

Which rule matches is decided in `switches`. A rule without effect answers
before the request is read; the others replace the answer afterwards.
"""

from http import HTTPStatus

from flask import Response, jsonify, request
from werkzeug.http import HTTP_STATUS_CODES

from app.sandbox.errors import error_answer
from app.sandbox.paths import RESET
from app.sandbox.switches import Fault

HTML = "<html>gateway</html>"


def faulty_answer(fault: Fault) -> Response:
    if fault.kind == "status":
        return _status(fault)
    if fault.kind == "not_json":
        return Response(HTML, HTTPStatus.OK, mimetype="text/html")
    if fault.kind == "wrong_shape":
        return _wrong_shape()
    if fault.kind == "reset":
        request.environ[RESET] = True
    return Response(b"", HTTPStatus.OK, mimetype="application/json")


def _status(fault: Fault) -> Response:
    answer = error_answer(fault.status, HTTP_STATUS_CODES.get(fault.status, "Error"))
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def _wrong_shape() -> Response:
    """Valid JSON that a careless client would take for an answer."""
    if "/preferences/sections" in request.path:
        return jsonify({"results": {}})
    return jsonify({"items": [{"topic_id": "a"}], "results": {}})
