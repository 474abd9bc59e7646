"""The trail as a file, sent while it is read; that it was taken is written down."""

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.desk.exporting import exported
from app.preferences.staff import Right
from app.web.staff.filtering import Form, Unreadable
from app.web.staff.guard import agent, needs, staff
from app.web.staff.seat import desk

TYPES = {"csv": "text/csv", "json": "application/json"}


@staff.get("/trail.csv")
@needs(Right.EXPORT)
def trail_csv() -> BaseResponse:
    return _export("csv")


@staff.get("/trail.json")
@needs(Right.EXPORT)
def trail_json() -> BaseResponse:
    return _export("json")


def _export(kind: str) -> BaseResponse:
    """Only where the desk itself asks: it is written down as done by who is asked."""
    if is_from_elsewhere():
        html = render_template("staff/forbidden.html", right=None, problem="elsewhere")
        return make_response(html, HTTPStatus.FORBIDDEN)
    form = Form.of(request.args)
    try:
        asked = form.asked()
    except Unreadable:  # which the page says
        return redirect(url_for("staff.trail", **form.used), HTTPStatus.SEE_OTHER)
    is_head = request.method == "HEAD"
    parts = () if is_head else exported(desk().trail, agent(), asked, kind)
    encoded = (part.encode(errors="backslashreplace") for part in parts)
    response = Response(encoded, mimetype=TYPES[kind])
    day = datetime.fromtimestamp(desk().now(), UTC).date()
    name = f"trail-{day}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def is_from_elsewhere() -> bool:
    """Whether another site's page led here, and nobody of staff asked for it."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def files(form: Form) -> list[tuple[str, str]]:
    """The kinds of file that what is asked for can be taken as, and their addresses."""
    return [
        ("CSV", url_for("staff.trail_csv", **form.used)),
        ("JSON", url_for("staff.trail_json", **form.used)),
    ]
