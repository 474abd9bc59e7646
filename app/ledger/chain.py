"""The hash chain over the ledger, and the references that are read aloud.

Every entry has a commitment to its content, made with a salt of its own, and a hash
over the hash before it, its number and its commitment. Erasing a row takes content
and salt; number, commitment and hash stay, so the chain still holds, and without the
salt the commitment tells nobody anything.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence

BEGINNING = "0" * 64
"""The hash before the first entry."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U to misread or misspell."""

BITS = 30
SPREAD = 0x2545F491
"""Odd, so that multiplying by it modulo a power of two loses nothing."""


def new_salt() -> str:
    return secrets.token_hex(16)


def commitment(salt: str, content: Sequence[object]) -> str:
    text = json.dumps([salt, *content], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def link(before: str, number: int, commitment_: str) -> str:
    """The hash of one entry, given the hash before it."""
    return hashlib.sha256(f"{before}:{number}:{commitment_}".encode()).hexdigest()


def digest(numbers: Sequence[int]) -> str:
    """Stands for exactly these entries, whatever their order."""
    text = ",".join(str(number) for number in sorted(numbers))
    return hashlib.sha256(text.encode()).hexdigest()


def reference(number: int) -> str:
    """The n-th entry's short name, such as `7F3K-22`.

    Different for every number; neighbours look different, so that a slip of the
    tongue does not name somebody else's. Longer ones begin after a billion entries.
    """
    high, low = divmod(number, 1 << BITS)
    mixed = low * SPREAD % (1 << BITS)
    mixed = (mixed ^ (mixed >> (BITS // 2))) * SPREAD % (1 << BITS)
    text = "".join(ALPHABET[mixed >> shift & 31] for shift in range(BITS - 5, -1, -5))
    prefix = f"{high}-" if high else ""
    return f"{prefix}{text[:4]}-{text[4:]}"
