"""Moments in words, as the visitor's language and country write them.

By a clock that is the same for all: nobody tells us where they are.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from flask import Flask

from app.web.i18n import locale


def init_app(app: Flask) -> None:
    app.jinja_env.globals["moment"] = in_words
    app.jinja_env.globals["day"] = day


def day(at: datetime) -> str:
    """Such as `22 November 2026`."""
    return _day(at.date(), locale())


@lru_cache(maxsize=4096)
def _day(date_: date, in_: Locale) -> str:
    """Every page tells two of few days."""
    return format_date(date_, "long", locale=in_)


def in_words(seconds: float) -> str:
    """Such as `22 November 2026, 03:21 UTC`."""
    at = datetime.fromtimestamp(seconds, UTC)
    clock = format_time(at, "short", locale=locale())
    joined = get_datetime_format("medium", locale=locale())
    return str(joined).format(f"{clock} UTC", day(at))
