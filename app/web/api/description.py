"""The API in OpenAPI 3.1, from the very models that check what comes in.

Reference: https://spec.openapis.org/oas/v3.1.0
"""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.web.api import models
from app.web.api.problems import DETAILS, MEDIA_TYPE

Json = dict[str, Any]

REF = "#/components/schemas/{model}"
TAKEN = (models.LinksRequest, models.RevokeRequest)
GIVEN = (
    models.LinksAnswer,
    models.RevokeAnswer,
    models.Problem,
    models.RevokeProblem,
)

REASONS = {
    **DETAILS,
    400: "The body is not JSON in UTF-8, or did not arrive whole.",
    401: "No bearer key, or none of ours.",
    415: "The body is not sent as application/json.",
    422: "The body has faults; `errors` has all of them, each with a pointer.",
    503: "The ledger cannot be written; says who was revoked and who was not.",
}

HEADERS: dict[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "Asks for a bearer key."),
    405: ("Allow", "The methods that this address takes."),
    429: ("Retry-After", "Seconds after which to try again."),
    503: ("Retry-After", "Seconds after which to try again."),
}

MORE: dict[int, Json] = {
    422: {
        "errors": [{"pointer": "/recipients/3/user_id", "detail": "must not be empty"}]
    },
    503: {"revoked": ["user-ada"], "not_revoked": ["user-lin"]},
}
"""What these problems have besides, as an example."""

WRITING = (400, 401, 405, 413, 415, 422, 429, 500)
READING = (405, 429, 500)

LINKS_EXAMPLE: Json = {
    "links": [
        {
            "user_id": "user-ada",
            "tenant_id": None,
            "preferences_url": "https://preferences.example/p/eyJ1Ijoi…",
            "unsubscribe_url": "https://preferences.example/u/eyJ1Ijoi…",
            "headers": {
                "List-Unsubscribe": "<https://preferences.example/u/eyJ1Ijoi…>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        }
    ]
}


def describe(url: str) -> Json:
    """`url` is where the API is reached."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Courier Preference Center",
            "version": "1",
            "description": "Links for product backends; see docs/links.md.",
        },
        "servers": [{"url": url}],
        "paths": {
            "/api/links": {"post": _mint()},
            "/api/links/revoke": {"post": _revoke()},
            "/api/openapi.json": {"get": _openapi()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "One of LINK_API_KEYS, without its name.",
                }
            },
        },
    }


def _mint() -> Json:
    return {
        "operationId": "mintLinks",
        "summary": "Mint links for one recipient or many",
        "description": "Answers in the order of the recipients. Ids and a label that "
        "together are too long for a link are a fault, told at their recipient.",
        "security": [{"key": []}],
        "requestBody": _body(models.LinksRequest),
        "responses": {
            "200": _answer("The links.", models.LinksAnswer, LINKS_EXAMPLE),
            **_problems(*WRITING),
        },
    }


def _revoke() -> Json:
    example = {"revoked": ["user-ada", "user-lin"]}
    return {
        "operationId": "revokeLinks",
        "summary": "Take away all links of users, and mail each a fresh one",
        "description": "All links that were minted until now, but for those that only "
        "unsubscribe: they work for ever.",
        "security": [{"key": []}],
        "requestBody": _body(models.RevokeRequest),
        "responses": {
            "200": _answer("All were revoked.", models.RevokeAnswer, example),
            **_problems(*WRITING),
            "503": _problem(503, models.RevokeProblem),
        },
    }


def _openapi() -> Json:
    schema = {"type": "object", "required": ["openapi", "info", "paths"]}
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": "describeApi",
        "summary": "This description",
        "security": [],
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": content},
            **_problems(*READING),
        },
    }


def _schemas() -> Json:
    """What is taken as it is checked, what is given as it is written."""
    taken = [(model, "validation") for model in TAKEN]
    given = [(model, "serialization") for model in GIVEN]
    _, schema = models_json_schema([*taken, *given], ref_template=REF)  # type: ignore[list-item]
    return dict(schema["$defs"])


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": REF.format(model=model.__name__)}


def _body(model: type[BaseModel]) -> Json:
    return {"required": True, "content": {"application/json": {"schema": _ref(model)}}}


def _answer(words: str, model: type[BaseModel], example: Json) -> Json:
    content = {"schema": _ref(model), "example": example}
    return {"description": words, "content": {"application/json": content}}


def _problems(*statuses: int) -> Json:
    return {str(status): _problem(status, models.Problem) for status in statuses}


def _problem(status: int, model: type[BaseModel]) -> Json:
    example: Json = {"title": HTTPStatus(status).phrase, "status": status}
    example |= {"detail": REASONS[status], **MORE.get(status, {})}
    told: Json = {
        "description": REASONS[status],
        "content": {MEDIA_TYPE: {"schema": _ref(model), "example": example}},
    }
    if status in HEADERS:
        name, words = HEADERS[status]
        told["headers"] = {name: {"description": words, "schema": {"type": "string"}}}
    return told
