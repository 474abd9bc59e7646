"""POST /api/links, POST /api/links/revoke and GET /api/openapi.json."""

import json
from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, Response, current_app, request
from pydantic_core import to_json

from app.access import Access
from app.preferences.model import Recipient
from app.web import limits
from app.web.api import problems
from app.web.api.description import describe
from app.web.api.keys import Keys
from app.web.api.minting import Minting
from app.web.api.models import LinksRequest, RevokeRequest
from app.web.api.problems import Problem
from app.web.api.reading import read
from app.web.letters import fresh

log: structlog.stdlib.BoundLogger = structlog.get_logger("api")

api = Blueprint("api", __name__, url_prefix="/api")
api.register_error_handler(Problem, problems.answer)

PATIENCE = "30"
"""Seconds after which a ledger that is down may be tried again."""


def init_app(app: Flask) -> None:
    settings = app.extensions["settings"]
    app.extensions["api_keys"] = Keys(settings.link_api_keys)
    app.extensions["openapi"] = json.dumps(describe(settings.public_url))
    app.register_blueprint(api)


@api.post("/links", provide_automatic_options=False)
def mint() -> Response:
    holder, minting = _holder(), Minting(_access())
    wanted = read(request, LinksRequest, minting.fits).recipients
    links = [minting.links(each) for each in wanted]
    log.info("links_minted", key=holder, recipients=len(links))
    return _json({"links": links})


@api.post("/links/revoke", provide_automatic_options=False)
def revoke() -> Response:
    holder, access = _holder(), _access()
    wanted = read(request, RevokeRequest, Minting(access).fits)
    user_ids = list(dict.fromkeys(wanted.user_ids))
    revoked = _revoke(access, user_ids)
    log.info("links_revoked", key=holder, users=len(revoked), of=len(user_ids))
    if len(revoked) < len(user_ids):
        raise _half_done(revoked, user_ids[len(revoked) :])
    return _json({"revoked": revoked})


@api.get("/openapi.json", provide_automatic_options=False)
def openapi() -> Response:
    text: str = current_app.extensions["openapi"]
    return Response(text, mimetype="application/json")


def _holder() -> str:
    """The name of the key, whose calls are counted."""
    keys: Keys = current_app.extensions["api_keys"]
    name = keys.holder(request)
    limits.count_call(name)
    return name


def _access() -> Access:
    access: Access = current_app.extensions["access"]
    return access


def _revoke(access: Access, user_ids: list[str]) -> list[str]:
    """Those that were, up to the first that was not: then the ledger is down."""
    revoked = access.revoke_all(user_ids)
    mails = [access.fresh_mail(Recipient(id_), None, fresh) for id_ in revoked]
    access.send_all(mails)
    return revoked


def _half_done(revoked: list[str], others: list[str]) -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The ledger cannot be written, so not all links were revoked. "
        "Try again with those that were not.",
        {"Retry-After": PATIENCE},
        revoked=revoked,
        not_revoked=others,
    )


def _json(value: object) -> Response:
    """By pydantic's writer, which takes a tenth of the time for a thousand links."""
    return Response(to_json(value), mimetype="application/json")
