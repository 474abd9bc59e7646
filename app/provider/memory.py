"""What the provider knows: people, clients, keys, codes, and who is signed in."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, scope_to_list
from joserfc.jwk import KeyParameters, KeySet, RSAKey

CODE_SECONDS = 60.0
KEYS = 2
"""The one that signs and the one before it, which still verifies."""


@dataclass(frozen=True, slots=True)
class Person:
    sub: str
    name: str
    email: str
    roles: tuple[str, ...]


PEOPLE = (
    Person("vera", "Vera Lindqvist", "vera@tidewell.example", ("viewer",)),
    Person("amir", "Amir Haddad", "amir@tidewell.example", ("agent",)),
    Person("ana", "Ana Ferreira", "ana@tidewell.example", ("admin",)),
)


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """An app that people sign in to; `base` is its address."""

    client_id: str
    secret: str = field(repr=False)
    base: str
    redirect_path: str = "/staff/callback"
    after_path: str = "/staff/signed-out"
    logout_path: str = "/staff/backchannel-logout"

    @property
    def logout_url(self) -> str:
        return f"{self.base}{self.logout_path}"

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": [f"{self.base}{self.after_path}"]}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return f"{self.base}{self.redirect_path}"

    def get_allowed_scope(self, scope: str) -> str:
        known = {"openid", "profile", "email"}
        return " ".join(s for s in scope_to_list(scope) or [] if s in known)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.get_default_redirect_uri()

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        is_known = method in ("client_secret_basic", "client_secret_post")
        return endpoint != "token" or is_known

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in of one person at one client, by the name that tokens call it."""

    sid: str
    sub: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was given out, and everything that it is bound to."""

    code: str = field(repr=False)
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    sid: str
    sub: str
    code_challenge: str
    code_challenge_method: str
    at: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.at)

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Memory:
    """`now` gives seconds since 1970."""

    def __init__(
        self,
        issuer: str,
        clients: tuple[Client, ...],
        people: tuple[Person, ...] = PEOPLE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.now = now
        self.clients = {client.client_id: client for client in clients}
        self.people = {person.sub: person for person in people}
        self.signed_in: dict[str, SignedIn] = {}
        self._codes: dict[str, Code] = {}
        self._lock = threading.Lock()
        self.keys = KeySet([_first_key()])

    @property
    def key(self) -> RSAKey:
        """The one that signs."""
        key = self.keys.keys[0]
        assert isinstance(key, RSAKey)  # noqa: S101  we made it
        return key

    def rotate(self) -> None:
        self.keys = KeySet([_key(), *self.keys.keys[: KEYS - 1]])

    def keep(self, code: Code) -> None:
        with self._lock:
            late = self.now() - CODE_SECONDS
            self._codes = {k: c for k, c in self._codes.items() if c.at > late}
            self._codes[code.code] = code
            self.signed_in[code.sid] = SignedIn(code.sid, code.sub, code.client_id)

    def take(self, code: str, client_id: str) -> Code | None:
        """Once, for the client that it was given to, and soon."""
        with self._lock:
            found = self._codes.get(code)
            if found is None or found.client_id != client_id:
                return None
            del self._codes[code]
        return found if found.at > self.now() - CODE_SECONDS else None

    def leave(self, sid: str = "", sub: str = "") -> list[SignedIn]:
        """Ends one sign-in, or all of a person; gives those that it ended."""
        with self._lock:
            gone = [s for s in self.signed_in.values() if sid == s.sid or sub == s.sub]
            for signed_in in gone:
                del self.signed_in[signed_in.sid]
        return gone


def new_name() -> str:
    return secrets.token_urlsafe(16)


@cache
def _first_key() -> RSAKey:
    """Each costs a noticeable moment, so that the first is made once."""
    return _key()


def _key() -> RSAKey:
    parameters: KeyParameters = {"use": "sig", "alg": "RS256", "kid": new_name()}
    return RSAKey.generate_key(2048, parameters)
