"""Tells clients, behind the browser's back, that somebody has left.

Reference: https://openid.net/specs/openid-connect-backchannel-1_0.html
"""

import httpx
from joserfc import jwt

from app.provider.memory import Memory, SignedIn, new_name

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATIENCE = 2.0
TOKEN_SECONDS = 120


def leave(
    memory: Memory, transport: httpx.BaseTransport | None, sid: str, sub: str
) -> None:
    """Ends sign-ins; a client that does not answer learns nothing."""
    with httpx.Client(timeout=PATIENCE, transport=transport, trust_env=False) as http:
        for gone in memory.leave(sid, sub):
            client = memory.clients[gone.client_id]
            try:
                http.post(client.logout_url, data={"logout_token": token(memory, gone)})
            except httpx.HTTPError:
                continue


def token(memory: Memory, gone: SignedIn) -> str:
    now = int(memory.now())
    header = {"alg": "RS256", "kid": memory.key.kid, "typ": "logout+jwt"}
    claims = {
        "iss": memory.issuer,
        "aud": gone.client_id,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": new_name(),
        "sub": gone.sub,
        "sid": gone.sid,
        "events": {EVENT: {}},
    }
    return jwt.encode(header, claims, memory.key, ["RS256"])
