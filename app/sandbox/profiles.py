"""User profiles: free JSON by user id. There is no search.

A profile and a user's preferences do not depend on each other.
"""

import json
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.errors import invalid, not_found
from app.sandbox.parsing import MAX_DEPTH
from app.sandbox.vocabulary import Json
from app.sandbox.workspace import store, workspace

routes = Blueprint("profiles", __name__)

PROFILE = "/profiles/<id:user_id>"
OPERATIONS = ("add", "replace", "remove")


@routes.get(PROFILE)
def read_profile(user_id: str) -> ResponseReturnValue:
    profile = _find(user_id)
    if profile is None and workspace().switches.unknown_profile == "not_found":
        raise not_found()
    return {"profile": profile or {}}


@routes.post(PROFILE)
def merge_profile(user_id: str) -> ResponseReturnValue:
    save_profile(user_id, {**(_find(user_id) or {}), **_read(read_body())})
    return {"status": "SUCCESS"}


@routes.put(PROFILE)
def replace_profile(user_id: str) -> ResponseReturnValue:
    save_profile(user_id, _read(read_body()))
    return {"status": "SUCCESS"}


@routes.patch(PROFILE)
def patch_profile(user_id: str) -> ResponseReturnValue:
    profile = _find(user_id) or {}
    for operation in read_body().objects("patch"):
        _apply(profile, operation)
    save_profile(user_id, profile)
    return "", HTTPStatus.NO_CONTENT


@routes.delete(PROFILE)
def delete_profile(user_id: str) -> ResponseReturnValue:
    store().run("DELETE FROM profiles WHERE user_id = ?", user_id)
    return "", HTTPStatus.NO_CONTENT


def _read(body: Body) -> Json:
    return body.object("profile").fields


def _find(user_id: str) -> Json | None:
    row = store().row("SELECT body FROM profiles WHERE user_id = ?", user_id)
    return None if row is None else dict(json.loads(row["body"]))


def save_profile(user_id: str, profile: Json) -> None:
    body = json.dumps(profile)
    store().run("INSERT OR REPLACE INTO profiles VALUES (?, ?)", user_id, body)


def _apply(profile: Json, operation: Body) -> None:
    """One step of a JSON Patch (RFC 6902), for the keys of nested objects."""
    kind = operation.one_of("op", OPERATIONS)
    *parents, key = operation.text("path").lstrip("/").split("/")
    if len(parents) > MAX_DEPTH:
        raise invalid(f"{operation.where('path')} leads too deep.")
    holder = profile
    for parent in parents:
        holder = holder.setdefault(parent, {})
        if not isinstance(holder, dict):
            raise invalid(f"{operation.where('path')} does not lead to an object.")
    if kind == "remove":
        holder.pop(key, None)
    else:
        holder[key] = operation.value("value")
