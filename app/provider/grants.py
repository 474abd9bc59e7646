"""Authlib's authorization server, told what we know: codes with PKCE, ID tokens."""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from app.provider.memory import Client, Code, Memory, Person, new_name

TOKEN_SECONDS = 5 * 60


def create_server(app: Flask, memory: Memory) -> AuthorizationServer:
    server = AuthorizationServer(
        app, query_client=memory.clients.get, save_token=lambda *_: None
    )
    extensions = [OnlyS256(required=True), IdTokens(memory)]
    server.register_grant(_grant(memory), extensions)
    return server


def _grant(memory: Memory) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        """Codes are taken when they are shown, whatever comes of it."""

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            asked = request.payload.data
            memory.keep(
                Code(
                    code,
                    request.client.client_id,
                    request.payload.redirect_uri,
                    request.scope,
                    asked.get("nonce", ""),
                    new_name(),
                    request.user.sub,
                    asked["code_challenge"],
                    "S256",
                    memory.now(),
                )
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return memory.take(code, client.client_id)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            """It was taken already."""

        def authenticate_user(self, authorization_code: Code) -> Person | None:
            return memory.people.get(authorization_code.sub)

    return Grant


class OnlyS256(CodeChallenge):  # type: ignore[misc]
    """Requires a challenge, also of clients that have a secret."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401
        super().validate_code_challenge(grant, redirect_uri)
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or not asked.get("code_challenge_method"):
            raise InvalidRequestError("PKCE with S256 is required")


class IdTokens(OpenIDCode):  # type: ignore[misc]
    def __init__(self, memory: Memory) -> None:
        super().__init__(require_nonce=True)
        self._memory = memory

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:  # noqa: ARG002
        return False  # each code is good for one token, with the nonce it was asked by

    def resolve_client_private_key(self, client: Client) -> RSAKey:  # noqa: ARG002
        return self._memory.key

    def get_encode_header(self, client: Client) -> dict[str, Any]:  # noqa: ARG002
        return {"alg": "RS256", "kid": self._memory.key.kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(self._memory.now())
        return {
            "iss": self._memory.issuer,
            "aud": client.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }

    def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
        claims = dict(super().get_authorization_code_claims(authorization_code))
        return claims | {"sid": authorization_code.sid}

    def generate_user_info(self, user: Person, scope: str) -> UserInfo:  # noqa: ARG002
        return UserInfo(
            sub=user.sub,
            name=user.name,
            email=user.email,
            email_verified=True,
            roles=list(user.roles),
        )


class EndSession(EndSessionEndpoint):  # type: ignore[misc]
    """Ends what an ID token names, and leads back where the client may be led."""

    def __init__(self, server: AuthorizationServer, memory: Memory) -> None:
        super().__init__(server)
        self._memory = memory

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        """Also of a token that is old: who signs out late is welcome to."""
        try:
            keys = self._memory.keys
            return jwt.decode(id_token_hint, keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            raise InvalidRequestError("id_token_hint is not ours") from None

    def end_session(self, end_session_request: Any) -> None:  # noqa: ANN401
        """The pages see to it, which tell the clients as well."""
