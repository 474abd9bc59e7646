"""What Courier knows of a person, and how much of it is shown before somebody asks.

A masked value is enough to know somebody by who is on the phone, and too little to be
of use to anybody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOTS = "•••"
"""In place of what is hidden, however long it is: a length would tell something."""

LAST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's profile; empty where Courier knows none. `more` are its other texts."""

    name: str = ""
    email: str = ""
    phone_number: str = ""
    locale: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        known = self.name, self.email, self.phone_number, self.locale, self.more
        return not any(known)


@dataclass(frozen=True, slots=True)
class Member:
    """A user of a tenant, with what is known of them as its member."""

    user_id: str
    email: str = ""
    phone_number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """A tenant's members; `is_whole` is false where there are more than were read."""

    members: tuple[Member, ...]
    is_whole: bool = True


def masked_name(name: str) -> str:
    """`A••• B•••`: the first letter of each word."""
    return " ".join(f"{word[0]}{DOTS}" for word in name.split())


def masked_email(address: str) -> str:
    """`a•••@example.com`; of what is no address, the first letter."""
    name, at, domain = address.rpartition("@")
    return f"{(name or domain)[:1]}{DOTS}{at}{domain if at else ''}" if address else ""


def masked_phone(number: str) -> str:
    """`+49•••01`: where it is from is nobody's secret, the middle is."""
    digits = [c for c in number if c.isdigit()]
    if not digits:
        return ""
    start = "+" if number.startswith("+") else ""
    head = "".join(digits[:2]) if len(digits) > LAST_DIGITS * 3 else ""
    return f"{start}{head}{DOTS}{''.join(digits[-LAST_DIGITS:])}"


def masked(text: str) -> str:
    """Of a field of which nobody knows what it is: nothing but that it is there."""
    return DOTS if text else ""


def phone(text: str) -> str:
    """`+` and digits, where it begins with a country's number; else its digits.

    Nothing where it has other characters than one writes in a phone number.
    """
    tight = "".join(
        c for c in text.strip().removeprefix("tel:") if c not in " \t-./()\u00a0"
    )
    if tight.startswith("00"):
        tight = f"+{tight[2:]}"
    digits = tight.removeprefix("+")
    return tight if digits.isascii() and digits.isdigit() else ""


def is_same_phone(one: str, other: str) -> bool:
    """Whether two numbers, as `phone` gives them, are one.

    One that was given without its country is compared from its end.
    """
    if not one or not other:
        return False
    if one.startswith("+") and other.startswith("+"):
        return one == other
    short, long = sorted((one.lstrip("+0"), other.lstrip("+0")), key=len)
    return len(short) >= SHORTEST_PHONE and long.endswith(short)


SHORTEST_PHONE = 7
"""Digits of a number, its country's not counted."""
