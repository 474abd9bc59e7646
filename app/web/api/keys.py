"""Whose bearer key a request carries.

Every key is compared with, in constant time and without an early exit, so that time
tells nothing. Only the name of a key is ever logged.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from http import HTTPStatus

import structlog
from flask import Request
from pydantic import SecretStr

from app.web.api.problems import Problem

log: structlog.stdlib.BoundLogger = structlog.get_logger("api")

REALM = 'Bearer realm="links"'


class Keys:
    """`pairs` as in LINK_API_KEYS: `name:key` each. Without any, nobody gets in."""

    def __init__(
        self,
        pairs: Sequence[SecretStr],
        is_same: Callable[[bytes, bytes], bool] = hmac.compare_digest,
    ) -> None:
        self._is_same = is_same
        parted = [pair.get_secret_value().partition(":") for pair in pairs]
        self._digests = [(name, _digest(key)) for name, _, key in parted]

    def holder(self, request: Request) -> str:
        """The name of the key; a problem for whoever has none."""
        given = request.authorization
        if given is None or given.type != "bearer" or not given.token:
            raise _refusal("The request carries no bearer key.", REALM)
        name = self._name(given.token)
        if name is None:
            log.warning("api_key_refused")
            challenge = f'{REALM}, error="invalid_token"'
            raise _refusal("The bearer key is not one of ours.", challenge)
        return name

    def _name(self, token: str) -> str | None:
        digest, found = _digest(token), None
        for name, expected in self._digests:
            if self._is_same(digest, expected):
                found = name
        return found


def _digest(key: str) -> bytes:
    """Of one length, so that a comparison does not tell the length of a key."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def _refusal(detail: str, challenge: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": challenge})
