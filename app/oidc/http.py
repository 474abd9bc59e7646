"""Calls to the provider: short, bounded, without redirects, and never in the clear."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.oidc.errors import ProviderDown
from app.settings.staff import is_loopback
from app.timed import Timed

PATIENCE = 5.0
"""Seconds for a whole call, from looking up a name to the last byte."""

LARGEST = 512 * 1024
"""Bytes of an answer; the largest sets of keys have some 20,000."""

Json = dict[str, Any]


class Http:
    """`transport` stands in for the network where given."""

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._monotonic = monotonic
        self._patience = patience
        self._client = httpx.Client(
            transport=transport or Timed(patience, monotonic),
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json"},
        )

    def get(self, url: str) -> Json:
        status, body = self._ask("GET", url)
        if status != httpx.codes.OK:
            raise ProviderDown(f"{urlsplit(url).path} answers {status}")
        return _object(body)

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> tuple[int, Json]:
        """The status and what came with it, where the provider understood."""
        status, answer = self._ask("POST", url, body, headers)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ProviderDown(f"{urlsplit(url).path} answers {status}")
        return status, _object(answer)

    def close(self) -> None:
        self._client.close()

    def _ask(
        self,
        method: str,
        url: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        require_safe(url)
        until = self._monotonic() + self._patience
        try:
            with self._client.stream(
                method, url, content=body, headers=headers
            ) as answer:
                return answer.status_code, self._read(answer, until)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as fault:
            raise ProviderDown(f"{type(fault).__name__}: {fault}") from None
        finally:
            self._client.cookies.clear()

    def _read(self, answer: httpx.Response, until: float) -> bytes:
        """Whoever sends a byte a second, or no end of them, is not waited for."""
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise ProviderDown("an answer that is too large")
            if self._monotonic() > until:
                raise ProviderDown("an answer that takes too long")
        return body


def require_safe(url: object) -> str:
    """An address that nobody on the way can read or change; or `ProviderDown`."""
    if isinstance(url, str) and is_safe(url):
        return url
    raise ProviderDown("an address that does not begin with https://")


def is_safe(url: str) -> bool:
    """Encrypted, or on this machine."""
    try:
        parts = urlsplit(url)
        is_local = parts.scheme == "http" and is_loopback(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or is_local)


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderDown("an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise ProviderDown("an answer that is not an object")
    return found
