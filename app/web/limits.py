"""How often a link or an address may act, in memory or together in Redis.

A GET is never limited, but for one with a damaged token. What is counted is a hash,
never the token, the address or the user. Where Redis does not answer in time, each
process counts for itself until it does: nobody is stopped by it.
"""

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import time
from typing import Any

import structlog
from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.exceptions import TooManyRequests

from app.links import PATHS, Scope, mended
from app.web import accepts, metrics

PATIENCE = 0.2
"""Seconds for Redis to connect and for it to answer."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BEGINNINGS = frozenset(path.strip("/") for path in PATHS.values())
ONE_NETWORK = 64
"""Bits of an IPv6 address that one household or host has to itself."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("limits")


class Kind(StrEnum):
    """What is counted, and by what."""

    POSTS_OF_LINK = "posts_of_link"
    POSTS_OF_ADDRESS = "posts_of_address"
    DAMAGED = "damaged_of_address"
    MAIL_OF_LINK = "mail_of_link"
    MAIL_OF_USER = "mail_of_user"
    MAIL_OF_ADDRESS = "mail_of_address"
    API = "api_of_key"
    SIGN_IN = "sign_in_of_address"
    ANSWER = "answer_of_address"


AMOUNTS = {
    Kind.POSTS_OF_LINK: "60 per minute",
    Kind.POSTS_OF_ADDRESS: "600 per minute",
    Kind.DAMAGED: "60 per minute",
    Kind.MAIL_OF_LINK: "3 per hour",
    Kind.MAIL_OF_USER: "3 per hour",
    Kind.MAIL_OF_ADDRESS: "30 per hour",
    Kind.API: "600 per minute",
    Kind.SIGN_IN: "30 per minute",
    Kind.ANSWER: "300 per minute",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a path begins with, whose link follows, and whether more does."""

    beginning: str
    token: str
    is_whole: bool

    @property
    def is_ours(self) -> bool:
        return self.beginning in BEGINNINGS


class Limits:
    """Counts by Flask-Limiter, which knows nothing of requests but when we ask it."""

    def __init__(self, app: Flask, redis_url: str) -> None:
        self._limiter = Limiter(
            key_func=lambda: str(g.limited),
            storage_uri=redis_url or "memory://",
            storage_options=_options() if redis_url else {},
            strategy="fixed-window",
            in_memory_fallback_enabled=bool(redis_url),
            swallow_errors=True,
            request_identifier=lambda: "preferences",
        )
        self._counts = {kind: self._count(kind) for kind in Kind}
        # Its own hooks would cost every GET and never find anything to limit.
        app.extensions.setdefault("limiter", set()).add(self._limiter)
        self._limiter.init_app(app)

    def wait(self, kind: Kind, whose: str) -> int:
        """Counts one more; seconds to wait, and none where there is room."""
        g.limited = hashlib.sha256(whose.encode()).hexdigest()[:32]
        try:
            self._counts[kind]()
        except RateLimitExceeded:
            metrics.limited(kind)
            return self._left()
        return 0

    def forget(self) -> None:
        """Begins to count anew."""
        self._limiter.reset()

    def _count(self, kind: Kind) -> Callable[[], None]:
        def count() -> None:
            """Raises `RateLimitExceeded`."""

        count.__qualname__ = kind  # by which Flask-Limiter tells functions apart
        return self._limiter.shared_limit(AMOUNTS[kind], scope=kind)(count)

    def _left(self) -> int:
        with suppress(Exception):  # Redis may have gone since it counted
            found = self._limiter.current_limit
            if found:
                return max(1, ceil(found.window.reset_time - time()))
        return 60


def init_app(app: Flask, redis_url: str) -> None:
    limiters = logging.getLogger("flask-limiter")
    limiters.addHandler(TOLD)
    limiters.propagate = False  # said once, as a line of ours
    app.extensions["limits"] = Limits(app, redis_url)
    app.before_request(_limit_posts)


def target() -> Target:
    """Where a request goes, found where no route fits as well."""
    _, beginning, token, rest = (*request.path.split("/", 3), "", "", "")[:4]
    return Target(beginning, mended(token), not rest)


def is_one_click() -> bool:
    """Whether a mailbox provider unsubscribes somebody (RFC 8058), or a browser
    that shows no page."""
    to = target()
    is_itself = to.beginning == Scope.UNSUBSCRIBE.path.strip("/") and to.is_whole
    return is_itself and request.method == "POST" and not accepts.page()


def damaged() -> int:
    """Counts a damaged token; seconds to wait where there were too many.

    By address, which many people may share: links that work go on working there.
    """
    return _by_address(Kind.DAMAGED)


def may_mail(visit_mark: str, user_id: str) -> bool:
    """Whether a fresh link may be mailed once more; counted by all three."""
    limits = _limits()
    waits = (
        limits.wait(Kind.MAIL_OF_LINK, visit_mark),
        limits.wait(Kind.MAIL_OF_USER, user_id),
        _by_address(Kind.MAIL_OF_ADDRESS),
    )
    return not any(waits)


def may_mail_user(user_id: str) -> bool:
    """Whether a user may be mailed once more, be it by staff."""
    return not _limits().wait(Kind.MAIL_OF_USER, user_id)


def count_post(token: str) -> None:
    """One more act by this link; raises 429."""
    _require(_limits().wait(Kind.POSTS_OF_LINK, token))


def count_call(key_name: str) -> None:
    """One more call of the API with a key of this name; raises 429."""
    _require(_limits().wait(Kind.API, key_name))


def count_sign_in() -> None:
    """One more sign-in that somebody begins; raises 429."""
    _require(_by_address(Kind.SIGN_IN))


def count_answer() -> None:
    """One more answer of the provider of staff's sign-in, or of who says so: 429.

    A provider tells of many at once, and an office has one address.
    """
    _require(_by_address(Kind.ANSWER))


def _limit_posts() -> None:
    if request.method in SAFE:
        return
    to = target()
    if not to.is_ours:
        return
    # Mailbox providers post for thousands of people from a few addresses, so a
    # one-click POST is counted by its link alone, once that was found to be genuine.
    if not (to.beginning == "u" and to.is_whole):
        _require(_by_address(Kind.POSTS_OF_ADDRESS))
        count_post(to.token)


def _require(seconds: int) -> None:
    if seconds:
        raise TooManyRequests(retry_after=seconds)


def _by_address(kind: Kind) -> int:
    """Nothing is counted for who has no address, such as a proxy by a socket."""
    address = _network(request.remote_addr or "")
    return _limits().wait(kind, address) if address else 0


def _network(address: str) -> str:
    """An address, but of IPv6 the part that tells one household from another."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - ONE_NETWORK):x}/{ONE_NETWORK}"


def _limits() -> Limits:
    limits: Limits = current_app.extensions["limits"]
    return limits


def _options() -> dict[str, Any]:
    """One try, soon given up: whoever waits for Redis is a recipient."""
    return {
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        "key_prefix": "preferences",
    }


class Told(logging.Handler):
    """What Flask-Limiter warns of, as a line of ours; it names nobody."""

    def emit(self, record: logging.LogRecord) -> None:
        log.warning("limits", said=record.getMessage())


TOLD = Told(logging.WARNING)
