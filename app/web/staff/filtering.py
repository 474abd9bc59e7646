"""What of the trail is asked for, as it was typed and as it is meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.preferences.choice import Door
from app.preferences.trail import Filter

FIELDS = ("agent", "recipient", "topic", "door", "since", "until")
LONGEST = 300
"""Characters of what is asked for; no id is longer."""


class Unreadable(Exception):
    """What is asked for cannot be: says why, to staff."""


@dataclass(frozen=True, slots=True)
class Form:
    """The filters as they were typed."""

    agent: str = ""
    recipient: str = ""
    topic: str = ""
    door: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Form":
        """Without what no database takes."""
        texts = (given.get(name, "")[:LONGEST] for name in FIELDS)
        return cls(*(text.replace("\0", "").strip() for text in texts))

    @property
    def used(self) -> dict[str, Any]:
        """For an address; nothing that is empty."""
        return {name: text for name in FIELDS if (text := getattr(self, name))}

    def asked(self) -> Filter:
        """Raises `Unreadable`."""
        if self.door and self.door not in {door.value for door in Door}:
            raise Unreadable(f"There is no door named “{self.door}”.")
        since, until = _moment(self.since), _moment(self.until)
        if since is not None and until is not None and since >= until:
            raise Unreadable("The time ends before it begins.")
        return Filter(
            self.agent, self.recipient, self.topic, self.door, since=since, until=until
        )


def _moment(text: str) -> float | None:
    """Seconds of a day, or of a day and a time, UTC if it does not say."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(), 0.0)
    except (ValueError, OverflowError):
        raise Unreadable(
            f"“{text}” is no moment. Write it as 2026-11-22T13:05."
        ) from None
