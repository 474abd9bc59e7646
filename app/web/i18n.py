"""The language of a page: the browser's wish among those we have words for."""

from pathlib import Path

from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import Babel, get_locale, get_translations

TRANSLATIONS = Path(__file__).parent.parent / "translations"
SOURCE = "en"
"""The language the texts are written in."""


def init_app(app: Flask) -> None:
    babel = Babel()
    known = [SOURCE, *_translated()]

    def select() -> str | None:
        return request.accept_languages.best_match(known, SOURCE)

    babel.init_app(
        app,
        default_locale=SOURCE,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=select,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, count: _translations().ungettext(one, many, count),
        newstyle=False,  # which formats even texts without variables
    )
    app.jinja_env.globals["lang"] = lambda: language().replace("_", "-")
    app.jinja_env.globals["text_direction"] = _text_direction


def language() -> str:
    """The request's own, such as `en` or `pt_BR`; looked up once."""
    if "language" not in g:
        g.language = str(get_locale())
    return str(g.language)


def _translated() -> list[str]:
    """The languages that we have compiled words for."""
    return sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/*/*.mo"))


def _translations() -> NullTranslations:
    """The request's own, looked up once: a page asks for a hundred texts."""
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations  # type: ignore[no-any-return]


def _text_direction() -> str:
    locale = get_locale()
    return str(locale.text_direction) if locale else "ltr"
