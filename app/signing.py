"""Signs and encrypts, and reads both strictly: one text, one meaning.

HMAC-SHA256 with a key per purpose, derived from each of our keys; the newest signs
and all read. What is encrypted is a Fernet token, whose key is derived likewise.
Reference: https://itsdangerous.palletsprojects.com/en/stable/concepts/
Reference: https://cryptography.io/en/latest/fernet/
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, TimestampSigner, URLSafeSerializer
from itsdangerous.encoding import base64_encode, int_to_bytes

LONGEST = 2048
"""Characters of anything signed; longer ones are not even looked at."""

SIGNED = re.compile(r"[\w.-]+\.[\w-]{42}[AEIMQUYcgkosw048]", re.ASCII)
"""Ends with 32 bytes in the one base64 that has no stray bits."""

ENCRYPTED = re.compile(r"gAAAA[\w-]+", re.ASCII)
"""A Fernet token without its padding."""


SERIALIZER = URLSafeSerializer("")
"""For what it reads: a payload of base64, perhaps compressed by who signed it."""

COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""As itsdangerous writes JSON; made once, as a page seals each of its topics."""


class LinkInvalid(Exception):
    """Not ours, damaged, of another purpose, or of a retired key."""


class Stamp:
    """Signs payloads for one purpose at one moment, as itsdangerous would each.

    A page seals each of its topics; the key's part of an HMAC is reckoned once.
    """

    def __init__(self, key: bytes, moment: bytes) -> None:
        self._mac = hmac.new(key, digestmod="sha256")
        self._end = b"." + moment

    def __call__(self, payload: bytes) -> bytes:
        signed, mac = payload + self._end, self._mac.copy()
        mac.update(signed)
        return signed + b"." + base64_encode(mac.digest())


class Signing:
    """`keys`: oldest first; the last one signs. `now` gives seconds since 1970."""

    def __init__(
        self, keys: Sequence[str], now: Callable[[], float] = time.time
    ) -> None:
        self._keys = list(keys)
        self._clocked = _signer_with(now)
        self._now = now
        self._signer = lru_cache(maxsize=256)(self._new_signer)
        self._fernets = lru_cache(maxsize=16)(self._new_fernets)

    def sign(self, purpose: str, value: Any) -> str:  # noqa: ANN401  any JSON
        return self.stamp(purpose)(payload(value)).decode()

    def stamp(self, purpose: str) -> Stamp:
        key = hmac.digest(self._keys[-1].encode(), purpose.encode(), "sha256")
        return Stamp(key, _written_moment(int(self._now())))

    def read(
        self, purpose: str, text: str, max_age: int | None = None
    ) -> tuple[Any, float]:
        """The value, and when it was signed, in seconds since 1970.

        `max_age` in seconds; `LinkInvalid` for all else.
        """
        if len(text) > LONGEST or not SIGNED.fullmatch(text):
            raise LinkInvalid
        try:
            signed, signed_at = self._signer(purpose).unsign(
                text, max_age=max_age, return_timestamp=True
            )
            value = SERIALIZER.load_payload(signed)
        except (BadData, UnicodeError):
            raise LinkInvalid from None
        return value, signed_at.timestamp()

    def encrypt(self, purpose: str, value: Any) -> str:  # noqa: ANN401  any JSON
        data = json.dumps(value, separators=(",", ":")).encode()
        token = self._fernets(purpose)[-1].encrypt_at_time(data, int(self._now()))
        return token.rstrip(b"=").decode()

    def decrypt(self, purpose: str, text: str) -> tuple[Any, float]:
        """As `read`, of what was encrypted."""
        if len(text) > LONGEST or not ENCRYPTED.fullmatch(text):
            raise LinkInvalid
        token = _padded(text)
        for fernet in reversed(self._fernets(purpose)):
            try:
                value = json.loads(fernet.decrypt(token))
            except InvalidToken:
                continue
            except ValueError:
                break
            return value, float(_encrypted_at(token))
        raise LinkInvalid

    def _new_signer(self, purpose: str) -> TimestampSigner:
        return self._clocked(
            self._keys,
            salt=purpose,
            digest_method=hashlib.sha256,
            key_derivation="hmac",
        )

    def _new_fernets(self, purpose: str) -> list[Fernet]:
        return [_fernet(key, purpose) for key in self._keys]


def payload(value: Any) -> bytes:  # noqa: ANN401  any JSON
    """Never compressed: what we sign is short, and gains nothing."""
    return base64_encode(COMPACT.encode(value))


def _fernet(key: str, purpose: str) -> Fernet:
    info = f"encrypted {purpose}".encode()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return Fernet(base64.urlsafe_b64encode(derive.derive(key.encode())))


def _encrypted_at(token: bytes) -> int:
    """Of a token that was verified: eight bytes after its version."""
    return int.from_bytes(base64.urlsafe_b64decode(token[:12])[1:9], "big")


def _padded(text: str) -> bytes:
    """As Fernet has it; `LinkInvalid` where base64 has stray bits."""
    token = (text + "=" * (-len(text) % 4)).encode()
    try:
        is_strict = base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) == token
    except binascii.Error:
        is_strict = False
    if not is_strict:
        raise LinkInvalid
    return token


@lru_cache(maxsize=4)
def _written_moment(seconds: int) -> bytes:
    return base64_encode(int_to_bytes(seconds))


def _signer_with(now: Callable[[], float]) -> type[TimestampSigner]:
    class ClockedSigner(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(now())

        @cached_property
        def derived(self) -> dict[str | bytes | None, bytes]:
            return {}

        def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
            """Each key is derived once for all that a signer signs and reads."""
            if secret_key not in self.derived:
                self.derived[secret_key] = super().derive_key(secret_key)
            return self.derived[secret_key]

    return ClockedSigner
