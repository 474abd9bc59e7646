"""Client tokens: signed with the API key, good for one user's preferences.

`auth` decides where such a token is accepted; here it is only made and read.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import read_body
from app.sandbox.errors import invalid
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import new_id, workspace

routes = Blueprint("tokens", __name__)

PARTS = 3
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
    "w": 604800,
    "week": 604800,
    "y": 31557600,
    "yr": 31557600,
    "year": 31557600,
}


@routes.post("/auth/issue-token")
def issue_token() -> ResponseReturnValue:
    body = read_body()
    scope, now = body.text("scope"), workspace().clock()
    expires = _expiry(now, body.text("expires_in"))
    claims: Json = {
        "scope": scope,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
        "jti": new_id(""),
    }
    return {"token": sign(claims, workspace().api_key)}, HTTPStatus.OK


def sign(claims: Json, key: str) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    signed = f"{_encode(header)}.{_encode(claims)}"
    return f"{signed}.{_signature(signed, key)}"


def read_scopes(token: str, key: str, now: datetime) -> set[str] | None:
    """The scopes of a token that is genuine and not expired, else None."""
    parts = token.split(".")
    if len(parts) != PARTS:
        return None
    signed, signature = f"{parts[0]}.{parts[1]}", parts[2]
    if not hmac.compare_digest(signature.encode(), _signature(signed, key).encode()):
        return None
    claims = _decode(parts[1])
    return None if claims["exp"] <= now.timestamp() else set(claims["scope"].split())


def _expiry(now: datetime, lifetime: str) -> datetime:
    try:
        return now + _duration(lifetime)
    except OverflowError as error:
        raise invalid("'expires_in' ends after the last year there is.") from error


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text.strip().lower())
    unit = match and (UNITS.get(match[2]) or UNITS.get(match[2].removesuffix("s")))
    if not match or not unit:
        raise invalid("'expires_in' must be a duration such as '2 hours' or '1d'.")
    return timedelta(seconds=float(match[1]) * unit)


def _encode(part: Json) -> str:
    text = json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _decode(part: str) -> Json:
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        return dict(json.loads(text))
    except (binascii.Error, ValueError) as error:
        raise invalid("The token cannot be read.") from error


def _signature(signed: str, key: str) -> str:
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
