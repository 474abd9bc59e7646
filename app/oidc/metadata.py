"""What a provider publishes about itself: where it answers, and its keys.

Both are kept. Keys are asked for again where a token names one that nobody knows, as
after a rotation; at most once a minute, so that made up names cost the provider
nothing.
Reference: https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from app.oidc.errors import ProviderDown
from app.oidc.http import Http, Json, is_safe, require_safe

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT = 10 * 60.0
"""Seconds for which metadata and keys are believed without another look."""

RETRY = 5.0
"""Seconds after a failure in which nobody is asked."""

ONE_LOOK = 60.0
"""Seconds between two looks for a key that is not there, at least."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("oidc")

ASYMMETRIC = ("RSA", "EC", "OKP")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Of what a provider says of itself, what we use."""

    issuer: str
    authorize: str
    token: str
    keys: str
    end_session: str
    auth_method: str
    names_itself: bool
    """Whether its answers to the browser say from whom they are (RFC 9207)."""


class Published:
    """`monotonic` in seconds. Raises `ProviderDown` and nothing else.

    One thread asks at a time, and none soon after a failure: where the provider hangs,
    nobody else is kept waiting who can do with what is kept.
    """

    def __init__(
        self, issuer: str, http: Http, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._metadata: Metadata | None = None
        self._metadata_due = float("-inf")
        self._keys = KeySet([])
        self._keys_due = float("-inf")
        self._look_due = float("-inf")

    def metadata(self) -> Metadata:
        """What is kept, also after its time where the provider is away."""
        kept = self._metadata
        with self._turn(must_wait=kept is None) as has_turn:
            if has_turn and self._monotonic() >= self._metadata_due:
                self._renew_metadata()
        found = self._metadata
        if found is None:
            raise ProviderDown("its metadata are out of reach")
        return found

    def known(self) -> Metadata | None:
        """What is kept, without a call."""
        return self._metadata

    def keys(self, kid: object) -> KeySet:
        """Those that may have signed; asked for anew where none has this name."""
        address = self.metadata().keys
        with self._turn(must_wait=not self._has(kid)) as has_turn:
            now = self._monotonic()
            is_wanted = now >= self._keys_due or not self._has(kid)
            if has_turn and is_wanted and now >= self._look_due:
                self._renew_keys(address)
        if not self._keys:
            raise ProviderDown("its keys are out of reach")
        return self._keys

    @contextmanager
    def _turn(self, *, must_wait: bool) -> Iterator[bool]:
        """Whether it is ours to ask: at once, or after whoever does so now."""
        has_turn = self._lock.acquire(blocking=must_wait)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._lock.release()

    def _has(self, kid: object) -> bool:
        return any(kid in (None, key.kid) for key in self._keys)

    def _renew_metadata(self) -> None:
        try:
            self._metadata, pause = ask(self._http, self._issuer), KEPT
        except ProviderDown as fault:
            log.warning("provider_down", reason=str(fault))
            pause = RETRY
        self._metadata_due = self._monotonic() + pause

    def _renew_keys(self, address: str) -> None:
        try:
            self._keys = KeySet(list(readable(self._http.get(address))))
        except ProviderDown as fault:
            log.warning("provider_down", reason=str(fault))
            self._look_due = self._monotonic() + RETRY
            return
        self._keys_due = self._monotonic() + KEPT
        self._look_due = self._monotonic() + ONE_LOOK


def ask(http: Http, issuer: str) -> Metadata:
    """What a provider says of itself just now."""
    said = http.get(f"{issuer}{WELL_KNOWN}")
    if said.get("issuer") not in (issuer, f"{issuer}/"):
        raise ProviderDown("its metadata are another issuer's")
    return Metadata(
        str(said["issuer"]),
        require_safe(said.get("authorization_endpoint")),
        require_safe(said.get("token_endpoint")),
        require_safe(said.get("jwks_uri")),
        _safe(said.get("end_session_endpoint")),
        _auth_method(said),
        said.get("authorization_response_iss_parameter_supported") is True,
    )


def _safe(url: object) -> str:
    return url if isinstance(url, str) and is_safe(url) else ""


def _auth_method(said: Json) -> str:
    """How we prove who we are; the first is every provider's default."""
    known = said.get("token_endpoint_auth_methods_supported")
    methods = known if isinstance(known, list) else []
    is_other = "client_secret_post" in methods and "client_secret_basic" not in methods
    return "client_secret_post" if is_other else "client_secret_basic"


def readable(said: Json) -> Iterator[Key]:
    """Public keys for signatures; of others there may be any number."""
    found = said.get("keys")
    for data in found if isinstance(found, list) else []:
        if isinstance(data, dict) and _is_for_signatures(data):
            try:
                yield import_key(cast("dict[str, Any]", data))
            except (JoseError, ValueError, TypeError, KeyError):
                continue


def _is_for_signatures(data: Json) -> bool:
    return data.get("kty") in ASYMMETRIC and data.get("use", "sig") == "sig"
