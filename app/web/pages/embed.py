"""What a page within somebody else's needs beyond the page itself.

It may be framed by those the settings name, is read by scripts of no origin (an
iframe without `allow-same-origin` has none), and when its link has become too old it
says so in a way that its host can hear. A backend may print the page instead.
"""

from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote

from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    render_template,
    request,
)
from flask_babel import gettext

from app.access import Access
from app.links import Link, LinkExpired, Scope
from app.preferences.model import Recipient
from app.settings import Settings
from app.signing import LinkInvalid
from app.web import htmx, i18n, limits
from app.web.hosts import Origins
from app.web.pages import answers, carried
from app.web.pages.visit import BLUEPRINTS, Visit, allow_hosts

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Max-Age": "7200",
}
"""Anybody may ask: the address is the key, and nothing else opens anything here."""

PRINTED = f"{BLUEPRINTS[Scope.EMBED]}.fragment"


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.add_url_rule(f"{Scope.EMBED.path}<token>/fragment", PRINTED, fragment)
    app.after_request(_open_to_hosts)
    app.register_error_handler(LinkExpired, lambda fault: expired(fault.link))
    app.jinja_env.globals.update(
        layout=_layout,
        color_scheme=carried.theme,
        background=carried.background,
        framing=_framing,
        public_url=settings.public_url,
    )


def fragment(token: str) -> Response:
    """The page for a backend to print into its own, with whole addresses."""
    settings: Settings = current_app.extensions["settings"]
    visit = Visit.of(token)
    repeated = {**visit.carried, **({"printed": "1"} if visit.return_to else {})}
    root = settings.public_url
    visit = replace(visit, carried=repeated, root=root, beginnings={})
    return answers.page(visit, visit.center.show(visit.recipient))


def expired(link: Link) -> Response:
    """The host is told and can hand in a fresh link; nothing is lost till then.

    What a form was sent with is on the page, to be sent again by the fresh link.
    """
    i18n.speak(link.recipient.language)
    if htmx.is_fragment():
        text = gettext(
            "This page was open for too long, so it was not saved yet. "
            "Load the page again."
        )
        return htmx.problem("errors/_told.html", HTTPStatus.GONE, text=text)
    fields = [*request.form.items(multi=True)] if request.method == "POST" else None
    address = f"{quote(request.path)}?{request.query_string.decode(errors='replace')}"
    html = render_template("pages/expired.html", fields=fields, address=address)
    return make_response(html, HTTPStatus.GONE)


def _layout() -> str:
    if not _is_embedded():
        return "base.html"
    is_printed = request.endpoint == PRINTED
    return "embed/printed.html" if is_printed else "embed.html"


def _is_embedded() -> bool:
    """By the address, which even says so where nothing is found there."""
    return request.path.startswith(Scope.EMBED.path)


def _framing() -> Origins:
    """Who may embed this answer, be it that something went wrong."""
    if "framing" not in g:
        allow_hosts(_recipient())
    framing: Origins = g.framing
    return framing


def _recipient() -> Recipient | None:
    """Whose link it is, old or switched off as it may be; None where it is damaged."""
    access: Access = current_app.extensions["access"]
    with suppress(LinkInvalid):
        link = access.links.explain(Scope.EMBED, limits.target().token)
        wanted = request.args.get("tenant") if link.has_all_tenants else None
        return replace(link.recipient, tenant_id=wanted or link.recipient.tenant_id)
    return None


def _open_to_hosts(response: Response) -> Response:
    if _is_embedded():
        _framing()
        response.headers.extend(CORS)
    return response
