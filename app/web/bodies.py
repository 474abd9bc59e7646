"""A body that did not arrive whole is nobody's wish.

A phone that loses its connection cuts a form short, and what is left of it may
still be a form: with fewer channels, with fewer topics. It is refused unread.
A backend may send more than a form ever has; see `app.factory` for forms. So may a
mail program that unsubscribes: whatever it sends says the same. So may a colleague at
the desk with a customer's mail, but nobody else there: nothing is read of that before
it is known who sends it.
"""

from flask import Flask, request
from werkzeug.exceptions import BadRequest, HTTPException

from app.web import limits

LARGEST_OF_PROGRAMS = 1024 * 1024
"""Bytes of a request to the API; a thousand recipients have some 200,000."""

LARGEST_MAIL = 10 * 1024 * 1024
"""Bytes of a mail that a customer has handed to support, pictures included."""

AFTER_ADMISSION = "staff.lookup"
"""Whose body is left to the guard of the desk; see `require_mail`."""


def init_app(app: Flask) -> None:
    app.before_request(_require)


def require_mail() -> None:
    """For the guard to call, once it has admitted somebody who may send a mail."""
    if request.endpoint == AFTER_ADMISSION:
        request.max_content_length = LARGEST_MAIL
        _require_whole()


def _require() -> None:
    if request.endpoint == AFTER_ADMISSION:
        return
    if request.blueprint == "api" or limits.is_one_click():
        request.max_content_length = LARGEST_OF_PROGRAMS
    _require_whole()


def _require_whole() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    try:
        body = request.get_data(cache=True)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  each server has errors of its own for this
        raise BadRequest from None
    if request.content_length is not None and len(body) < request.content_length:
        raise BadRequest
