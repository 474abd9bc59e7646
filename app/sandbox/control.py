"""The control endpoints under `/_sandbox/`, which Courier does not have.

They need no key and are not recorded: whoever runs the sandbox turns its
switches here, looks at what was sent, and starts afresh. A web page that
happens to be open on the same machine may not.
"""

import json
from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.body import read_body
from app.sandbox.errors import CourierError, invalid
from app.sandbox.seeding import plant
from app.sandbox.switches import BadSwitchError
from app.sandbox.workspace import store, workspace

PREFIX = "/_sandbox"

routes = Blueprint("control", __name__, url_prefix=PREFIX)


@routes.before_request
def refuse_web_pages() -> None:
    """Browsers name the page behind a request; other clients have none to name."""
    if "Origin" in request.headers:
        message = "The control endpoints answer no web page (header 'Origin')."
        raise CourierError(HTTPStatus.FORBIDDEN, message)


@routes.get("/switches")
def read_switches() -> ResponseReturnValue:
    return workspace().switchboard.as_json()


@routes.patch("/switches")
def turn_switches() -> ResponseReturnValue:
    wishes = read_body().fields
    try:
        workspace().switchboard.patch(wishes)
    except BadSwitchError as error:
        raise invalid(str(error)) from error
    return workspace().switchboard.as_json()


@routes.delete("/switches")
def reset_switches() -> ResponseReturnValue:
    workspace().switchboard.reset()
    return workspace().switchboard.as_json()


@routes.post("/reset")
def reset() -> ResponseReturnValue:
    workspace().resets += 1
    plant()
    workspace().switchboard.reset()
    workspace().recorder.take()
    return "", HTTPStatus.NO_CONTENT


@routes.get("/requests")
def list_requests() -> ResponseReturnValue:
    return {"requests": workspace().recorder.requests()}


@routes.delete("/requests")
def take_requests() -> ResponseReturnValue:
    return {"requests": workspace().recorder.take()}


@routes.get("/sent")
def list_sent() -> ResponseReturnValue:
    rows = store().rows("SELECT body FROM sent ORDER BY place")
    return {"sent": [json.loads(row["body"]) for row in rows]}
