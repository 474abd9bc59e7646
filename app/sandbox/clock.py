"""How Courier writes moments: ISO 8601 in UTC, or milliseconds since 1970.

The moment itself always comes from the clock that the sandbox was given.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the clock that is passed in


def iso(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def parse_moment(text: str) -> datetime:
    """A date-time, or a date read as the start of that day in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
