"""The bearer check, before anything else is looked at.

The API key opens everything; a client token opens the preferences of the
users it names, and brands, as far as its scopes go.
"""

import hmac
from http import HTTPStatus

from flask import Request

from app.sandbox.errors import CourierError
from app.sandbox.tokens import read_scopes
from app.sandbox.workspace import Workspace

OTHER_ENVIRONMENT = "sandbox-key-other-environment"


def check_bearer(request: Request, courier: Workspace) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise CourierError(HTTPStatus.UNAUTHORIZED, "Missing bearer token.")
    if hmac.compare_digest(key.encode(), courier.api_key.encode()):
        return
    if key == OTHER_ENVIRONMENT:
        raise CourierError(HTTPStatus.FORBIDDEN, "The key has no access to this.")
    scopes = read_scopes(key, courier.api_key, courier.clock())
    if scopes is None:
        raise CourierError(HTTPStatus.UNAUTHORIZED, "Invalid or expired key.")
    if not _is_within(scopes, request):
        raise CourierError(HTTPStatus.FORBIDDEN, "The token has no access to this.")


def _is_within(scopes: set[str], request: Request) -> bool:
    reads = request.method in {"GET", "HEAD"}
    blueprint = request.blueprint
    if blueprint in {"preferences", "bulk"}:
        user_id = (request.view_args or {}).get("user_id")
        scope = "read:preferences" if reads else "write:preferences"
        return {scope, f"user_id:{user_id}"} <= scopes
    if blueprint == "brands" and reads:
        brand_id = (request.view_args or {}).get("brand_id")
        return bool({"read:brands", f"read:brands:{brand_id}"} & scopes)
    return False
