"""A digest's schedule in words: how often, at what time, and by whose clock."""

from collections.abc import Iterable
from datetime import time

from babel.dates import format_time, get_day_names, get_timezone, get_timezone_location
from babel.lists import format_list
from babel.support import LazyProxy
from flask_babel import gettext, lazy_gettext

from app.preferences.model import Preference, Schedule
from app.web.i18n import locale

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AS_DIGEST = lazy_gettext("As a summary")
"""What is said of a schedule that we have no better words for."""

PLAIN: dict[str, LazyProxy] = {
    "instant": lazy_gettext("At once"),
    "daily": lazy_gettext("Every day"),
    "weekdays": lazy_gettext("Every weekday"),
    "weekly": lazy_gettext("Every week"),
    "monthly": lazy_gettext("Every month"),
}


def in_words(schedule: Schedule) -> str:
    when, at = _frequency(schedule), _clock(schedule.time)
    if at is None or schedule.frequency == "instant":
        return when
    return gettext(
        "%(when)s at %(time)s (%(zone)s)",
        when=when,
        time=format_time(at, "short", locale=locale()),
        zone=_zone(schedule.timezone),
    )


def in_force(preference: Preference) -> str:
    schedules = preference.topic.schedules
    chosen = [s for s in schedules if s.id == preference.schedule_id]
    return in_words(chosen[0]) if chosen else str(AS_DIGEST)


def listed(names: Iterable[str]) -> str:
    """Names as a list within a sentence."""
    return format_list(list(names), locale=locale())


def _frequency(schedule: Schedule) -> str:
    if schedule.days:
        return gettext("Every %(days)s", days=listed(map(_day, schedule.days)))
    if schedule.day_of_month:
        return gettext("On day %(day)d of every month", day=schedule.day_of_month)
    return str(PLAIN.get(schedule.frequency or "", AS_DIGEST))


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None


def _day(name: str) -> str:
    if name not in WEEK:
        return name
    return str(get_day_names(locale=locale())[WEEK.index(name)])


def _zone(name: str | None) -> str:
    """The city whose clock it is; a schedule without a zone goes by UTC."""
    if name in (None, "UTC", "Etc/UTC"):
        return gettext("UTC")
    try:
        zone = get_timezone(name)
    except LookupError:
        return str(name)
    city = get_timezone_location(zone, locale=locale(), return_city=True)
    return gettext("%(city)s time", city=city)
