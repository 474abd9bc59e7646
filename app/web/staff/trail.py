"""The trail of all acts: who did what to whom, when, through which door."""

from http import HTTPStatus

from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from app.preferences.staff import Right
from app.web.staff import exporting, trailwords
from app.web.staff.filtering import Form, Unreadable
from app.web.staff.guard import agent, needs, staff
from app.web.staff.seat import desk


@staff.get("/trail")
@needs(Right.TRAIL)
def trail() -> Response:
    """A look, and written down as one; who was led here from elsewhere asks first."""
    form, before = Form.of(request.args), request.args.get("before")
    try:
        asked = form.asked()
    except Unreadable as fault:
        return _page(form, HTTPStatus.BAD_REQUEST, problem=str(fault))
    if request.method == "HEAD" or exporting.is_from_elsewhere():
        return _page(form, HTTPStatus.OK, is_unread=True)
    try:
        lines, place = desk().trail.page(asked, before)
    except ValueError:
        raise BadRequest from None
    desk().watching.read(agent(), asked, before or "")
    told = [trailwords.told(line) for line in lines]
    older = url_for("staff.trail", **form.used, before=place) if place else ""
    return _page(form, HTTPStatus.OK, lines=told, older=older, is_first=not before)


def _page(form: Form, status: int, **more: object) -> Response:
    given: dict[str, object] = {
        "lines": [],
        "is_unread": False,
        "older": "",
        "problem": "",
        "is_first": True,
    }
    given |= more
    html = render_template(
        "staff/trail.html",
        form=form,
        doors=[(door.value, words) for door, words in trailwords.DOORS.items()],
        files=exporting.files(form) if agent().may(Right.EXPORT) else (),
        newest=url_for("staff.trail", **form.used),
        **given,
    )
    return make_response(html, status)
