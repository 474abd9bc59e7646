"""All URLs of the desk: whoever calls this has every view registered."""

from flask import Flask, g, request, url_for

from app.desk.desk import Desk
from app.preferences.staff import Agent, Right
from app.web.staff import (
    acts,
    data,
    guard,
    health,
    home,
    links,
    mirror,
    recipient,
    sessions,
    signin,
    trail,
)
from app.web.staff.seat import recipient_url

__all__ = [
    "acts",
    "data",
    "health",
    "home",
    "init_app",
    "links",
    "mirror",
    "recipient",
    "sessions",
    "signin",
    "trail",
]

PLACES = (
    ("Look up", "staff.home", Right.LOOK),
    ("Trail", "staff.trail", Right.TRAIL),
    ("Health", "staff.health", Right.HEALTH),
    ("Sessions", "staff.sessions", Right.SESSIONS),
)


def init_app(app: Flask, desk: Desk) -> None:
    app.extensions["desk"] = desk
    guard.init_app(app, desk.entrance)
    app.jinja_env.globals["desk_agent"] = _agent
    app.jinja_env.globals["desk_places"] = _places
    app.jinja_env.globals["recipient_url"] = recipient_url
    app.register_blueprint(guard.staff)


def _agent() -> Agent | None:
    found: Agent | None = g.get("agent")
    return found


def _places() -> list[tuple[str, str, bool]]:
    """Where whoever is signed in may go: a name, an address, whether it is here."""
    me = _agent()
    return [
        (name, url_for(endpoint), request.endpoint == endpoint)
        for name, endpoint, right in PLACES
        if me and me.may(right)
    ]
