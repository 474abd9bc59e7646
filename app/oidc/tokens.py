"""Reads what the provider signed, and believes only what is for us and for now.

References: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
"""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import GuestProtocol, KeySet
from joserfc.jws import JWSRegistry
from joserfc.registry import Header

from app.oidc.errors import AnswerRefused, Reason
from app.oidc.metadata import Published

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
"""Asymmetric ones only: who checks a signature must not be able to make it."""

SKEW = 120
"""Seconds by which the provider's clock and ours may differ."""

LONGEST_LOGOUT = 10 * 60.0
"""Seconds for which a sign-out is news where it does not say itself."""

DAY = 24 * 60 * 60.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
END_OF_TIME = 1e12
LONGEST_TEXT = 255

Claims = dict[str, Any]


class Strict(JWSRegistry):
    """Knows our algorithms and no other, whatever a token names."""

    max_header_length = 8192  # some carry their certificates along
    max_payload_length = 64 * 1024

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> Any:  # noqa: ANN401  the library's own models
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"{name!r} is not allowed")
        return self.algorithms[name]

    def check_header(self, header: Header) -> None:
        super().check_header(header)
        if "crit" in header:
            raise UnsupportedAlgorithmError("what is critical there is unknown")
        self.get_alg(header["alg"])  # before any key is looked for


STRICT = Strict()


class Tokens:
    def __init__(self, client_id: str, published: Published) -> None:
        self._client_id = client_id
        self._published = published

    def identity(self, token: str, nonce: str, now: float) -> Claims:
        """What an ID token claims; `nonce` is what the sign-in began with, not empty.

        Raises `AnswerRefused` or `ProviderDown`.
        """
        claims = self._signed(token)[1]
        self._check(claims, {"nonce": nonce}, now)
        _require_text(claims, "sub")
        return claims

    def logout(self, token: str, now: float) -> Claims:
        """What a logout token claims; each names a person, a session, or both."""
        header, claims = self._signed(token)
        if header.get("typ", "JWT").lower().removeprefix("application/") not in (
            "logout+jwt",
            "jwt",
        ):
            raise AnswerRefused(Reason.TOKEN, "not a logout token")
        _check_event(claims)
        until = _moment(claims.get("iat")) + LONGEST_LOGOUT
        self._check({"exp": until, "sub": "somebody"} | claims, {}, now)
        for name in ("sub", "sid"):
            if name in claims:
                _require_text(claims, name)
        _require_text(claims, "jti")
        return claims | {"exp": min(claims.get("exp", until), now + DAY)}

    def _signed(self, token: str) -> tuple[Header, Claims]:
        try:
            read = jwt.decode(token, self._keys, registry=STRICT)
        except (JoseError, ValueError, TypeError, RecursionError) as fault:
            raise AnswerRefused(Reason.TOKEN, type(fault).__name__) from None
        return read.header, read.claims

    def _keys(self, token: GuestProtocol) -> KeySet:
        return self._published.keys(token.headers().get("kid"))

    def _check(self, claims: Claims, params: dict[str, str], now: float) -> None:
        issuer = self._published.metadata().issuer
        options = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        read = CodeIDToken(
            claims, {}, options, {"client_id": self._client_id, **params}
        )
        try:
            read.validate(now=int(now), leeway=SKEW)
        except ClaimError as fault:
            raise AnswerRefused(_reason(fault), str(fault)) from None
        except (JoseError, ValueError, TypeError) as fault:
            raise AnswerRefused(Reason.TOKEN, type(fault).__name__) from None


def _reason(fault: ClaimError) -> Reason:
    if isinstance(fault, ExpiredTokenError) or fault.claim in ("iat", "nbf", "exp"):
        return Reason.CLOCK
    return Reason.NONCE if fault.claim == "nonce" else Reason.TOKEN


def _check_event(claims: Claims) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise AnswerRefused(Reason.TOKEN, "no event of a sign-out")
    if "nonce" in claims:
        raise AnswerRefused(Reason.TOKEN, "a nonce, as only ID tokens have")
    if not (claims.get("sub") or claims.get("sid")):
        raise AnswerRefused(Reason.TOKEN, "nobody was named")


def _require_text(claims: Claims, name: str) -> None:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise AnswerRefused(Reason.TOKEN, f"{name} is not a text of sensible length")


def _moment(value: object) -> float:
    """Long ago for what is none."""
    if isinstance(value, int | float) and 0 <= value < END_OF_TIME:
        return float(value)
    return 0.0
