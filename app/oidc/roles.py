"""Who a token says somebody is, and what they may do here."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from app.oidc.errors import AnswerRefused, Reason
from app.preferences.staff import Agent, Role

LONGEST = 200
NAMES = ("name", "preferred_username", "nickname")

Claims = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


def agent(
    claims: Claims, claim: str, pairs: Pairs, *, trusts_email: bool = False
) -> Agent:
    """Raises `AnswerRefused` where no role was given.

    Acts are recorded by the address, so nobody may just say that it is theirs: it
    counts where the provider has verified it, or is trusted without saying so.
    """
    email, said = _text(claims, "email"), claims.get("email_verified")
    is_theirs = said is True or (said is None and trusts_email)
    if "@" not in email or not is_theirs:
        email = ""
    names = (name for key in NAMES if (name := _text(claims, key)))
    name = next(names, email or claims["sub"])
    return Agent(claims["sub"], name, email, role(claims, claim, pairs))


def role(claims: Claims, claim: str, pairs: Pairs) -> Role:
    """The highest of those that the values of the claim stand for."""
    values = _values(_found(claims, claim))
    given = {role for role, value in pairs if value in values}
    for known in reversed(Role):
        if known.value in given:
            return known
    raise AnswerRefused(Reason.ROLE)


def _found(claims: Any, claim: str) -> object:  # noqa: ANN401  any JSON
    """`a.b` is that name, or `b` within `a`: names of claims may have dots."""
    if not isinstance(claims, dict):
        return None
    if claim in claims:
        return claims[claim]
    parts = claim.split(".")
    for count in range(1, len(parts)):
        within = claims.get(".".join(parts[:count]))
        found = _found(within, ".".join(parts[count:]))
        if found is not None:
            return found
    return None


def _values(found: object) -> frozenset[str]:
    several = found if isinstance(found, list) else [found]
    return frozenset(value for value in several if isinstance(value, str))


def _text(claims: Claims, key: str) -> str:
    """In one line and short, whatever the provider lets people call themselves."""
    value = claims.get(key)
    if not isinstance(value, str):
        return ""
    kept = (c if unicodedata.category(c)[0] not in "CZ" else " " for c in value)
    return " ".join("".join(kept).split())[:LONGEST]
