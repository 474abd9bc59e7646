"""The desk's parts, wired once."""

from collections.abc import Callable
from dataclasses import dataclass

from app.desk.acting import Acting
from app.desk.data import Data
from app.desk.entrance import Entrance
from app.desk.handles import Handles
from app.desk.health import Health
from app.desk.linking import Linking
from app.desk.lookup import LookUp
from app.desk.picture import Pictures
from app.desk.watching import Watching
from app.ledger.sessions import Sessions
from app.ledger.trail import Trail


@dataclass(frozen=True)
class Rules:
    """What the settings ask of staff.

    `bases` may entitle them to turn something on for somebody; `must_confirm`: the
    recipient does so first; `needs_reason`: every act has one.
    """

    bases: tuple[str, ...]
    must_confirm: bool
    needs_reason: bool


@dataclass(frozen=True)
class Desk:
    handles: Handles
    watching: Watching
    lookup: LookUp
    pictures: Pictures
    acting: Acting
    linking: Linking
    data: Data
    trail: Trail
    health: Health
    entrance: Entrance
    sessions: Sessions
    rules: Rules
    now: Callable[[], float]
    warm: Callable[[], None]
    """Asks for what every look-up needs, before anybody waits for it."""
