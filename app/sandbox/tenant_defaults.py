"""A tenant's default for one topic: set it, remove it.

What such a default means for a user is decided in `resolution`.
"""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import read_body
from app.sandbox.catalogue import find_topic
from app.sandbox.errors import not_found
from app.sandbox.tenants import known_tenant, read_default, save_tenant
from app.sandbox.vocabulary import Json

routes = Blueprint("tenant_defaults", __name__)

ITEM = "/tenants/<id:tenant_id>/default_preferences/items/<id:topic_id>"


@routes.put(ITEM)
def set_default(tenant_id: str, topic_id: str) -> ResponseReturnValue:
    tenant = known_tenant(tenant_id)
    item = read_default(read_body(), topic_id)
    if find_topic(topic_id) is None:
        raise not_found()
    _save(tenant, [*_others(tenant, topic_id), item])
    return "", HTTPStatus.NO_CONTENT


@routes.delete(ITEM)
def remove_default(tenant_id: str, topic_id: str) -> ResponseReturnValue:
    tenant = known_tenant(tenant_id)
    _save(tenant, _others(tenant, topic_id))
    return "", HTTPStatus.NO_CONTENT


def _others(tenant: Json, topic_id: str) -> list[Json]:
    items = (tenant.get("default_preferences") or {}).get("items") or []
    return [item for item in items if item["id"] != topic_id]


def _save(tenant: Json, items: list[Json]) -> None:
    save_tenant({**tenant, "default_preferences": {"items": items}})
