"""A body that did not arrive whole is nobody's wish.

A phone that loses its connection cuts a form short, and what is left of it may
still be a form: with fewer channels, with fewer topics. It is refused unread.
A backend may send more than a form ever has; see `app.factory` for forms. So may a
mail program that unsubscribes: whatever it sends says the same.
"""

from flask import Flask, request
from werkzeug.exceptions import BadRequest, HTTPException

from app.web import limits

LARGEST_OF_PROGRAMS = 1024 * 1024
"""Bytes of a request to the API; a thousand recipients have some 200,000."""


def init_app(app: Flask) -> None:
    app.before_request(_require_whole)


def _require_whole() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.blueprint == "api" or limits.is_one_click():
        request.max_content_length = LARGEST_OF_PROGRAMS
    try:
        body = request.get_data(cache=True)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  each server has errors of its own for this
        raise BadRequest from None
    if request.content_length is not None and len(body) < request.content_length:
        raise BadRequest
