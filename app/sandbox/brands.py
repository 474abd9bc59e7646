"""Brands: list and read. They are made in the seed.

Which brand is the workspace's default cannot be told from Courier's answer.
"""

import json

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.errors import not_found
from app.sandbox.paging import DEFAULT_LIMIT, page_of
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store

routes = Blueprint("brands", __name__)


@routes.get("/brands")
def list_brands() -> ResponseReturnValue:
    rows = store().rows("SELECT body FROM brands ORDER BY place")
    page = page_of([json.loads(row["body"]) for row in rows], DEFAULT_LIMIT)
    return {"results": page.items, "paging": page.paging()}


@routes.get("/brands/<id:brand_id>")
def read_brand(brand_id: str) -> ResponseReturnValue:
    row = store().row("SELECT body FROM brands WHERE id = ?", brand_id)
    if row is None:
        raise not_found()
    return dict(json.loads(row["body"]))


def save_brand(brand: Json) -> None:
    body = json.dumps(brand)
    store().run("INSERT INTO brands (id, body) VALUES (?, ?)", brand["id"], body)
