"""Posts as a mailbox provider does when somebody presses its unsubscribe button.

Reference: https://www.rfc-editor.org/rfc/rfc8058#section-3.2
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import httpx

BODY = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
BUDGET = 10.0
"""Seconds in which the answer must be there."""

TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Answered:
    """`fault` in words, empty where all is well; the reference of what was recorded.

    `is_doubtful`: there was no answer, and it may be acted upon all the same.
    """

    fault: str
    reference: str | None = None
    is_doubtful: bool = False


def new_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Keeps no cookies apart, follows nothing, and goes the straight way."""
    return httpx.Client(
        timeout=BUDGET, follow_redirects=False, trust_env=False, transport=transport
    )


def post(
    client: httpx.Client,
    url: str,
    body: str = BODY,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answered:
    """Never tells the address, which is the key."""
    start = monotonic()
    try:
        with client.stream(
            "POST", url, content=body, headers={"Content-Type": FORM}
        ) as answer:
            return _judged(answer, monotonic() - start)
    except httpx.TimeoutException:
        told = f"it does not answer within {BUDGET:.0f} seconds"
        return Answered(told, is_doubtful=True)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        is_doubtful = not isinstance(fault, httpx.ConnectError | httpx.InvalidURL)
        told = f"it does not answer ({type(fault).__name__})"
        return Answered(told, is_doubtful=is_doubtful)


def _judged(answer: httpx.Response, seconds: float) -> Answered:
    reference = answer.headers.get("Choice-Reference")
    if answer.is_redirect:
        fault = f"it redirects ({answer.status_code}), which nobody follows"
    elif answer.status_code not in TAKEN:
        fault = f"it answers {answer.status_code}, not 200 or 202"
    elif "Set-Cookie" in answer.headers:
        fault = "it sets a cookie"
    elif seconds > BUDGET:
        fault = f"it takes {seconds:.0f} seconds, more than {BUDGET:.0f}"
    else:
        fault = ""
    return Answered(fault, reference)
