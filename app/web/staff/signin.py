"""Signing in by the provider, and out; here and there.

The browser that comes back must be the one that left: it has a cookie of ten minutes,
by which alone the rest is found. After it a session begins under a fresh secret, so
that no cookie from before is worth anything.
"""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.desk.entrance import Answer, NotAdmitted, Why
from app.web import limits
from app.web.staff.guard import (
    Public,
    cookie_name,
    entrance,
    local,
    public,
    session_secret,
    set_cookie,
    staff,
)

TEN_MINUTES = 600

STATUSES = {
    Why.DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    Why.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Why.OVER: HTTPStatus.BAD_REQUEST,
    Why.DENIED: HTTPStatus.FORBIDDEN,
    Why.ROLE: HTTPStatus.FORBIDDEN,
    Why.CLOCK: HTTPStatus.BAD_GATEWAY,
    Why.UNTRUSTED: HTTPStatus.BAD_GATEWAY,
}


@staff.get("/signin")
@public(Public.BROWSER)
def signin() -> BaseResponse:
    limits.count_sign_in()
    then = local(request.args.get("then", ""))
    try:
        begun = entrance().begin(then)
    except NotAdmitted as fault:
        return _failed(fault.why, then)
    response = redirect(begun.url, HTTPStatus.SEE_OTHER)
    set_cookie(response, "signin", begun.browser, max_age=TEN_MINUTES)
    return response


@staff.get("/callback")
@public(Public.BROWSER)
def callback() -> BaseResponse:
    limits.count_answer()
    browser = request.cookies.get(cookie_name("signin"), "")
    answer = Answer(
        state=request.args.get("state", ""),
        code=request.args.get("code", ""),
        error=request.args.get("error", ""),
        issuer=request.args.get("iss"),
    )
    try:
        entered = entrance().finish(browser, answer, session_secret())
    except NotAdmitted as fault:
        return _failed(fault.why)
    response = redirect(local(entered.then), HTTPStatus.SEE_OTHER)
    set_cookie(response, "signin", "", max_age=0)
    set_cookie(response, "staff", entered.secret)
    return response


@staff.post("/signout")
@public(Public.BROWSER)
def signout() -> BaseResponse:
    """Here at once. A page then leads on to the provider's: a form may lead nowhere
    but to us, also by a redirect.
    """
    try:
        onward = entrance().leave(session_secret())
    except NotAdmitted as fault:
        return _failed(fault.why)
    response = make_response(render_template("staff/signed_out.html", onward=onward))
    set_cookie(response, "staff", "", max_age=0)
    return response


@staff.get("/signed-out")
@public(Public.BROWSER)
def signed_out() -> str:
    """Where the provider leads back to."""
    return render_template("staff/signed_out.html", onward=None)


@staff.post("/backchannel-logout")
@public(Public.PROVIDER)
def backchannel_logout() -> BaseResponse:
    """The provider itself says who is signed out; what it signed is its proof."""
    limits.count_answer()
    try:
        entrance().signed_out(request.form.get("logout_token", ""))
    except NotAdmitted as fault:
        body = f'{{"error": "invalid_request", "error_description": "{fault.why}"}}'
        return Response(body, HTTPStatus.BAD_REQUEST, mimetype="application/json")
    return Response(status=HTTPStatus.OK)


def _failed(why: Why, then: str = "") -> Response:
    html = render_template("staff/signin_failed.html", why=why.value, then=then)
    return make_response(html, STATUSES[why])
