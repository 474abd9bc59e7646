"""The reason that staff give for what they do, where the settings ask for one."""

import unicodedata

from flask import request

from app.desk.acting import LONGEST
from app.web.staff.seat import desk

MISSING = "Nothing was done: give a reason or a ticket first."


def given() -> str:
    """The last one of the form that says anything; what cannot be seen says nothing."""
    texts = map(_seen, request.form.getlist("reason"))
    return next(filter(None, reversed(list(texts))), "")[:LONGEST]


def is_missing() -> bool:
    return desk().rules.needs_reason and not given()


def _seen(text: str) -> str:
    kept = (c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    return " ".join("".join(kept).split())
