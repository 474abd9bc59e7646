"""Builds the parts and wires them; the one place that knows all of them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import jinja2
from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from app.access import Access
from app.acts import Acts
from app.branding import Branding
from app.center import Center
from app.choosing import Choosing
from app.courier.cache import STALE, StaleCache, in_background
from app.courier.client import Courier
from app.courier.http import BUDGET, Http
from app.courier.pool import Pool
from app.delivery import Delivery
from app.drift import Drift, drift
from app.everywhere import Everywhere
from app.extras import RETRY, Extras
from app.gauges import reader
from app.history import History
from app.ledger.answers import Answers
from app.ledger.database import Database
from app.ledger.evidence import Evidence
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue
from app.ledger.revocations import Revocations
from app.links import DAY, Ages, Links
from app.preferences.brand import Brand
from app.preferences.model import Catalog
from app.profiles import Profiles
from app.reading import Reader
from app.sender import Sender
from app.settings import Settings
from app.tenants import Tenants
from app.unsubscribing import Unsubscribing
from app.web import (
    assets,
    bodies,
    branding,
    errors,
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
from app.workspace import Workspace

ROOT = Path(__file__).parent.parent
HOUR = 60 * 60.0
LARGEST_BODY = 64 * 1024
"""Bytes of a request's body; the largest form has a few thousand."""


@dataclass(frozen=True)
class Outside:
    """What reaches beyond the process, so that tests can stand in for it."""

    transport: httpx.BaseTransport | None = None
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    budget: float = BUDGET
    sleep: Callable[[float], None] = time.sleep
    spawn: Callable[[Callable[[], None]], None] | None = field(default=None)


@dataclass(frozen=True)
class Parts:
    """What a process is made of, but for the web."""

    center: Center
    access: Access
    delivery: Delivery
    queue: Queue
    database: Database
    evidence: Evidence
    drift: Callable[[], Iterator[Drift]]
    branding: Branding


def create_app(
    settings: Settings, outside: Outside | None = None, parts: Parts | None = None
) -> Flask:
    """Expects the ledger's tables; see `app.ledger.schema.migrate`."""
    outside = outside or Outside()
    app = Flask("app", static_folder=None)
    templates.init_app(app, str(ROOT / "templates"), settings.templates)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # its redirect would repeat the token
    app.config["COMPRESS_MIMETYPES"] = ["text/html"]
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False  # nothing is stored
    app.config["COMPRESS_BR_LEVEL"] = 3  # half the time of 4, for 6 % more bytes
    _configure_templates(app)
    app.extensions["settings"] = settings
    parts = parts or create_parts(settings, outside)
    app.extensions["access"] = parts.access
    app.extensions["center"] = parts.center
    if settings.proxies:
        _believe_proxies(app, settings.proxies)
    Compress(app)
    metrics.init_app(app, reader(parts.queue, Answers(parts.database, outside.now)))
    logs.init_app(app)
    security.init_app(app, is_https=settings.public_url.startswith("https:"))
    limits.init_app(app, settings.redis_url.get_secret_value())
    bodies.init_app(app)
    assets.init_app(app, ROOT / "static", settings.stylesheet)
    branding.init_app(app, parts.branding)
    i18n.init_app(app, settings.default_language)
    hosts.init_app(app, settings.frame_ancestors, settings.return_origins)
    errors.init_app(app)
    faces.init_app(app)
    moments.init_app(app)
    app.register_blueprint(health)
    urls.init_app(app)
    api.init_app(app)
    if settings.templates:
        templates.check(app, settings.templates)
    return app


def create_courier(settings: Settings, outside: Outside) -> Courier:
    headers = {
        "Authorization": f"Bearer {settings.courier_api_key.get_secret_value()}",
        "Accept": "application/json",
        "User-Agent": "courier-preference-center",
    }
    pool = Pool(settings.courier_base_url, headers, outside.transport)
    return Courier(Http(pool, budget=outside.budget, monotonic=outside.monotonic))


def create_parts(settings: Settings, outside: Outside) -> Parts:
    courier = create_courier(settings, outside)
    database = Database(settings.database_url.get_secret_value())
    ledger = Ledger(database, outside.now)
    queue = Queue(database, outside.now)
    evidence = Evidence(database, outside.now)
    sender = Sender(courier, outside.monotonic)
    kept = Answers(database, outside.now)
    reader = _create_reader(courier, sender, ledger, kept, outside)
    delivery = Delivery(ledger, queue, sender, reader, outside.monotonic)

    def close() -> None:
        courier.close()
        database.close()

    acts = Acts(ledger, delivery, reader)
    history = History(reader, ledger, acts, outside.now)
    unsubscribing = Unsubscribing(reader, ledger, acts, delivery, outside.now)
    center = Center(
        reader,
        ledger,
        delivery,
        acts,
        history,
        Choosing(reader, ledger, acts),
        unsubscribing,
        _create_profiles(courier, sender, settings, outside),
        _create_tenants(courier, reader.workspace, sender, outside),
        Everywhere(reader, acts),
        database.can_write,
        close,
    )
    revocations = Revocations(database, outside.now)
    return Parts(
        center,
        _create_access(courier, revocations, settings, outside),
        delivery,
        queue,
        database,
        evidence,
        lambda: drift(evidence.delivered(), reader, sender),
        _create_branding(courier, reader.workspace, sender, settings, outside),
    )


def create_links(settings: Settings, now: Callable[[], float] = time.time) -> Links:
    ages = Ages(settings.link_full_days * DAY, settings.embed_hours * HOUR)
    is_private = settings.link_privacy == "encrypted"
    return Links(settings.keys, now, ages, is_private=is_private)


def _create_access(
    courier: Courier, revocations: Revocations, settings: Settings, outside: Outside
) -> Access:
    more = {"spawn": outside.spawn} if outside.spawn else {}
    return Access(
        create_links(settings, outside.now),
        revocations,
        courier,
        settings.public_url,
        settings.fresh_link_template,
        outside.now,
        sleep=outside.sleep,
        **more,
    )


def _create_profiles(
    courier: Courier, sender: Sender, settings: Settings, outside: Outside
) -> Profiles:
    if not settings.profile_language:
        return Profiles(None)
    spawn = outside.spawn or in_background
    locales = StaleCache(courier.locale, monotonic=outside.monotonic, spawn=spawn)
    return Profiles(Extras(locales, sender.circuit, outside.monotonic))


def _create_tenants(
    courier: Courier, workspace: Workspace, sender: Sender, outside: Outside
) -> Tenants:
    spawn = outside.spawn or in_background
    ids = StaleCache(courier.tenant_ids, monotonic=outside.monotonic, spawn=spawn)
    circuit, monotonic = sender.circuit, outside.monotonic
    known = Extras(workspace.tenants, circuit, monotonic)
    return Tenants(workspace, Extras(ids, circuit, monotonic), known)


def _create_reader(
    courier: Courier, sender: Sender, ledger: Ledger, kept: Answers, outside: Outside
) -> Reader:
    spawn = outside.spawn or in_background
    monotonic = outside.monotonic
    catalogs: StaleCache[None, Catalog] = StaleCache(
        lambda _: courier.catalog(kept), monotonic=monotonic, spawn=spawn
    )
    tenants = StaleCache(courier.tenant, monotonic=monotonic, spawn=spawn)
    workspace = Workspace(sender, catalogs, tenants, lambda: courier.kept_catalog(kept))
    return Reader(courier, sender, ledger, workspace, outside.now)


def _create_branding(
    courier: Courier,
    workspace: Workspace,
    sender: Sender,
    settings: Settings,
    outside: Outside,
) -> Branding:
    brands = StaleCache(
        courier.brand,
        monotonic=outside.monotonic,
        spawn=outside.spawn or in_background,
        current=STALE,
        retry=RETRY,
    )
    own = Brand(
        settings.product_name,
        settings.brand_color or None,
        settings.brand_logo or None,
        settings.brand_home or None,
        settings.brand_links,
    )
    told = Extras(brands, sender.circuit, outside.monotonic)
    return Branding(told, own, settings.brand_id, workspace.brand_id)


def _believe_proxies(app: Flask, count: int) -> None:
    """Of what they add, only whose the request is: our own address is in settings."""
    fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=0, x_host=0)
    app.wsgi_app = fixed  # type: ignore[method-assign]


def _configure_templates(app: Flask) -> None:
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
