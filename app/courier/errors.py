"""What can go wrong with Courier.

CourierError
├── Unavailable      no answer, 408, 429, 5xx, an unintelligible 200: try later
└── Refused          any other 4xx: tell the person why
    ├── NotOnPlan    402: the workspace's plan has no choice of channels
    ├── AccessDenied 401, 403: the operator's key is wrong
    └── Unknown      404: no such topic, tenant or brand

What Courier says in an error is kept for the log, never for a page.
"""

from http import HTTPStatus


class CourierError(Exception):
    """Courier did not do what it was asked."""


class Unavailable(CourierError):
    """Nobody can say now whether it was done; it may be tried again."""

    def __init__(
        self,
        reason: str,
        retry_after: float | None = None,
        *,
        is_answer: bool = False,
        is_ambiguous: bool = True,
    ) -> None:
        super().__init__(reason)
        #: Whether it may have been done all the same.
        self.is_ambiguous = is_ambiguous
        #: Whether Courier itself said so; else nobody knows what became of it.
        self.is_answer = is_answer
        #: Seconds to wait, where Courier said so.
        self.retry_after = retry_after


class Refused(CourierError):
    """Courier understood and will not; trying again changes nothing."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class NotOnPlan(Refused):
    """The workspace's plan does not include custom routing."""


class AccessDenied(Refused):
    """The API key is missing, expired, or made for something else."""


class Unknown(Refused):
    """There is no such thing at Courier."""


AMBIGUOUS = frozenset({500, 502, 504})
"""Answers after which nobody knows what became of the request."""

REFUSALS: dict[int, type[Refused]] = {
    HTTPStatus.UNAUTHORIZED: AccessDenied,
    HTTPStatus.PAYMENT_REQUIRED: NotOnPlan,
    HTTPStatus.FORBIDDEN: AccessDenied,
    HTTPStatus.NOT_FOUND: Unknown,
}

PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""The 4xx that mean "not now" rather than "no"."""


def refused(status: int, reason: str) -> Refused:
    return REFUSALS.get(status, Refused)(status, reason)
