"""The parts of a process, but for the web: built and wired here."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from app.access import Access
from app.acts import Acts
from app.branding import Branding
from app.center import Center
from app.choosing import Choosing
from app.consent import Book, Consent, Post
from app.courier.cache import STALE, StaleCache, in_background
from app.courier.client import Courier
from app.courier.http import BUDGET, Http
from app.courier.people import People
from app.courier.pool import Pool
from app.delivery import Delivery
from app.drift import Drift, drift
from app.everywhere import Everywhere
from app.extras import RETRY, Extras
from app.history import History
from app.ledger.answers import Answers
from app.ledger.database import Database
from app.ledger.evidence import Evidence
from app.ledger.ledger import Ledger
from app.ledger.queue import Queue
from app.ledger.revocations import Revocations
from app.ledger.trail import Trail
from app.links import DAY, Ages, Links
from app.preferences.brand import Brand
from app.preferences.model import Catalog
from app.profiles import Profiles
from app.reading import Reader
from app.sender import Sender
from app.settings import Settings
from app.tally import Tally
from app.tenants import Tenants
from app.tracing import NO_TRACING, Tracing
from app.unsubscribing import Unsubscribing
from app.web import letters
from app.workspace import Workspace

HOUR = 60 * 60.0


@dataclass(frozen=True)
class Outside:
    """What reaches beyond the process, so that tests can stand in for it."""

    transport: httpx.BaseTransport | None = None
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    budget: float = BUDGET
    sleep: Callable[[float], None] = time.sleep
    spawn: Callable[[Callable[[], None]], None] | None = field(default=None)
    oidc: httpx.BaseTransport | None = None
    """To the provider by which staff sign in; `transport` is to Courier."""


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
    consent: Consent
    people: People
    reader: Reader
    ledger: Ledger
    sender: Sender
    trail: Trail
    tally: Tally
    tracing: Tracing


def create_courier(settings: Settings, outside: Outside) -> Courier:
    return Courier(_create_http(settings, outside))


def create_asking(settings: Settings, outside: Outside) -> tuple[Courier, People]:
    """Both ways to ask Courier, over the connections that the first one closes."""
    http = _create_http(settings, outside)
    return Courier(http), People(http)


def _create_http(
    settings: Settings,
    outside: Outside,
    tally: Tally | None = None,
    tracing: Tracing = NO_TRACING,
) -> Http:
    headers = {
        "Authorization": f"Bearer {settings.courier_api_key.get_secret_value()}",
        "Accept": "application/json",
        "User-Agent": "courier-preference-center",
    }
    pool = Pool(settings.courier_base_url, headers, outside.transport)
    return Http(
        pool,
        budget=outside.budget,
        monotonic=outside.monotonic,
        tally=tally,
        tracing=tracing,
    )


def create_parts(settings: Settings, outside: Outside) -> Parts:
    tally = Tally(outside.now, outside.monotonic)
    tracing = _create_tracing(settings.otel_exporter_otlp_endpoint)
    http = _create_http(settings, outside, tally, tracing)
    courier = Courier(http)
    database = Database(settings.database_url.get_secret_value(), tally.failed)
    ledger = Ledger(database, outside.now)
    queue = Queue(database, outside.now)
    evidence = Evidence(database, outside.now)
    sender = Sender(courier, outside.monotonic)
    kept = Answers(database, outside.now)
    reader = _create_reader(courier, sender, ledger, kept, outside, tally)
    delivery = Delivery(ledger, queue, sender, reader, outside.monotonic, tally=tally)
    acts = Acts(ledger, delivery, reader, tally)
    history = History(reader, ledger, acts, outside.now)
    unsubscribing = Unsubscribing(reader, ledger, acts, delivery, outside.now)
    profiles = _create_profiles(courier, sender, settings, outside)
    center = Center(
        reader,
        ledger,
        delivery,
        acts,
        history,
        Choosing(reader, ledger, acts),
        unsubscribing,
        profiles,
        _create_tenants(courier, reader.workspace, sender, outside),
        Everywhere(reader, acts),
        database.can_write,
        lambda: [part.close() for part in (courier, database, tracing)],
    )
    revocations = Revocations(database, outside.now)
    access = _create_access(courier, revocations, settings, outside, tally)
    send, trail = courier.send, Trail(database, outside.now)
    post = Post(
        access.links, access.address, send, letters.to_confirm, profiles.language
    )
    return Parts(
        center,
        access,
        delivery,
        queue,
        database,
        evidence,
        lambda: drift(evidence.delivered(), reader, sender),
        _create_branding(courier, reader.workspace, sender, settings, outside, tally),
        Consent(reader, ledger, acts, post, Book(trail.note, trail.answers)),
        People(http),
        reader,
        ledger,
        sender,
        trail,
        tally,
        tracing,
    )


def _create_tracing(endpoint: str) -> Tracing:
    """What sends spans takes a while to read, for who wants it alone."""
    if not endpoint:
        return NO_TRACING
    from app.spans import Spans  # noqa: PLC0415

    return Spans(endpoint)


def create_links(settings: Settings, now: Callable[[], float] = time.time) -> Links:
    ages = Ages(settings.link_full_days * DAY, settings.embed_hours * HOUR)
    is_private = settings.link_privacy == "encrypted"
    return Links(settings.keys, now, ages, is_private=is_private)


def _create_access(
    courier: Courier,
    revocations: Revocations,
    settings: Settings,
    outside: Outside,
    tally: Tally,
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
        tally=tally,
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


def _create_reader(  # noqa: PLR0913, PLR0917  wired once
    courier: Courier,
    sender: Sender,
    ledger: Ledger,
    kept: Answers,
    outside: Outside,
    tally: Tally,
) -> Reader:
    spawn = outside.spawn or in_background
    monotonic = outside.monotonic
    catalogs: StaleCache[None, Catalog] = StaleCache(
        tally.fetching("catalog", lambda _: courier.catalog(kept)),
        monotonic=monotonic,
        spawn=spawn,
    )
    tenants = StaleCache(
        tally.fetching("tenants", courier.tenant), monotonic=monotonic, spawn=spawn
    )
    workspace = Workspace(sender, catalogs, tenants, lambda: courier.kept_catalog(kept))
    return Reader(courier, sender, ledger, workspace, outside.now, tally)


def _create_branding(  # noqa: PLR0913, PLR0917  wired once
    courier: Courier,
    workspace: Workspace,
    sender: Sender,
    settings: Settings,
    outside: Outside,
    tally: Tally,
) -> Branding:
    brands = StaleCache(
        tally.fetching("brands", courier.brand),
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
