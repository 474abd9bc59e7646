"""One line of the trail: a choice, or an act of staff beside it.

Also what the desk counts: what was turned off day by day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from app.preferences.choice import Door, State
from app.preferences.model import Recipient
from app.preferences.rules import Effect
from app.preferences.staff import Kind


class Source(StrEnum):
    """Where a line is kept."""

    CHOICE = "choice"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is empty is not asked for. From `since` on, and before `until`, in seconds.

    What staff did that is no choice came through the door `staff`. An agent's is also
    what was chosen with a link that they had made and seen.
    """

    agent: str = ""
    user_id: str = ""
    topic_id: str = ""
    door: str = ""
    since: float | None = None
    until: float | None = None

    @property
    def told(self) -> str:
        """In words, for the trail itself; not whose it is, which has its own place."""
        since, until = _moment(self.since), _moment(self.until)
        said = {
            "agent": self.agent,
            "topic": self.topic_id,
            "door": self.door,
            "from": since,
            "until": until,
        }
        used = [f"{name} {value}" for name, value in said.items() if value]
        return ", ".join(used) or "everything"


def _moment(at: float | None) -> str:
    if at is None:
        return ""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Line:
    """`at` is in seconds since 1970. `kind` is an entry's; `effect` a choice's.

    `what` is the status and the channels that a choice asks for, or `reset`. What a
    newer version wrote and this one cannot read is None. `error` is what Courier said.
    `link_made_by` is who of staff had made the link by which a choice came.
    """

    at: float
    source: Source
    id: int
    kind: Kind | None = None
    door: Door | None = None
    actor: str | None = None
    recipient: Recipient | None = None
    topic_id: str | None = None
    topic_name: str = ""
    effect: Effect | None = None
    what: str = ""
    state: State | None = None
    reference: str | None = None
    reason: str | None = None
    basis: str | None = None
    link: str | None = None
    link_made_by: str | None = None
    detail: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class OffDay:
    """How often a topic was turned off on a day, UTC; the name is the last one."""

    topic_id: str
    topic_name: str
    day: date
    count: int
