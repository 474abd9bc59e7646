"""The tenants a user belongs to: list, join one or several, leave.

Whether a tenant exists is asked when a user joins, never when one leaves.
"""

import json
from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.paging import page_of, read_limit
from app.sandbox.tenants import association, known_tenant
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store

routes = Blueprint("memberships", __name__)


@routes.get("/users/<id:user_id>/tenants")
def list_user_tenants(user_id: str) -> ResponseReturnValue:
    rows = store().rows(
        "SELECT * FROM memberships WHERE user_id = ? ORDER BY tenant_id", user_id
    )
    page = page_of([association(dict(row)) for row in rows], read_limit())
    listing = page.listing(request.path, limit=request.args.get("limit"))
    return {"items": page.items, **listing}


@routes.put("/users/<id:user_id>/tenants")
def join_many(user_id: str) -> ResponseReturnValue:
    for body in read_body().objects("tenants"):
        _join(user_id, body.text("tenant_id"), body)
    return "", HTTPStatus.NO_CONTENT


@routes.put("/users/<id:user_id>/tenants/<id:tenant_id>")
def join_one(user_id: str, tenant_id: str) -> ResponseReturnValue:
    _join(user_id, tenant_id, read_body())
    return "", HTTPStatus.NO_CONTENT


@routes.delete("/users/<id:user_id>/tenants")
def leave_all(user_id: str) -> ResponseReturnValue:
    store().run("DELETE FROM memberships WHERE user_id = ?", user_id)
    return "", HTTPStatus.NO_CONTENT


@routes.delete("/users/<id:user_id>/tenants/<id:tenant_id>")
def leave_one(user_id: str, tenant_id: str) -> ResponseReturnValue:
    store().run(
        "DELETE FROM memberships WHERE user_id = ? AND tenant_id = ?",
        user_id,
        tenant_id,
    )
    return "", HTTPStatus.NO_CONTENT


def _join(user_id: str, tenant_id: str, body: Body) -> None:
    known_tenant(tenant_id)
    save_membership(user_id, tenant_id, body.mapping("profile") or {})


def save_membership(user_id: str, tenant_id: str, profile: Json) -> None:
    store().run(
        "INSERT OR REPLACE INTO memberships VALUES (?, ?, ?)",
        user_id,
        tenant_id,
        json.dumps(profile),
    )
