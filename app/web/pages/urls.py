"""All URLs of recipients: whoever calls this has every view registered.

The same views stand under a link to the preferences and under one for embedding.
"""

from flask import Flask

from app.links import Scope
from app.web.pages import (
    consent,
    embed,
    everywhere,
    front,
    history,
    passport,
    unsubscribe,
    views,
)
from app.web.pages.visit import BLUEPRINTS

__all__ = ["everywhere", "history", "init_app", "passport", "unsubscribe"]


def init_app(app: Flask) -> None:
    app.register_blueprint(front.pages)
    app.register_blueprint(consent.consent)
    for scope in (Scope.PREFERENCES, Scope.EMBED):
        prefix, name = f"{scope.path}<token>", BLUEPRINTS[scope]
        app.register_blueprint(views.own, url_prefix=prefix, name=name)
    embed.init_app(app)
