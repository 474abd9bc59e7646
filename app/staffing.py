"""Builds the support desk, where the settings say that there is one."""

from collections.abc import Mapping
from functools import partial

from app.courier.cache import StaleCache, in_background
from app.desk.acting import Acting
from app.desk.data import Data
from app.desk.desk import Desk, Rules
from app.desk.entrance import Entrance
from app.desk.handles import Handles
from app.desk.health import Health
from app.desk.linking import Linking
from app.desk.lookup import LookUp
from app.desk.picture import Pictures, Templates
from app.desk.watching import Watching
from app.directory import Directory
from app.extras import Extras
from app.ledger.answers import Answers
from app.ledger.figures import Figures
from app.ledger.sessions import Sessions
from app.linkreport import Reports
from app.oidc.provider import Provider
from app.parts import Outside, Parts, create_links
from app.preferences.message import Template
from app.settings import Settings
from app.signing import Signing

MINUTE, HOUR = 60.0, 60 * 60.0
Names = Extras[None, Mapping[str, str]]


def create_desk(settings: Settings, outside: Outside, parts: Parts) -> Desk:
    sessions = Sessions(
        parts.database,
        outside.now,
        settings.staff_idle_minutes * MINUTE,
        settings.staff_session_hours * HOUR,
    )
    watching = Watching(parts.trail, outside.now, settings.staff_lookups_per_hour)
    templates, names = _create_templates(outside, parts), _create_names(outside, parts)
    pictures = _create_pictures(parts, templates)
    spawn = outside.spawn or in_background
    return Desk(
        Handles(Signing(settings.keys, outside.now)),
        watching,
        _create_lookup(settings, outside, parts, names),
        pictures,
        Acting(parts.center, parts.ledger, parts.trail, parts.consent, outside.now),
        Linking(parts.access, pictures, watching, parts.trail),
        Data(parts.evidence, parts.trail, pictures, watching, parts.access.revoke_all),
        parts.trail,
        _create_health(outside, parts),
        _create_entrance(settings, outside, parts, sessions),
        sessions,
        Rules(
            settings.staff_legal_bases,
            settings.staff_confirm,
            settings.staff_reason_required,
        ),
        outside.now,
        lambda: spawn(partial(_warmed, names, templates)),
    )


def _create_templates(outside: Outside, parts: Parts) -> Templates:
    """What every template at Courier is called and is about, by id."""
    templates: StaleCache[None, Mapping[str, Template]] = StaleCache(
        lambda _: parts.people.templates(),
        monotonic=outside.monotonic,
        spawn=outside.spawn or in_background,
    )
    return Extras(templates, parts.sender.circuit, outside.monotonic)


def _create_pictures(parts: Parts, templates: Templates) -> Pictures:
    return Pictures(
        parts.reader,
        parts.center.history,
        parts.ledger,
        parts.center.tenants,
        parts.people,
        templates,
        parts.trail,
        parts.sender.circuit,
    )


def _create_lookup(
    settings: Settings, outside: Outside, parts: Parts, names: Names
) -> LookUp:
    key, url = settings.directory_key.get_secret_value(), settings.directory_url
    directory = Directory(url, key, outside.transport) if url else None
    links = create_links(settings, outside.now)
    reports = Reports(settings.keys, links, outside.now)
    return LookUp(
        reports, parts.ledger, parts.people, directory, lambda: names.get(None)
    )


def _create_names(outside: Outside, parts: Parts) -> Names:
    """What every tenant is called, by id."""
    spawn = outside.spawn or in_background
    names: StaleCache[None, Mapping[str, str]] = StaleCache(
        lambda _: parts.people.tenant_list(), monotonic=outside.monotonic, spawn=spawn
    )
    return Extras(names, parts.sender.circuit, outside.monotonic)


def _warmed(names: Names, templates: Templates) -> None:
    names.get(None)
    templates.get(None)


def _create_health(outside: Outside, parts: Parts) -> Health:
    return Health(
        parts.trail,
        parts.queue,
        Figures(parts.database, outside.now),
        Answers(parts.database, outside.now),
        outside.now,
        outside.monotonic,
    )


def _create_entrance(
    settings: Settings, outside: Outside, parts: Parts, sessions: Sessions
) -> Entrance:
    provider = Provider(settings, outside.oidc, outside.now, outside.monotonic)
    return Entrance(provider, sessions, parts.trail.note, settings.public_url)
