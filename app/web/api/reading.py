"""Reads a body into a model, or raises a problem that tells all its faults at once."""

import json
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from app.web.api.models import Fits
from app.web.api.problems import Faulty, Problem

M = TypeVar("M", bound=BaseModel)

WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known",
    "string_type": "must be a string",
    "string_unicode": "must be text that can be encoded",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must not be . or ..",
    "list_type": "must be an array",
    "model_type": "must be an object",
}
"""Instead of pydantic's own, where ours are plainer."""


def read(request: Request, model: type[M], fits: Fits) -> M:
    if request.mimetype != "application/json":
        detail = "Send the body as application/json."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    value = _json(request.get_data())
    try:
        return model.model_validate(value, context=fits)
    except ValidationError as fault:
        raise Faulty(_faults(fault)) from None


def _json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        detail = "The body is not JSON in UTF-8."
        raise Problem(HTTPStatus.BAD_REQUEST, detail) from None


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(constant)


def _faults(found: ValidationError) -> list[tuple[str, str]]:
    errors = found.errors(include_input=False, include_url=False)
    return [(_pointer(e["loc"]), _words(e["type"], e["msg"])) for e in errors]


def _words(kind: str, message: str) -> str:
    return WORDS.get(kind) or message.removeprefix("Value error, ")


def _pointer(place: tuple[Any, ...]) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
    return "".join(f"/{step}" for step in steps)
