"""Builds the app: the parts, and the web in front of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from app.gauges import reader
from app.ledger.answers import Answers
from app.parts import Outside, Parts, create_parts
from app.readiness import Readiness
from app.settings import Settings
from app.web import (
    assets,
    bodies,
    branding,
    errors,
    foot,
    hosts,
    i18n,
    limits,
    logs,
    metrics,
    security,
    templates,
)
from app.web.api import views as api
from app.web.health import health
from app.web.pages import faces, moments, urls

ROOT = Path(__file__).parent.parent
LARGEST_BODY = 64 * 1024
"""Bytes of a request's body; the largest form has a few thousand."""


class Synchronous(Flask):
    """None of our views or hooks is a coroutine, which Flask asks each time."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(
    settings: Settings, outside: Outside | None = None, parts: Parts | None = None
) -> Flask:
    """Expects the ledger's tables; see `app.ledger.schema.migrate`."""
    outside = outside or Outside()
    app = Synchronous("app", static_folder=None)
    templates.init_app(app, str(ROOT / "templates"), settings.templates)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # its redirect would repeat the token
    app.config["COMPRESS_MIMETYPES"] = ["text/html"]
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False  # nothing is stored
    app.config["COMPRESS_BR_LEVEL"] = 3  # half the time of 4, for 6 % more bytes
    app.config["COMPRESS_ZSTD_LEVEL"] = 9  # as small as brotli's 4, in less time
    _configure_templates(app)
    app.extensions["settings"] = settings
    parts = parts or create_parts(settings, outside)
    app.extensions["access"] = parts.access
    app.extensions["center"] = parts.center
    app.extensions["consent"] = parts.consent
    if settings.proxies:
        _believe_proxies(app, settings.proxies)
    _watch(app, settings, outside, parts)
    Compress(app)
    limits.init_app(app, settings.redis_url.get_secret_value())
    bodies.init_app(app)
    assets.init_app(app, ROOT / "static", settings.stylesheet)
    security.init_app(app, is_https=settings.public_url.startswith("https:"))
    branding.init_app(app, parts.branding)
    i18n.init_app(app, settings.default_language)
    foot.init_app(app)
    hosts.init_app(app, settings.frame_ancestors, settings.return_origins)
    errors.init_app(app)
    faces.init_app(app)
    moments.init_app(app)
    app.register_blueprint(health)
    urls.init_app(app)
    api.init_app(app)
    if settings.has_desk:
        _add_desk(app, settings, outside, parts)
    if settings.templates:
        templates.check(app, settings.templates)
    return app


def create_watch(settings: Settings, outside: Outside, parts: Parts) -> Flask:
    """What an operator asks of a process that serves nobody else."""
    app = Synchronous("app", static_folder=None)
    _watch(app, settings, outside, parts)
    app.register_blueprint(health)
    return app


def _watch(app: Flask, settings: Settings, outside: Outside, parts: Parts) -> None:
    """First of all: what comes last to an answer sees what is really sent."""
    readiness = Readiness(
        parts.reader.workspace,
        lambda: parts.sender.circuit.is_open,
        parts.database,
        parts.tally,
        settings.redis_url.get_secret_value(),
    )
    app.extensions["readiness"] = readiness
    kept = Answers(parts.database, outside.now)
    metrics.init_app(app, reader(parts.queue, kept, readiness.states), parts.tally)
    logs.init_app(app, parts.tracing, is_proxied=bool(settings.proxies))


def _add_desk(app: Flask, settings: Settings, outside: Outside, parts: Parts) -> None:
    """Its libraries take a while to read, which only who has a desk shall wait for."""
    from app.staffing import create_desk  # noqa: PLC0415
    from app.web.staff import urls as staff  # noqa: PLC0415

    staff.init_app(app, create_desk(settings, outside, parts))


def _believe_proxies(app: Flask, count: int) -> None:
    """Of what they add, only whose the request is: our own address is in settings."""
    fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=0, x_host=0)
    app.wsgi_app = fixed  # type: ignore[method-assign]


def _configure_templates(app: Flask) -> None:
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
