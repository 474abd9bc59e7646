"""Whether the process is alive, and whether it can serve a page and keep a choice."""

from flask import Blueprint, Response, current_app, jsonify

from app.readiness import Readiness, Verdict

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    return jsonify(status="alive")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """503 where a page cannot be served or a choice not be kept; a line for each part.

    It says what is wrong and never whose: anybody may ask.
    """
    readiness: Readiness = current_app.extensions["readiness"]
    checks = readiness.checks()
    verdict = Verdict.of(checks)
    lines = {check.name: check.reason or "ok" for check in checks}
    is_up = verdict is not Verdict.DOWN
    return jsonify(status=verdict.value, checks=lines), 200 if is_up else 503
