"""The language of a page, and the texts in it.

The address says it (`?lang=`), where the recipient or an embedding page chose it;
else the link, else the recipient's profile, else the browser, else the default. It
costs no cookie: every address of a page repeats what its own says.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import Babel, force_locale, get_locale, get_translations

TRANSLATIONS = Path(__file__).parent.parent / "translations"
SOURCE = "en"
"""The language the texts are written in."""

REGIONS = {"en": "en_GB"}
"""How dates and times are written where nobody says in which country."""

LONGEST = 35
"""Characters of a language tag, as BCP 47 has it."""

OF_REQUEST = ("language", "locale", "translations")
"""What is looked up once for a request."""

NOT_REPEATED = frozenset({"lang", "notice"})
OTHER_SCRIPTS = frozenset({("zh", "Hant")})
"""What somebody who reads a language of ours in another script cannot read."""


class Told(Protocol):
    """Something whose texts are translated, but for the workspace's own."""

    @property
    def own_words(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A language to switch to, in its own words; no address where it is spoken now."""

    tag: str
    name: str
    address: str


def init_app(app: Flask, default: str) -> None:
    fallback = code(default) or SOURCE
    workspace = default.replace("_", "-")

    def select() -> str:
        asked = code(request.args.get("lang", "")) or g.get("own_language")
        accepted = filter(None, map(code, request.accept_languages.values()))
        return asked or next(accepted, fallback)

    Babel().init_app(
        app,
        default_locale=SOURCE,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=select,
    )
    app.extensions["select_language"] = select
    app.extensions["fallback_language"] = fallback
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, count: _translations().ungettext(one, many, count),
        newstyle=False,  # which formats even texts without variables
    )
    app.jinja_env.globals["lang"] = tag
    app.jinja_env.globals["lang_of"] = lambda told, text="name": _lang_of(
        told, text, workspace
    )
    app.jinja_env.globals["text_direction"] = _text_direction


def speak(own: str) -> None:
    """Says what the link or the profile of whoever visits has; may be any tag."""
    g.own_language = code(own)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """All within is said as a recipient reads it, whatever this request speaks."""
    own = code(wanted) or str(current_app.extensions["fallback_language"])
    kept = {name: g.pop(name, None) for name in OF_REQUEST}
    try:
        with force_locale(own):
            g.language, g.locale = own, _regional(own, ())
            yield
    finally:
        for name, value in kept.items():
            g.pop(name, None)
            if value is not None:
                setattr(g, name, value)


def _own_of_request() -> Any:  # noqa: ANN401  whatever anybody has put there
    """What `g` stands for; a page asks a hundred times, and each use of `g` costs."""
    return g._get_current_object()  # noqa: SLF001  as werkzeug documents it


def language() -> str:
    """The request's own, such as `en` or `pt_BR`; looked up once."""
    here = _own_of_request()
    found: str | None = getattr(here, "language", None)
    if found is None:
        found = here.language = current_app.extensions["select_language"]()
    return found


def tag() -> str:
    """The same as HTML has it, such as `pt-BR`."""
    return language().replace("_", "-")


def locale() -> Locale:
    """The language as the visitor's country writes dates and times in it."""
    here = _own_of_request()
    found: Locale | None = getattr(here, "locale", None)
    if found is None:
        accepted = tuple(request.accept_languages.values())
        found = here.locale = _regional(language(), accepted)
    return found


@lru_cache(maxsize=1024)
def _regional(own: str, accepted: tuple[str, ...]) -> Locale:
    """The first country that the browser names together with the language."""
    for wanted in accepted:
        if code(wanted) == own:
            found = _parsed(wanted)
            if found and found.territory:
                return found
            break
    return Locale.parse(REGIONS.get(own, own))


def _lang_of(told: Told, text: str, workspace: str) -> str:
    """The tag of a text in the workspace's words, where the page speaks another."""
    is_own = text in told.own_words
    return workspace if is_own and workspace != tag() else ""


@lru_cache(maxsize=1024)
def code(wanted: str) -> str | None:
    """Ours for a tag, such as `pt_BR` for `pt`; None for one that we do not speak."""
    if not wanted or len(wanted) > LONGEST:
        return None
    found = _parsed(wanted)
    if found is None or (found.language, found.script) in OTHER_SCRIPTS:
        return None
    return _by_language().get(found.language)


def _parsed(wanted: str) -> Locale | None:
    """A tag, or what is left of it without extensions and variants (RFC 4647)."""
    subtags = wanted.replace("_", "-").split("-")
    for count in range(len(subtags), 0, -1):
        with suppress(ValueError, UnknownLocaleError):
            return Locale.parse("-".join(subtags[:count]), sep="-")
    return None


@cache
def codes() -> tuple[str, ...]:
    """The languages that we have words for."""
    found = (path.parent.parent.name for path in TRANSLATIONS.glob("*/*/*.mo"))
    return (SOURCE, *sorted(found))


@cache
def _by_language() -> dict[str, str]:
    return {known.partition("_")[0]: known for known in codes()}


@cache
def _named() -> tuple[tuple[str, str], ...]:
    """Tag and own name of each language, by name."""
    names = (
        (c.replace("_", "-"), Locale.parse(c).get_display_name(c)) for c in codes()
    )
    return tuple(
        sorted(
            ((t, (n or t)[:1].upper() + (n or t)[1:]) for t, n in names), key=_by_name
        )
    )


def _by_name(named: tuple[str, str]) -> str:
    return named[1].casefold()


def offers(here: str, spoken: str) -> list[Offer]:
    """Each language with the address of a page in it; none where it has none."""
    return [
        Offer(known, name, "" if known == spoken else f"{here}lang={known}")
        for known, name in _named()
        if here
    ]


def here() -> str:
    """The address of what is read, from where it is read, up to its language.

    Empty where it has none.
    """
    if request.method not in ("GET", "HEAD"):
        find: Callable[[], str] | None = g.get("own_page")
        return find() if find else ""
    pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in NOT_REPEATED]
    return f"?{urlencode(pairs)}{'&' if pairs else ''}"


def _translations() -> NullTranslations:
    """The request's own, looked up once: a page asks for a hundred texts."""
    here = _own_of_request()
    found: NullTranslations | None = getattr(here, "translations", None)
    if found is None:
        found = here.translations = get_translations()
    return found


def _text_direction() -> str:
    locale = get_locale()
    return str(locale.text_direction) if locale else "ltr"
