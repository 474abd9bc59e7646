"""Mints and reads what we sign: links for recipients, and what a page hands back.

One salt per scope, so that a token of one scope is worthless for another; SHA-256;
several keys, the newest signs and all read. A link's payload is JSON with short
names: `u` user, `t` tenant, `l` a label to show, the last two only where given.
Reference: https://itsdangerous.palletsprojects.com/en/stable/concepts/
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from itsdangerous import (
    BadData,
    Signer,
    TimedSerializer,
    TimestampSigner,
    URLSafeTimedSerializer,
)
from itsdangerous.encoding import base64_encode

from app.preferences.model import Recipient

LONGEST = 2048
"""Characters of anything signed; longer ones are not even looked at."""


class Scope(StrEnum):
    PREFERENCES = "preferences"


class LinkInvalid(Exception):
    """Not ours, damaged, of another scope, or signed with a retired key."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says, and when it was minted."""

    recipient: Recipient
    label: str | None
    minted_at: datetime


class SealSerializer(URLSafeTimedSerializer):
    """Never tries to compress: a page seals many short values, and gains nothing."""

    def dump_payload(self, obj: Any, **more: Any) -> bytes:  # noqa: ANN401  any JSON
        return base64_encode(TimedSerializer.dump_payload(self, obj, **more))

    @cached_property
    def own_signer(self) -> Signer:
        return super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Made once: its salt and keys are the same for every value."""
        return self.own_signer if salt is None else super().make_signer(salt)


class Links:
    """`keys`: oldest first; the last one signs. `now` gives seconds since 1970."""

    def __init__(
        self, keys: Sequence[str], now: Callable[[], float] = time.time
    ) -> None:
        self._keys = list(keys)
        self._signer = _signer_with(now)
        #: A page seals every topic of one recipient for the same purpose.
        self._seals = lru_cache(maxsize=256)(self._new_seal)
        self._scopes = {
            scope: self._serializer(URLSafeTimedSerializer, scope.value)
            for scope in Scope
        }

    def mint(self, scope: Scope, recipient: Recipient, label: str | None = None) -> str:
        """A token; `ValueError` where Courier could never be asked for the ids."""
        for id_ in (recipient.user_id, recipient.tenant_id):
            if id_ in ("", ".", ".."):
                raise ValueError(f"{id_!r} cannot be an id")
        claims = {"u": recipient.user_id, "t": recipient.tenant_id, "l": label}
        token = self._scopes[scope].dumps({k: v for k, v in claims.items() if v})
        if len(token) > LONGEST:
            raise ValueError("the ids are too long for a link")
        return str(token)

    def read(self, scope: Scope, token: str) -> Link:
        claims, minted_at = self._loads(self._scopes[scope], token)
        return _link(claims, minted_at)

    def seal(self, purpose: str, value: Any) -> str:  # noqa: ANN401  any JSON
        """Signs JSON that a page hands back to us, for one purpose only."""
        return str(self._seals(purpose).dumps(value))

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> Any:  # noqa: ANN401
        """The sealed JSON; `max_age` in seconds; `LinkInvalid` for all else."""
        return self._loads(self._seals(purpose), text, max_age)[0]

    def _loads(
        self,
        serializer: URLSafeTimedSerializer,
        text: str,
        max_age: int | None = None,
    ) -> tuple[Any, datetime]:
        if len(text) > LONGEST:
            raise LinkInvalid
        try:
            value, signed_at = serializer.loads(
                text, max_age=max_age, return_timestamp=True
            )
        except (BadData, UnicodeError):
            raise LinkInvalid from None
        return value, signed_at

    def _new_seal(self, purpose: str) -> URLSafeTimedSerializer:
        return self._serializer(SealSerializer, f"seal {purpose}")

    def _serializer(
        self, kind: type[URLSafeTimedSerializer], salt: str
    ) -> URLSafeTimedSerializer:
        return kind(
            self._keys,
            salt=salt,
            signer=self._signer,
            signer_kwargs={
                "digest_method": hashlib.sha256,
                "key_derivation": "hmac",
            },
        )


def _signer_with(now: Callable[[], float]) -> type[TimestampSigner]:
    class ClockedSigner(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(now())

        @cached_property
        def newest_key(self) -> bytes:
            return super().derive_key()

        def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
            """The key that signs is derived once for all that a signer signs."""
            return (
                self.newest_key
                if secret_key is None
                else super().derive_key(secret_key)
            )

    return ClockedSigner


def _link(claims: object, minted_at: datetime) -> Link:
    match claims:
        case {"u": str(user_id), **rest}:
            recipient = Recipient(user_id, _text(rest.get("t")))
            return Link(recipient, _text(rest.get("l")), minted_at)
    raise LinkInvalid


def _text(claim: object) -> str | None:
    if claim is None or isinstance(claim, str):
        return claim
    raise LinkInvalid
