"""What the center answers: what is true now, what came of it, what stood in the way.

Values only. No fault of Courier's travels as an exception beyond the center.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.preferences.model import Catalog, Preference, Standing
from app.preferences.rules import Effect


class Trouble(StrEnum):
    """What stood in the way, in the recipient's terms."""

    UNAVAILABLE = "unavailable"
    UNCERTAIN = "uncertain"
    DENIED = "denied"
    NOT_ON_PLAN = "not_on_plan"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One topic as a page showed it; a form hands it back, so no GET is needed.

    Not fresh when it was drawn long ago, or in doubt of what became of an act.
    """

    topic_id: str
    name: str
    standing: Standing
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class Down:
    """The preferences cannot be shown; the catalog perhaps can."""

    trouble: Trouble
    catalog: Catalog | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`preference` is what is true now; no trouble and an effect means saved."""

    preference: Preference
    effect: Effect
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    done: tuple[Preference, ...]
    failed: tuple[Preference, ...] = ()
    trouble: Trouble | None = None
