"""Requests of data subjects: a copy of what we hold, and its erasure."""

import json
from http import HTTPStatus

from flask import (
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app.preferences.staff import Right
from app.web.staff import reasons, recipient
from app.web.staff.guard import needs, staff
from app.web.staff.seat import Seat, desk

SURE = "Nothing was erased: tick the box that says that you are sure."


@staff.post("/recipients/<handle>/export")
@needs(Right.DATA)
def export(handle: str) -> Response:
    seat = Seat.of(handle)
    if reasons.is_missing():
        return recipient.problem(seat, reasons.MISSING)
    found = desk().data.export(seat.agent, seat.recipient, reasons.given())
    text = json.dumps(found, ensure_ascii=False, indent=2)
    response = make_response(text)
    response.content_type = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="export.json"'
    return response


@staff.get("/recipients/<handle>/erase")
@needs(Right.DATA)
def ask_erase(handle: str) -> Response:
    return _ask(Seat.of(handle))


@staff.post("/recipients/<handle>/erase")
@needs(Right.DATA)
def erase(handle: str) -> BaseResponse:
    """Leads away from the recipient, whom nobody may be seen to look at after it."""
    seat = Seat.of(handle)
    if request.form.get("sure") != "1":
        return _ask(seat, SURE)
    if reasons.is_missing():
        return _ask(seat, reasons.MISSING)
    erased, waiting = desk().data.erase(seat.agent, seat.recipient, reasons.given())
    said = desk().handles.seal("erased", [erased, waiting])
    return redirect(url_for("staff.home", said=said), HTTPStatus.SEE_OTHER)


def _ask(seat: Seat, problem: str = "") -> Response:
    rules = desk().rules
    html = render_template("staff/erase.html", seat=seat, rules=rules, problem=problem)
    return make_response(html, HTTPStatus.UNPROCESSABLE_ENTITY if problem else 200)
