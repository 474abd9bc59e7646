"""The provider by which staff sign in, as the desk sees it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from app.oidc import roles
from app.oidc.errors import AnswerRefused, ProviderDown, Reason
from app.oidc.http import Http
from app.oidc.metadata import Published
from app.oidc.tokens import SKEW, Tokens
from app.preferences.staff import Agent
from app.settings.staff import Staff

MOST_REMEMBERED = 10_000
"""Sign-outs that are remembered, so that none is told twice."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("oidc")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in. `sid` is the session's name at the provider, where it has one."""

    agent: Agent
    sid: str
    id_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Somebody, or one session of theirs, by the names that the provider has."""

    sub: str
    sid: str
    jti: str
    ends: float
    """When the news of it is too old to be believed, in seconds since 1970."""
    until: float
    """Sessions that began later, by our clock, are not meant."""


class Provider:
    """Raises `ProviderDown` and `AnswerRefused`, and nothing else.

    `now` gives seconds since 1970, `monotonic` seconds since whenever.
    """

    def __init__(
        self,
        settings: Staff,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._client_id = settings.oidc_client_id
        self._now = now
        self._http = Http(transport, monotonic)
        self._published = Published(settings.oidc_issuer or "", self._http, monotonic)
        self._tokens = Tokens(self._client_id, self._published)
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}

    @property
    def issuer(self) -> str:
        """As the provider writes it itself."""
        return self._published.metadata().issuer

    def start(self, state: str, nonce: str, challenge: str, redirect_uri: str) -> str:
        """Where to send a browser. `challenge` is the S256 of the verifier."""
        uri = prepare_grant_uri(
            self._published.metadata().authorize,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=" ".join(self._settings.oidc_scopes),
            state=state,
            nonce=nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        return str(uri)

    def check_sender(self, issuer: str | None) -> None:
        """Whether an answer by the browser is this provider's, as far as it says."""
        metadata = self._published.metadata()
        if issuer is None and not metadata.names_itself:
            return
        if issuer != metadata.issuer:
            raise AnswerRefused(Reason.TOKEN, "an answer of another issuer")

    def finish(
        self, code: str, verifier: str, nonce: str, redirect_uri: str
    ) -> Identity:
        """Redeems a code, and reads who the provider says it is."""
        token = self._redeem(code, verifier, redirect_uri)
        claims = self._tokens.identity(token, nonce, self._now())
        settings = self._settings
        agent = roles.agent(
            claims,
            settings.oidc_role_claim,
            settings.oidc_roles,
            trusts_email=settings.oidc_trust_email,
        )
        sid = claims.get("sid")
        return Identity(agent, sid if isinstance(sid, str) else "", token)

    def logout_url(self, id_token: str, after: str) -> str | None:
        """Where a browser ends the provider's own session; None where nowhere."""
        try:
            address = self._published.metadata().end_session
        except ProviderDown:
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": after}
        asked |= {"id_token_hint": id_token} if id_token else {}
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode(asked)}" if address else None

    def read_logout(self, token: str) -> SignedOut:
        """Whom the provider signed out; nobody twice, see `told`."""
        claims = self._tokens.logout(token, self._now())
        sub, sid = claims.get("sub", ""), claims.get("sid", "")
        ends, until = claims["exp"] + SKEW, max(claims["iat"], 0) + SKEW
        found = SignedOut(sub, sid, claims["jti"], ends, until)
        with self._lock:
            if found.jti in self._told:
                raise AnswerRefused(Reason.TOKEN, "a sign-out that was told before")
        return found

    def told(self, signed_out: SignedOut) -> None:
        """It was done: to this process it is no news any more, while it is valid."""
        now = self._now()
        with self._lock:
            self._told[signed_out.jti] = signed_out.ends
            while self._told:
                jti, ends = next(iter(self._told.items()))
                if ends >= now and len(self._told) <= MOST_REMEMBERED:
                    break
                del self._told[jti]

    def close(self) -> None:
        self._http.close()

    def _redeem(self, code: str, verifier: str, redirect_uri: str) -> str:
        metadata = self._published.metadata()
        secret = self._settings.oidc_client_secret.get_secret_value()
        auth = ClientAuth(self._client_id, secret, metadata.auth_method)
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        uri, headers, body = auth.prepare(
            "POST", metadata.token, kind, urlencode(asked)
        )
        status, said = self._http.post(uri, body, headers)
        if status != httpx.codes.OK:
            raise _refusal(said.get("error"))
        token = said.get("id_token")
        if not isinstance(token, str):
            raise AnswerRefused(Reason.TOKEN, "no ID token")
        return token


def _refusal(error: object) -> Exception:
    """Of a code somebody made up or used; all else is between it and our settings."""
    if error == "invalid_grant":
        return AnswerRefused(Reason.CODE)
    word = error if isinstance(error, str) else "nothing"
    log.error("provider_refuses_us", error=word[:100])
    return ProviderDown(f"it refuses our client: {word[:100]}")
