"""The way of every request: record, wait, misbehave, check the key, answer.

A request is one transaction of the store, so a refusal leaves nothing behind.
Waiting happens outside of it.
"""

from http import HTTPStatus

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

from app.sandbox import idempotency
from app.sandbox.auth import check_bearer
from app.sandbox.control import PREFIX
from app.sandbox.errors import CourierError
from app.sandbox.faults import faulty_answer
from app.sandbox.paths import RAW
from app.sandbox.vocabulary import MAX_BODY
from app.sandbox.workspace import workspace


class Sandbox(Flask):
    """A Flask app whose every request is one transaction."""

    def dispatch_request(self) -> ResponseReturnValue:
        with workspace().store.transaction():
            key = idempotency.key_of_request()
            if key is None:
                return super().dispatch_request()
            return self._dispatch_once(key)

    def _dispatch_once(self, key: str) -> ResponseReturnValue:
        replay = idempotency.find_replay(key)
        if replay is not None:
            return replay
        answer = self.make_response(super().dispatch_request())
        idempotency.keep_answer(key, answer)
        return answer

    def close(self) -> None:
        with self.app_context():
            workspace().store.close()


def init_app(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)


def _is_control() -> bool:
    return request.path.startswith(f"{PREFIX}/")


def _before() -> Response | None:
    if _is_control():
        return None
    courier = workspace()
    raw_path = request.environ[RAW]
    g.entry = courier.recorder.begin(request, raw_path)
    g.fault = courier.switchboard.take_fault(request.method, raw_path)
    courier.sleep_ms(courier.switches.latency_ms)
    if g.fault is not None and not g.fault.takes_effect:
        return _keep_own_error(faulty_answer(g.fault))
    if g.fault is not None and g.fault.waits_first:
        _hold(g.fault.delay_ms)
    check_bearer(request, courier)
    if len(request.get_data()) > MAX_BODY:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise CourierError(status, "The body is larger than 6 MB.")
    return None


def _hold(delay_ms: int) -> None:
    """The body was read before, so nothing is asked of a client that has left."""
    courier = workspace()
    resets = courier.resets
    courier.sleep_ms(delay_ms)
    if courier.resets != resets:
        message = "The sandbox was reset while the request waited."
        raise CourierError(HTTPStatus.SERVICE_UNAVAILABLE, message)


def _keep_own_error(answer: Response) -> Response:
    """A 500 is Courier's own answer to the key, so a retry gets it again."""
    key = idempotency.key_of_request()
    if key is not None and answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        with workspace().store.transaction():
            idempotency.keep_answer(key, answer)
    return answer


def _after(answer: Response) -> Response:
    if "entry" not in g:
        return answer
    fault = g.get("fault")
    if fault is None:
        g.entry["status"] = answer.status_code
        return answer
    if fault.apply and fault.spoils_answer:
        answer = faulty_answer(fault)
    g.entry["status"] = None if fault.kind == "reset" else answer.status_code
    if not fault.waits_first:
        workspace().sleep_ms(fault.delay_ms)
    return answer
