"""Links at the desk: mail one, look at one, take all away."""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from app.desk.errors import NotMailed
from app.preferences.letter import Letter
from app.preferences.staff import Right
from app.web import i18n, limits
from app.web.letters import fresh
from app.web.staff import reasons, recipient
from app.web.staff.guard import needs, staff
from app.web.staff.seat import Seat, desk

MAILED = "A fresh link is on its way to them by email."
NOT_MAILED = (
    "Courier did not take the mail, so no link was sent. Try again in a minute."
)
REVOKED = "Every link made until now is revoked; those that unsubscribe go on."
NOT_REVOKED = "Nothing was revoked: the database cannot be written just now."
TOO_OFTEN = "They were mailed three times in the last hour. Wait, or try again later."


@staff.post("/recipients/<handle>/links/mail")
@needs(Right.LINK)
def mail_link(handle: str) -> BaseResponse:
    seat = Seat.of(handle)
    if reasons.is_missing():
        return recipient.problem(seat, reasons.MISSING)
    if not limits.may_mail_user(seat.recipient.user_id):
        return recipient.problem(seat, TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    try:
        desk().linking.mail(seat.agent, seat.recipient, reasons.given(), _spoken)
    except NotMailed:
        return recipient.problem(seat, NOT_MAILED, HTTPStatus.SERVICE_UNAVAILABLE)
    return redirect(seat.url_after(MAILED), HTTPStatus.SEE_OTHER)


@staff.post("/recipients/<handle>/links/show")
@needs(Right.LINK)
def show_link(handle: str) -> Response:
    """Answered at once: an address that shows a link must not be kept anywhere."""
    seat = Seat.of(handle)
    if reasons.is_missing():
        return recipient.problem(seat, reasons.MISSING)
    address = desk().linking.show(seat.agent, seat.recipient, reasons.given())
    return recipient.page(seat, shown_link=address)


@staff.get("/recipients/<handle>/links/revoke")
@needs(Right.LINK)
def ask_revoke(handle: str) -> Response:
    html = render_template(
        "staff/revoke.html", seat=Seat.of(handle), rules=desk().rules
    )
    return make_response(html)


@staff.post("/recipients/<handle>/links/revoke")
@needs(Right.LINK)
def revoke_links(handle: str) -> BaseResponse:
    seat = Seat.of(handle)
    if reasons.is_missing():
        return recipient.problem(seat, reasons.MISSING)
    if not desk().linking.revoke(seat.agent, seat.recipient, reasons.given()):
        return recipient.problem(seat, NOT_REVOKED, HTTPStatus.SERVICE_UNAVAILABLE)
    return redirect(seat.url_after(REVOKED), HTTPStatus.SEE_OTHER)


def _spoken(address: str, language: str) -> Letter:
    """In the words of who gets it, and not of the desk."""
    with i18n.speaking(language):
        return fresh(address)
