"""Courier's error answers: `{"message", "type"}` with the matching status.

Every refusal, including unknown paths and wrong methods, leaves through here.
Nothing here knows why a request was refused.
"""

from http import HTTPStatus

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from app.sandbox.vocabulary import Json

TYPES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.PAYMENT_REQUIRED: "authorization_error",
    HTTPStatus.FORBIDDEN: "authorization_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


class CourierError(Exception):
    """A refusal that reaches the client with this status and message."""

    def __init__(
        self, status: int, message: str, *, errors: list[Json] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def invalid(reason: str) -> CourierError:
    return CourierError(HTTPStatus.BAD_REQUEST, f"Invalid Request. {reason}")


def not_found() -> CourierError:
    return CourierError(HTTPStatus.NOT_FOUND, "Not Found")


def error_type(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "api_error"
    return TYPES.get(status, "invalid_request_error")


def error_answer(
    status: int, message: str, errors: list[Json] | None = None
) -> Response:
    body: Json = {"message": message, "type": error_type(status)}
    if errors is not None:
        body["errors"] = errors
    answer = jsonify(body)
    answer.status_code = status
    return answer


def init_app(app: Flask) -> None:
    app.register_error_handler(CourierError, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http)


def _answer_refusal(refusal: CourierError) -> Response:
    return error_answer(refusal.status, refusal.message, refusal.errors)


def _answer_http(fault: HTTPException) -> Response:
    status = HTTPStatus(fault.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = error_answer(status, status.phrase)
    allowed = fault.get_response().headers.get("Allow")
    if allowed is not None:
        answer.headers["Allow"] = allowed
    return answer
