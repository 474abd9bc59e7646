"""Who works at the support desk, what each may do there, and what they did.

Roles come from the sign-in, see `app.oidc`; rights from the table here and nowhere
else. An entry is one act of staff; what changes a preference is a choice besides.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.preferences.model import Recipient


class Role(StrEnum):
    """From the least to the most."""

    VIEWER = "viewer"
    AGENT = "agent"
    ADMIN = "admin"


class Right(StrEnum):
    """What somebody may do at the desk."""

    LOOK = "look"
    REVEAL = "reveal"
    ACT = "act"
    LINK = "link"
    TRAIL = "trail"
    HEALTH = "health"
    RETRY = "retry"
    EXPORT = "export"
    DATA = "data"
    SESSIONS = "sessions"


OF_VIEWER = frozenset({Right.LOOK, Right.HEALTH})
OF_AGENT = OF_VIEWER | {Right.REVEAL, Right.ACT, Right.LINK, Right.TRAIL}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: OF_VIEWER,
    Role.AGENT: OF_AGENT,
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of staff. `subject` is theirs at the OpenID provider for ever."""

    subject: str
    name: str
    email: str
    role: Role

    @property
    def actor(self) -> str:
        """What the ledger and the trail call them."""
        return self.email or f"{self.name} ({self.subject})"

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


class Kind(StrEnum):
    """What staff did."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    LOOKED_UP = "looked_up"
    OPENED = "opened"
    REVEALED = "revealed"
    SAW_PAGE = "saw_page"
    ASKED = "asked_to_confirm"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    MAILED_LINK = "mailed_link"
    SHOWED_LINK = "showed_link"
    REVOKED_LINKS = "revoked_links"
    EXPORTED_DATA = "exported_data"
    ERASED_DATA = "erased_data"
    READ_TRAIL = "read_trail"
    EXPORTED_TRAIL = "exported_trail"
    RETRIED = "retried"
    LIMITED = "limited"
    ENDED_SESSION = "ended_session"
    FAILED = "failed"
    """What was begun, as its detail says, was not done after all."""


LOOKS = frozenset(
    {Kind.OPENED, Kind.REVEALED, Kind.SAW_PAGE, Kind.LOOKED_UP, Kind.READ_TRAIL}
)
"""What only looked and changed nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of staff. `at` is in seconds since 1970; `id` is 0 until it is kept.

    `link` is the mark of a link that was made, see `Trace.link`; `reference` that of
    the act it is about; `detail` a few words or a number more.
    """

    kind: Kind
    actor: str
    recipient: Recipient | None = None
    topic_id: str | None = None
    reference: str | None = None
    reason: str | None = None
    basis: str | None = None
    link: str | None = None
    detail: str | None = None
    at: float = 0.0
    id: int = 0
