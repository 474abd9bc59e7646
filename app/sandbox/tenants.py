"""Tenants: list, read, create or replace, delete, and who belongs to one.

A tenant's defaults for single topics are in `tenant_defaults`; a user's list
of tenants is in `memberships`.
"""

import json
from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.errors import not_found
from app.sandbox.paging import page_of, read_limit
from app.sandbox.resolution import find_tenant
from app.sandbox.vocabulary import STATUSES, Json
from app.sandbox.workspace import store

routes = Blueprint("tenants", __name__)


@routes.get("/tenants")
def list_tenants() -> ResponseReturnValue:
    parent, limit = request.args.get("parent_tenant_id", ""), read_limit()
    rows = store().rows(
        "SELECT body FROM tenants WHERE ?1 = '' OR parent_id = ?1 ORDER BY id", parent
    )
    page = page_of([json.loads(row["body"]) for row in rows], limit)
    filters = {"parent_tenant_id": parent, "limit": request.args.get("limit")}
    return {"items": page.items, **page.listing("/tenants", **filters)}


@routes.get("/tenants/<id:tenant_id>")
def read_tenant(tenant_id: str) -> ResponseReturnValue:
    return known_tenant(tenant_id)


@routes.put("/tenants/<id:tenant_id>")
def replace_tenant(tenant_id: str) -> ResponseReturnValue:
    tenant = {"id": tenant_id, **_read(read_body())}
    save_tenant(tenant)
    return tenant


@routes.delete("/tenants/<id:tenant_id>")
def delete_tenant(tenant_id: str) -> ResponseReturnValue:
    known_tenant(tenant_id)
    store().run("DELETE FROM tenants WHERE id = ?", tenant_id)
    store().run("DELETE FROM memberships WHERE tenant_id = ?", tenant_id)
    return "", HTTPStatus.NO_CONTENT


@routes.get("/tenants/<id:tenant_id>/users")
def list_tenant_users(tenant_id: str) -> ResponseReturnValue:
    known_tenant(tenant_id)
    rows = store().rows(
        "SELECT * FROM memberships WHERE tenant_id = ? ORDER BY user_id", tenant_id
    )
    page = page_of([association(dict(row)) for row in rows], read_limit())
    listing = page.listing(request.path, limit=request.args.get("limit"))
    return {"items": page.items, **listing}


def association(row: Json) -> Json:
    return {
        "user_id": row["user_id"],
        "tenant_id": row["tenant_id"],
        "type": "user",
        "profile": json.loads(row["profile"]),
    }


def known_tenant(tenant_id: str) -> Json:
    tenant = find_tenant(tenant_id)
    if tenant is None:
        raise not_found()
    return tenant


def save_tenant(tenant: Json) -> None:
    store().run(
        "INSERT OR REPLACE INTO tenants VALUES (?, ?, ?)",
        tenant["id"],
        tenant.get("parent_tenant_id"),
        json.dumps(tenant),
    )


def _read(body: Body) -> Json:
    optional: Json = {
        "parent_tenant_id": body.optional_text("parent_tenant_id"),
        "brand_id": body.optional_text("brand_id"),
        "properties": body.mapping("properties"),
        "user_profile": body.mapping("user_profile"),
        "default_preferences": _read_defaults(body),
    }
    present = {name: value for name, value in optional.items() if value is not None}
    return {"name": body.text("name"), **present}


def _read_defaults(body: Body) -> Json | None:
    if body.value("default_preferences") is None:
        return None
    defaults = body.object("default_preferences")
    if defaults.value("items") is None:
        return {"items": []}
    return {"items": [read_default(item) for item in defaults.objects("items")]}


def read_default(body: Body, topic_id: str | None = None) -> Json:
    item: Json = {
        "id": topic_id or body.text("id"),
        "status": body.one_of("status", STATUSES),
    }
    optional = {
        "has_custom_routing": body.flag("has_custom_routing"),
        "custom_routing": body.channels("custom_routing"),
    }
    present = {name: value for name, value in optional.items() if value is not None}
    return {**item, **present}
