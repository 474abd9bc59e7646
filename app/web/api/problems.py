"""Every error under /api/ is a problem of RFC 9457, whoever raised it.

`are_wanted` tells by the path, so that an address that does not exist has one too.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, request

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"

DETAILS = {
    400: "The request could not be read as a whole.",
    404: "There is nothing at this address.",
    405: "This address does not take that method; see Allow.",
    413: "The body has more than 1 MiB. Ask for fewer recipients at once.",
    429: "Too many requests. Try again after the seconds in Retry-After.",
    500: "Something went wrong here, not with the request. It is in our log.",
}
"""For errors that nobody explains better."""


class Problem(Exception):
    """Ends a request of the API. `more` are members besides the usual ones."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.more = more


class Faulty(Problem):
    """The body is JSON and not what is understood: a pointer and words for each."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in faults]
        number = f"{len(errors)} faults" if len(errors) > 1 else "a fault"
        super().__init__(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The body has {number}; nothing was done.",
            errors=errors,
        )


def are_wanted() -> bool:
    return request.path.startswith(PREFIX)


def of_status(status: int) -> Response:
    """For an error that has no more to say than its status."""
    fallback = 400 if status < 500 else 500  # noqa: PLR2004
    return _response(status, DETAILS.get(status, DETAILS[fallback]), {})


def answer(problem: Problem) -> Response:
    response = _response(problem.status, problem.detail, problem.more)
    response.headers.update(problem.headers)
    return response


def _response(status: int, detail: str, more: Mapping[str, object]) -> Response:
    title = HTTPStatus(status).phrase
    body = {"title": title, "status": int(status), "detail": detail, **more}
    return Response(json.dumps(body), status, mimetype=MEDIA_TYPE)
