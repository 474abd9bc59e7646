"""Whether the process is alive, and whether it can serve a page."""

from flask import Blueprint, Response, current_app, jsonify

from app.center import Center

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    return jsonify(status="alive")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """503 while neither Courier nor a kept catalog can answer."""
    center: Center = current_app.extensions["center"]
    if center.is_ready():
        return jsonify(status="ready"), 200
    return jsonify(status="waiting for Courier"), 503
