"""Who may come to the desk, and to which of its views.

A view says which right it needs, or it cannot be registered at all. A request that
may change something is first asked where it comes from, and only then whose it is.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import force_locale
from werkzeug.wrappers import Response as BaseResponse

from app.desk.entrance import Entrance, NotAdmitted, Session
from app.desk.errors import LedgerDown
from app.preferences.staff import Agent, Right
from app.web import bodies, htmx, i18n

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN = "/staff/signin"
ENDED_HTML = "staff/_ended.html"
HOME = "/staff/"
NEWS = "staff.news"
"""What an open page asks for by itself: nobody need be there."""

LONGEST = 1000
LOCAL = re.compile(
    r"(/staff(?:/[\w.~%:@!$'()*+,;=-]+)*/?)(\?[\w/.~%:@!$'()*+,;=&?-]*)?", re.ASCII
)
"""A page of the desk, and nothing that any browser reads as another place."""

DOORS = ("signin", "callback", "signout", "signed-out", "backchannel-logout")
"""Whoever came in there would begin again, or end at once."""

View = TypeVar("View", bound=Callable[..., Any])


class Public(StrEnum):
    """What needs no session. A provider comes from elsewhere, without a browser."""

    BROWSER = "browser"
    PROVIDER = "provider"


class Staff(Blueprint):
    """Takes no view that does not say who may use it, and guards them all."""

    def __init__(self, name: str, module: str, url_prefix: str) -> None:
        super().__init__(name, module, url_prefix=url_prefix)
        self.before_request(_admit)
        self.teardown_request(_fall_silent)
        self.register_error_handler(LedgerDown, busy)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,  # noqa: ANN401  Flask's own
    ) -> None:
        if need(view_func) is None:
            raise AssertionError(f"{rule} does not say who may use it: see `needs`")
        super().add_url_rule(
            rule, endpoint, view_func, provide_automatic_options, **options
        )


def init_app(app: Flask, entrance: Entrance) -> None:
    """To be called before the blueprint is registered."""
    app.extensions["entrance"] = entrance


def needs(right: Right) -> Callable[[View], View]:
    """Only who has this right gets to the view."""

    def guarded(view: View) -> View:
        @wraps(view)
        def ask(*args: Any, **values: Any) -> Any:  # noqa: ANN401  any view's
            return view(*args, **values) if agent().may(right) else forbidden(right)

        return cast("View", _marked(ask, right))

    return guarded


def public(who: Public) -> Callable[[View], View]:
    """Without a session: signing in, and what a provider tells us."""
    return lambda view: _marked(view, who)


def agent() -> Agent:
    """Whoever makes this request."""
    found: Agent = g.agent
    return found


def entrance() -> Entrance:
    found: Entrance = current_app.extensions["entrance"]
    return found


def cookie_name(name: str) -> str:
    """With a prefix that no other host can set, wherever browsers know of it."""
    return f"__Host-{name}" if entrance().is_https else name


def set_cookie(response: BaseResponse, name: str, value: str, **more: Any) -> None:  # noqa: ANN401
    response.set_cookie(
        cookie_name(name),
        value,
        secure=entrance().is_https,
        httponly=True,
        samesite="Lax",
        path="/",
        **more,
    )


def local(address: str) -> str:
    """The address itself where it is a page of the desk, else the desk's first."""
    found = LOCAL.fullmatch(address) if len(address) <= LONGEST else None
    is_page = found and found[1].removeprefix(HOME) not in DOORS
    return address if is_page and "/.." not in address else HOME


def session_secret() -> str:
    return request.cookies.get(cookie_name("staff"), "")


def forbidden(right: Right) -> Response:
    html = render_template("staff/forbidden.html", right=right, problem="right")
    if htmx.is_fragment():
        return htmx.problem("errors/_told.html", HTTPStatus.FORBIDDEN, text=NO_RIGHT)
    return make_response(html, HTTPStatus.FORBIDDEN)


NO_RIGHT = "Your role does not allow this. Nothing was changed."
NOT_OURS = "This did not come from a page of the desk. Nothing was changed."
BUSY = "The desk's database does not answer. Nothing was changed. Try again soon."


def _admit() -> BaseResponse | None:
    _speak_english()
    needed = need(current_app.view_functions[str(request.endpoint)])
    if needed is not Public.PROVIDER and not _is_from_here():
        return _problem("elsewhere", NOT_OURS, HTTPStatus.FORBIDDEN)
    if isinstance(needed, Public):
        return None
    try:
        session = entrance().find(session_secret(), is_use=request.endpoint != NEWS)
    except NotAdmitted as fault:
        return busy(fault)
    if session is None:
        return _told_meanwhile() if request.endpoint == NEWS else _sign_in()
    g.agent = session.agent
    g.session = session
    bodies.require_mail()
    return None


def session() -> Session:
    """The session of this request."""
    found: Session = g.session
    return found


def _is_from_here() -> bool:
    """As browsers say it; who says nothing at all is not believed."""
    if request.method in SAFE:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == entrance().origin


def _sign_in() -> BaseResponse:
    """A page that was asked for comes after the sign-in; an act is to be repeated.

    Whoever is in the middle of a page stays there, with what they have written.
    """
    if htmx.is_fragment():
        status, url = HTTPStatus.UNAUTHORIZED, _sign_in_url(_current())
        return htmx.problem(ENDED_HTML, status, url=url, is_act=True)
    if request.method in ("GET", "HEAD"):
        whole = request.full_path if request.query_string else request.path
        return redirect(_sign_in_url(whole), HTTPStatus.SEE_OTHER)
    return _problem("ended", "", HTTPStatus.UNAUTHORIZED)


def _told_meanwhile() -> Response:
    """Without another question in it: the page asks no more."""
    url = _sign_in_url(_current())
    return make_response(render_template(ENDED_HTML, url=url, is_act=False))


def _current() -> str:
    """The page from which htmx asks."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{current.path}?{current.query}" if current.query else current.path


def _sign_in_url(then: str) -> str:
    return f"{SIGN_IN}?then={quote(local(then), safe='/')}"


def busy(_fault: Exception) -> Response:
    """Where the database does not say who somebody is, or what they did."""
    return _problem("busy", BUSY, HTTPStatus.SERVICE_UNAVAILABLE)


def _problem(problem: str, text: str, status: int) -> Response:
    if htmx.is_fragment():
        return htmx.problem("errors/_told.html", status, text=text)
    html = render_template("staff/forbidden.html", right=None, problem=problem)
    return make_response(html, status)


def _speak_english() -> None:
    """The desk has one language, whatever the browser or the address asks for."""
    g.english = ExitStack()
    g.english.enter_context(force_locale(i18n.SOURCE))
    g.language = i18n.SOURCE


def _fall_silent(_fault: BaseException | None) -> None:
    english: ExitStack | None = g.pop("english", None)
    if english:
        english.close()


def need(view: Callable[..., Any] | None) -> Right | Public | None:
    found = getattr(view, "needs", None)
    return found if isinstance(found, Right | Public) else None


def _marked(view: Callable[..., Any], need: Right | Public) -> Any:  # noqa: ANN401
    view.needs = need  # type: ignore[attr-defined]
    return view


staff = Staff("staff", __name__, "/staff")
