"""Pages that are nearly the same for many people, written once and kept.

Most recipients come by a link of the same day and have nothing waiting. Around the
forms of the topics their pages differ in the link's token and whose it is called; a
topic's form is the same for everybody who stands the same on it, but for addresses and
a seal. Both are written for nobody, with marks where those go, and kept; a page is
kept with what its policy allows. No text of anybody's can be a mark: each process
makes up its own.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple, cast
from urllib.parse import quote

from babel import Locale
from flask import current_app, g, request
from jinja2 import Environment
from markupsafe import Markup, escape

from app.links import Link, Power, Scope
from app.once import Once
from app.outcome import Shown
from app.preferences.brand import Brand
from app.preferences.model import Preference, Preferences, Recipient
from app.reading import SMALL
from app.web import security
from app.web.i18n import locale
from app.web.pages.faces import KEPT, anchor
from app.web.pages.forms import unsealed
from app.web.pages.rows import Row
from app.web.pages.visit import Visit

TOKEN, LABEL, FORM, CHOOSE, RESET, END, STATE = (
    f"{secrets.token_hex(8)}{letter}" for letter in "tlfcres"
)
"""The link's token, whose it is called, a form; in it how addresses begin and end,
and the seal."""

PAGES = 512
"""Pages kept without their forms, of some twenty kilobytes each."""

NOTHING = escape("")

States = Mapping[str, str]
"""The sealed standing of every topic, by its id and in the page's order."""

Form = Callable[[Preference], Markup]
Write = Callable[[Visit, Form], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a form depends on, beside the topic and how it stands."""

    environment: Environment
    locale: Locale
    is_weak: bool
    is_embedded: bool


class Told(NamedTuple):
    """What a plain page tells of the link that opened it."""

    scope: Scope
    power: Power
    minted_on: date
    full_until: date | None
    has_label: bool
    tenant_id: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Sort:
    """Of which sort a plain page is: all that it shows around the forms, but sections.

    `told` is of the link, only as exact as the page tells it.
    `on` of the topics are on, `locked` are. `groups`: how many topics a section has,
    and whether none, one or more are there to turn off.
    """

    environment: Environment
    locale: Locale
    brand: Brand
    tenant: str
    told: Told
    on: int
    locked: int
    groups: tuple[tuple[int, int], ...]


class Addresses(NamedTuple):
    """How a form's addresses begin and end."""

    choose: str
    reset: str
    end: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands before, between and after the forms; what the policy allows."""

    pieces: list[bytes]
    addresses: Addresses
    allowed: security.Policy


_kind = lru_cache(maxsize=256)(Kind)
_sort = lru_cache(maxsize=4096)(Sort)
_pages: Once[Kept] = Once(PAGES)


def is_plain(visit: Visit, shown: Shown) -> bool:
    """Whether a page has nothing to say but how its recipient stands."""
    return not (
        request.query_string
        or visit.is_embedded
        or visit.link.has_all_tenants
        or shown.waiting
        or shown.one_clicks
        or shown.seen_at
        or shown.preferences.total > SMALL
    )


def page(visit: Visit, shown: Shown, write: Write) -> bytes:
    """The HTML of a plain page; `write` writes one that is not kept yet."""
    preferences = shown.preferences
    sort, sections = _sort_of(visit, preferences), _sections_of(preferences)
    kept = _pages.made(lambda: _kept(visit, sort, write), sort, *sections)
    for directive, sources in kept.allowed.items():
        security.allow(directive, *sources)
    kind, stamp = _kind_of(visit), visit.stamp("topic")
    texts = [kept.pieces[0]]
    for preference, after in zip(preferences, kept.pieces[1:], strict=True):
        before_it, state, after_it = _cut(preference, kind, kept.addresses)
        if shown.restless:
            is_quiet = shown.is_quiet(preference.topic.id)
            state = unsealed(preference, is_quiet=is_quiet)
        texts += (before_it, stamp(state), after_it, after)
    html = b"".join(texts).replace(TOKEN.encode(), visit.token.encode())
    if visit.label:
        return html.replace(LABEL.encode(), escape(visit.label).encode())
    return html


def _sort_of(visit: Visit, preferences: Preferences) -> Sort:
    environment = current_app.jinja_env
    brand = cast("Callable[[], Brand]", environment.globals["brand"])
    return _sort(
        environment,
        locale(),
        brand(),
        visit.center.tenants.name(visit.recipient),
        _told_of(visit),
        preferences.on,
        preferences.locked,
        tuple(
            (len(group.preferences), min(len(group.can_turn_off), 2))
            for group in preferences.groups
        ),
    )


def _sections_of(preferences: Preferences) -> list[object]:
    """A page is told apart by them as objects: one from the catalog is the same as
    long as the catalog is, and one that was made for a page is nobody else's."""
    return [group.section for group in preferences.groups]


def _told_of(visit: Visit) -> Told:
    link, whose, until = visit.link, visit.recipient, visit.link.full_until
    return Told(
        link.scope,
        link.power,
        link.minted_at.date(),
        until.date() if until else None,
        bool(link.label),
        whose.tenant_id,
        whose.language,
    )


def _nobodys(told: Told) -> Link:
    return Link(
        Recipient("", told.tenant_id, told.language),
        LABEL if told.has_label else None,
        _midnight(told.minted_on),
        told.scope,
        power=told.power,
        full_until=_midnight(told.full_until) if told.full_until else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _kept(visit: Visit, sort: Sort, write: Write) -> Kept:
    link = _nobodys(sort.told)
    whose = link.recipient
    nobody = replace(visit, token=TOKEN, link=link, recipient=whose, beginnings={})
    (choose, end), (reset, _) = nobody.around("choose"), nobody.around("reset")
    before = g.pop("allowed", None)
    html = write(nobody, lambda _: escape(FORM))
    pieces = [piece.encode() for piece in html.split(FORM)]
    kept = Kept(pieces, Addresses(choose, reset, end), g.pop("allowed", {}))
    g.allowed = before or {}
    return kept


def forms(visit: Visit, rows: Mapping[str, Row], states: States) -> Form:
    """Each topic's form; `rows` are those of which something is said, by topic id.

    What `Markup` puts in is escaped.
    """
    kind = _kind_of(visit)
    (choose, end), (reset, _) = visit.around("choose"), visit.around("reset")

    def form(preference: Preference) -> Markup:
        row = rows.get(preference.topic.id)
        if row:
            return _form_of(row, kind)
        html = _form(preference, kind).replace(STATE, states[preference.topic.id])
        return html.replace(CHOOSE, choose).replace(RESET, reset).replace(END, end)

    return form


def groups(visit: Visit, preferences: Preferences, form: Form) -> Markup:
    """The sections with their topics' forms."""
    pairs = [(gr, NOTHING.join(map(form, gr.preferences))) for gr in preferences.groups]
    begin, end = visit.around("ask_off", "section_id")
    template = current_app.jinja_env.get_template("components/groups.html")
    macro = template.module.groups  # type: ignore[attr-defined]
    return cast("Markup", macro(pairs, lambda id_: begin + quote(id_) + end))


def _kind_of(visit: Visit) -> Kind:
    is_weak = not visit.link.is_full
    return _kind(current_app.jinja_env, locale(), is_weak, visit.is_embedded)


@lru_cache(maxsize=KEPT)
def _cut(
    preference: Preference, kind: Kind, addresses: Addresses
) -> tuple[bytes, bytes, bytes]:
    """What stands before the seal, what is to be sealed, and what stands after it."""
    html = str(_form(preference, kind)).replace(CHOOSE, addresses.choose)
    html = html.replace(RESET, addresses.reset).replace(END, addresses.end)
    before, _, after = html.partition(STATE)
    return before.encode(), unsealed(preference), after.encode()


@lru_cache(maxsize=KEPT)
def _form(preference: Preference, kind: Kind) -> Markup:
    """With marks, as it is for everybody who stands the same on the topic."""
    id_ = preference.topic.id
    may_reset = preference.standing.is_own and not kind.is_weak
    row = Row(
        anchor=anchor(id_),
        preference=preference,
        action=CHOOSE + quote(id_) + END,
        reset=RESET + quote(id_) + END if may_reset else "",
        state=STATE,
        note=None,
        again="",
        undo="",
        is_weak=kind.is_weak,
    )
    return _form_of(row, kind)


def _form_of(row: Row, kind: Kind) -> Markup:
    template = kind.environment.get_template("components/form.html")
    macro = template.module.form  # type: ignore[attr-defined]
    return cast("Markup", macro(row, kind.is_embedded))
