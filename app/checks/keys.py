"""Whether the keys that we sign and let in by are hard to guess.

Nobody can see whether a key was drawn by lot. What can be seen is whether it repeats
itself, counts up, is made of words that stand in examples, or is the demo's.
"""

import string
from collections.abc import Iterator
from math import log2

from app.checks.line import Line, bad, ok
from app.demo import KEY_FILE
from app.settings import Settings

ENOUGH = 90.0
"""Bits; 32 random hexadecimal digits have about 110 as they are counted here."""

PLACEHOLDERS = (
    "change", "example", "insecure", "password", "placeholder", "replace", "secret",
    "your-key", "yourkey", "sandbox-key",
)  # fmt: skip
MAKE_ONE = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


def check(settings: Settings) -> Line:
    found = list(_keys(settings))
    faults = [f"{name} {why}" for name, key in found if (why := weakness(key))]
    if faults:
        return bad("; ".join(faults), MAKE_ONE)
    least = min(bits(key) for _, key in found)
    return ok(f"{len(found)} of our own, the weakest of about {least:.0f} bits")


def weakness(key: str) -> str:
    """Why a key is weak; empty where nothing speaks against it."""
    if key == _demos():
        return "is the demo's"
    if any(word in key.lower() for word in PLACEHOLDERS):
        return "is made of words that everybody tries first"
    if bits(key) < ENOUGH:
        return "repeats itself or counts up, and is easy to guess"
    return ""


def bits(key: str) -> float:
    """What is left to guess of a key by who has seen how it goes on until there.

    A character is no surprise where the last three were there before, or where it
    continues a count such as `abc` or `aaa`.
    """
    surprises = sum(_surprises(key, place) for place in range(len(key)))
    return surprises * log2(max(len(set(key)), 2))


def _surprises(key: str, place: int) -> bool:
    if place < 2:  # noqa: PLR2004  a count needs two before it
        return True
    first, second, third = map(ord, key[place - 2 : place + 1])
    is_counted = third - second == second - first
    return not is_counted and key[place - 2 : place + 1] not in key[:place]


def _keys(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "SECRET_KEY", settings.secret_key.get_secret_value()
    for number, key in enumerate(settings.secret_key_fallbacks, 1):
        yield f"SECRET_KEY_FALLBACKS no. {number}", key.get_secret_value()
    for named in settings.link_api_keys:
        name, _, secret = named.get_secret_value().partition(":")
        yield f"LINK_API_KEYS {name}", secret


def _demos() -> str | None:
    """Of a demo that ran here, as far as we may read it."""
    try:
        return KEY_FILE.read_text("utf-8").strip(string.whitespace)
    except (OSError, UnicodeDecodeError):
        return None
