"""Messages that Courier sent or did not, and what that means for support.

The words of a status and a reason are Courier's; what they come to is a `Verdict`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Why a message came, or did not."""

    SEEN = "seen"
    CLICKED = "clicked"
    DELIVERED = "delivered"
    ON_ITS_WAY = "on_its_way"
    DELAYED = "delayed"
    HELD_FOR_DIGEST = "held_for_digest"
    FILTERED_BY_CHOICE = "filtered_by_choice"
    NO_CHANNEL_LEFT = "no_channel_left"
    OPT_IN_REQUIRED = "opt_in_required"
    FILTERED = "filtered"
    NO_ADDRESS = "no_address"
    NO_PROVIDER = "no_provider"
    UNMAPPED = "unmapped"
    UNPUBLISHED = "unpublished"
    BOUNCED = "bounced"
    FAILED = "failed"
    THROTTLED = "throttled"
    CANCELED = "canceled"
    SIMULATED = "simulated"
    UNKNOWN = "unknown"


ARRIVED = frozenset({Verdict.SEEN, Verdict.CLICKED, Verdict.DELIVERED})
"""Those of a message that came."""

UNDERWAY = frozenset({Verdict.ON_ITS_WAY, Verdict.DELAYED, Verdict.HELD_FOR_DIGEST})
"""Those of a message that may come yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient. Times are seconds since 1970, None where unknown.

    `status`, `reason` and `error` are Courier's words; `at` is when it was asked to
    send it.
    """

    id: str
    template_id: str
    status: str
    reason: str | None
    error: str | None
    at: float
    sent_at: float | None = None
    delivered_at: float | None = None
    opened_at: float | None = None
    clicked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What messages are made from; `topic_id` is None where it belongs to no topic."""

    id: str
    name: str
    topic_id: str | None = None


BY_STATUS: dict[str, Verdict] = {
    "OPENED": Verdict.SEEN,
    "CLICKED": Verdict.CLICKED,
    "DELIVERED": Verdict.DELIVERED,
    "ENQUEUED": Verdict.ON_ITS_WAY,
    "ROUTED": Verdict.ON_ITS_WAY,
    "SENT": Verdict.ON_ITS_WAY,
    "DELAYED": Verdict.DELAYED,
    "DIGESTED": Verdict.HELD_FOR_DIGEST,
    "FILTERED": Verdict.FILTERED,
    "UNROUTABLE": Verdict.NO_ADDRESS,
    "UNMAPPED": Verdict.UNMAPPED,
    "UNDELIVERABLE": Verdict.FAILED,
    "THROTTLED": Verdict.THROTTLED,
    "CANCELED": Verdict.CANCELED,
    "CANCELLED": Verdict.CANCELED,
    "SIMULATED": Verdict.SIMULATED,
}
"""What a status means where its reason says nothing more."""

BY_REASON: dict[str, Verdict] = {
    "UNSUBSCRIBED": Verdict.FILTERED_BY_CHOICE,
    "FILTERED": Verdict.FILTERED,
    "OPT_IN_REQUIRED": Verdict.OPT_IN_REQUIRED,
    "NO_PROVIDERS": Verdict.NO_PROVIDER,
    "UNPUBLISHED": Verdict.UNPUBLISHED,
    "BOUNCED": Verdict.BOUNCED,
    "FAILED": Verdict.FAILED,
    "PROVIDER_ERROR": Verdict.FAILED,
}
"""What a reason means whatever the status; `NO_CHANNELS` has two meanings."""

STOPPED = frozenset({"FILTERED", "UNROUTABLE", "UNDELIVERABLE"})
"""The statuses whose reason counts; what arrived has none that matters."""


def verdict(message: Message) -> Verdict:
    """`UNKNOWN` for a status that Courier added since this was written."""
    known = BY_STATUS.get(message.status, Verdict.UNKNOWN)
    if message.status not in STOPPED:
        return known
    if message.reason == "NO_CHANNELS":
        is_choice = message.status == "FILTERED"
        return Verdict.NO_CHANNEL_LEFT if is_choice else Verdict.NO_ADDRESS
    return BY_REASON.get(message.reason or "", known)
