"""What time it is at Courier, by the header that every answer has.

Needs no key: a refusal has the header as well. One call, and no retry.
"""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx

from app.courier.errors import Unavailable
from app.courier.paths import SECTIONS
from app.timed import Timed

PATIENCE = 5.0
"""Seconds for the call."""


def ahead(base_url: str, now: Callable[[], float]) -> float | None:
    """Seconds by which our clock is ahead of Courier's; None where it does not say.

    Raises `Unavailable`. The header has whole seconds, cut off.
    """
    try:
        with httpx.Client(transport=Timed(PATIENCE), trust_env=False) as client:
            before = now()
            answer = client.get(f"{base_url}{SECTIONS}")
            middle = (before + now()) / 2
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise Unavailable(type(fault).__name__) from None
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return middle - told.timestamp() - 0.5
