"""What can be done about a link itself: have a fresh one mailed, or switch it off.

A fresh link is answered the same whatever happens, and never shown.
"""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from app.access import LinkRevoked
from app.links import Scope
from app.web import htmx, letters, limits, metrics
from app.web.pages import embed
from app.web.pages.front import pages
from app.web.pages.visit import LinkWeak, Visit, scope_here
from app.web.pages.words import Note


@pages.post("/p/<token>/fresh", defaults={"scope": "preferences"})
@pages.post("/u/<token>/fresh", defaults={"scope": "unsubscribe"})
@pages.post("/c/<token>/fresh", defaults={"scope": "confirm"})
def send_fresh(token: str, scope: str) -> BaseResponse:
    visit = Visit.of_any(token, Scope(scope))
    _mail(visit)
    return redirect(visit.link_url("sent"), HTTPStatus.SEE_OTHER)


@pages.get("/p/<token>/sent", defaults={"scope": "preferences"})
@pages.get("/u/<token>/sent", defaults={"scope": "unsubscribe"})
@pages.get("/c/<token>/sent", defaults={"scope": "confirm"})
def sent(token: str, scope: str) -> str:
    visit = Visit.of_any(token, Scope(scope))
    return render_template("pages/sent.html", back=visit.url(visit.first))


@pages.get("/p/<token>/not-mine", defaults={"scope": "preferences"})
def ask_not_mine(token: str, scope: str) -> Response:
    return _not_mine(Visit.of(token, Scope(scope)))


@pages.post("/p/<token>/not-mine", defaults={"scope": "preferences"})
def not_mine(token: str, scope: str) -> Response:
    """Switches off this link and all older ones, and mails the owner a fresh one."""
    visit = Visit.of(token, Scope(scope))
    minted_at = visit.link.minted_at.timestamp()
    if not visit.access.revoke(visit.recipient.user_id, minted_at):
        text = gettext("We could not switch it off just now. Please try again.")
        return _not_mine(visit, Note(text, is_problem=True))
    _mail(visit)
    return _not_mine(visit, is_done=True)


def _mail(visit: Visit) -> None:
    metrics.fresh_link_asked()
    if limits.may_mail(visit.mark, visit.recipient.user_id):
        visit.access.send_fresh(visit.link, visit.recipient.language, letters.fresh)


def _not_mine(
    visit: Visit, note: Note | None = None, *, is_done: bool = False
) -> Response:
    html = render_template(
        "pages/not_mine.html", visit=visit, note=note, is_done=is_done
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE if note else HTTPStatus.OK
    return make_response(html, status)


@pages.app_errorhandler(LinkRevoked)
def revoked(fault: LinkRevoked) -> Response:
    if scope_here() is Scope.EMBED:
        return embed.expired(fault.link)
    scope = Scope.CONFIRM if scope_here() is Scope.CONFIRM else Scope.PREFERENCES
    visit = Visit.of_any(str((request.view_args or {})["token"]), scope)
    if htmx.is_fragment():
        text = gettext("This link was switched off. Nothing was changed.")
        return htmx.problem("errors/_told.html", HTTPStatus.GONE, text=text)
    return _stopped(visit, HTTPStatus.GONE)


@pages.app_errorhandler(LinkWeak)
def weak(fault: LinkWeak) -> Response:
    if htmx.is_fragment():
        text = gettext("This link is too old for that. Nothing was changed.")
        return htmx.problem("errors/_told.html", HTTPStatus.FORBIDDEN, text=text)
    return _stopped(fault.visit, HTTPStatus.FORBIDDEN)


def _stopped(visit: Visit, status: HTTPStatus) -> Response:
    is_revoked = status is HTTPStatus.GONE
    html = render_template("pages/stopped.html", visit=visit, is_revoked=is_revoked)
    return make_response(html, status)
