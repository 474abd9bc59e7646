"""A provider that says whatever a test wants, also what none should."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from flask import Flask, Response, request
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from app.oidc.provider import Provider
from app.settings import Settings
from tests.conftest import Clock
from tests.staff.signing import CLIENT, with_provider

ISSUER = "https://id.example"
NONCE = "the-nonce-of-this-sign-in"
REDIRECT = "https://desk.example/staff/callback"
EVENTS: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
ANY = JWSRegistry(algorithms=list(JWSRegistry.algorithms), strict_check_header=False)

RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
"""Published, as the others are not until a test does so."""

NEXT = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "three", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "four", "use": "sig"})


@dataclass
class Forger:
    clock: Clock
    published: list[Key] = field(default_factory=lambda: [RSA])
    metadata: dict[str, Any] = field(default_factory=dict)
    more_keys: list[Any] = field(default_factory=list)
    token: str = ""
    answer: Response | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    is_down: bool = False

    @property
    def transport(self) -> httpx.WSGITransport:
        app = Flask(__name__)
        app.before_request(self._watch)
        app.get("/.well-known/openid-configuration")(self._metadata)
        app.get("/jwks")(self._jwks)
        app.post("/token")(self._token)
        return httpx.WSGITransport(app)

    def provider(self, settings: Settings, **more: object) -> Provider:
        own = with_provider(settings, ISSUER, **more)
        return Provider(own, self.transport, self.clock, self.clock)

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    def claims(self, **changes: object) -> dict[str, Any]:
        """Good ones but for the changes; None leaves one out."""
        now = int(self.clock())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": CLIENT.client_id,
            "sub": "amir",
            "iat": now,
            "exp": now + 300,
            "nonce": NONCE,
            "name": "Amir Haddad",
            "email": "amir@tidewell.example",
            "email_verified": True,
            "roles": ["agent"],
        }
        return {k: v for k, v in {**claims, **changes}.items() if v is not None}

    def logout_claims(self, **changes: object) -> dict[str, Any]:
        plain = {"nonce": None, "name": None, "email": None, "roles": None}
        own = {"events": EVENTS, "jti": "first", "sid": "s-1"}
        return self.claims(**{**plain, **own, **changes})

    def _watch(self) -> Response | None:
        self.asked.append((request.path, dict(request.form)))
        return Response("away", 503) if self.is_down else None

    def _metadata(self) -> dict[str, Any]:
        said = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "end_session_endpoint": f"{ISSUER}/end?tenant=1",
        }
        return {k: v for k, v in {**said, **self.metadata}.items() if v is not None}

    def _jwks(self) -> dict[str, Any]:
        keys = [key.as_dict(private=False) for key in self.published]
        return {"keys": [*keys, *self.more_keys]}

    def _token(self) -> Response | dict[str, str]:
        if self.answer:
            return self.answer
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.token}


def sign(
    claims: dict[str, Any], key: Key = RSA, alg: str = "RS256", **header: object
) -> str:
    named = {"alg": alg, "kid": key.kid, **header}
    kept = {name: value for name, value in named.items() if value is not None}
    return jwt.encode(kept, claims, key, registry=ANY)
