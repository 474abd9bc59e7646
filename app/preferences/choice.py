"""A choice: one act on one topic, by whom, through which door, and what became of it.

Every choice is a row of the ledger. The row is at once the audit record, the job of
delivering it to Courier, and what an undo needs.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.preferences.model import Recipient, Standing, Status
from app.preferences.rules import Act, Effect, Reset, applied
from app.preferences.subject import is_unseen

OVERDUE = 7 * 24 * 60 * 60.0
"""Seconds after which a choice that was not delivered is an alert."""


class Door(StrEnum):
    """How a choice came."""

    PAGE = "page"
    EMBED = "embed"
    UNSUBSCRIBE_PAGE = "unsubscribe_page"
    ONE_CLICK = "one_click"
    STAFF = "staff"
    API = "api"
    UNDO = "undo"


class State(StrEnum):
    """What became of a choice on its way to Courier."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Trace:
    """Through which door an act came, and who did it, as far as is known.

    `link` is a hash of the token that opened the page, never the token.
    """

    door: Door
    link: str | None = None
    actor: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What shall become a choice; `before` is where the recipient stands now.

    `is_guess`: Courier did not say so, and what it said last may be out of date.
    """

    topic_id: str
    topic_name: str
    before: Standing
    act: Act
    is_guess: bool = False

    @property
    def after(self) -> Standing:
        return applied(self.before, self.act)

    @property
    def effect(self) -> Effect:
        """What it comes to, told from what was before."""
        before, act = self.before, self.act
        if isinstance(act, Reset):
            return Effect.RESET
        was_off = before.status is Status.OPTED_OUT
        if (act.status is Status.OPTED_OUT) != was_off:
            return Effect.TURNED_ON if was_off else Effect.TURNED_OFF
        if act.routing != before.routing:
            return Effect.CHANNELS_CHANGED
        return Effect.SCHEDULE_CHANGED


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the ledger. `at` and `delivered_at` are seconds since 1970.

    `lease` is set for whoever may deliver it now. `is_in_doubt`: an earlier request
    of it may have taken effect, or may do so yet. `has_doubt`: one of an older
    choice of the same topic may. `is_overdue`: it has waited longer than `OVERDUE`.
    `looks` were taken at it after its delivery; `is_out_of_step`: the clocks of those
    who deliver disagree.
    """

    id: int
    reference: str
    at: float
    recipient: Recipient
    draft: Draft
    trace: Trace
    state: State = State.PENDING
    attempts: int = 0
    looks: int = 0
    last_error: str | None = None
    delivered_at: float | None = None
    lease: str | None = None
    is_in_doubt: bool = False
    has_doubt: bool = False
    is_overdue: bool = False
    is_out_of_step: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether it was made without seeing the topics; see `Subject.of_key`."""
        return is_unseen(self.topic_id)

    @property
    def is_leaving(self) -> bool:
        """Whether by it something is off, or will be; not once it was expanded."""
        is_expanded = self.is_unseen and self.state is not State.PENDING
        is_off = self.after.status is Status.OPTED_OUT
        return is_off and self.trace.door is not Door.UNDO and not is_expanded

    @property
    def topic_id(self) -> str:
        return self.draft.topic_id

    @property
    def after(self) -> Standing:
        return self.draft.after

    @property
    def effect(self) -> Effect:
        is_undo = self.trace.door is Door.UNDO
        return Effect.RESTORED if is_undo else self.draft.effect
