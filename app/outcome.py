"""What the center answers: what is true now, what came of it, what stood in the way.

Values only. No fault of Courier's or of the ledger's travels beyond the center.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.preferences.choice import Choice
from app.preferences.model import Catalog, Preference, Preferences, Standing
from app.preferences.rules import Effect, Wish
from app.preferences.subject import Subject, is_unseen


class Trouble(StrEnum):
    """What stood in the way, in the recipient's terms."""

    UNAVAILABLE = "unavailable"
    UNCERTAIN = "uncertain"
    DENIED = "denied"
    NOT_ON_PLAN = "not_on_plan"
    GONE = "gone"
    REFUSED = "refused"
    REQUIRED = "required"

    @classmethod
    def named(cls, reason: str | None) -> "Trouble":
        """The one with which the ledger's reason for a refusal begins."""
        word = (reason or "").partition(":")[0]
        return cls(word) if word in {t.value for t in cls} else cls.REFUSED


@dataclass(frozen=True, slots=True)
class Rendered:
    """One topic as a page showed it; a form hands it back, so no GET is needed.

    Not fresh when it was drawn long ago, or in doubt of what became of an act; not
    quiet when an older request or choice might still have its say. `unheard` is what
    the page has sent since, to no answer.
    """

    topic_id: str
    name: str
    standing: Standing
    is_fresh: bool = True
    is_certain: bool = True
    is_quiet: bool = True
    unheard: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: Courier's word, overlaid with what is on its way there.

    `waiting` are the choices by topic id; `restless` the topics for which something
    is still to be done; `one_clicks` what a mail program turned off lately, by topic
    id. `seen_at` is set, in seconds since 1970, where Courier does not answer and this
    is what was last known. `is_blind`: the ledger does not say what waits.
    """

    preferences: Preferences
    waiting: Mapping[str, Choice] = field(default_factory=dict)
    restless: frozenset[str] = frozenset()
    one_clicks: Mapping[str, Choice] = field(default_factory=dict)
    seen_at: float | None = None
    is_blind: bool = False

    def is_quiet(self, topic_id: str) -> bool:
        """Whether nothing is still to be done for a topic."""
        return not any(id_ == topic_id or is_unseen(id_) for id_ in self.restless)


@dataclass(frozen=True, slots=True)
class Down:
    """The preferences cannot be shown; the catalog perhaps can.

    `waiting` is a choice for everything that was made all the same.
    """

    trouble: Trouble
    catalog: Catalog | None = None
    waiting: Choice | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`preference` is what is true now, or will be once what is kept is delivered.

    No trouble and an effect means saved, or kept where `is_kept`. `reference` is the
    act's in the ledger, None where it could not be written down. Not quiet means that
    an older request or choice of the topic may still have its say.
    """

    preference: Preference
    effect: Effect
    trouble: Trouble | None = None
    reference: str | None = None
    is_kept: bool = False
    is_quiet: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of choices that a page waits for; `is_all` of one for everything."""

    waiting: tuple[Choice, ...] = ()
    arrived: tuple[Outcome, ...] = ()
    refused: tuple[Outcome, ...] = ()
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What came of many; `kept` are on their way, `failed` stayed as they were.

    `locked` are required by now, and were not tried. `gone` are the ids of those that
    failed because Courier has them no more. `withdrawn` are choices that were made
    unseen, and are not wanted any more.
    """

    done: tuple[Preference, ...] = ()
    kept: tuple[Preference, ...] = ()
    failed: tuple[Preference, ...] = ()
    locked: tuple[Preference, ...] = ()
    gone: frozenset[str] = frozenset()
    withdrawn: int = 0
    trouble: Trouble | None = None
    reference: str | None = None
    is_quiet: bool = True

    def __add__(self, other: "BulkOutcome") -> "BulkOutcome":
        """What came of both, under the first reference that there is."""
        return BulkOutcome(
            self.done + other.done,
            self.kept + other.kept,
            self.failed + other.failed,
            self.locked + other.locked,
            self.gone | other.gone,
            self.withdrawn + other.withdrawn,
            self.trouble or other.trouble,
            self.reference or other.reference,
            self.is_quiet and other.is_quiet,
        )

    def single(self, effect: Effect) -> Outcome | None:
        """The same, where it was about one topic only."""
        all_ = (*self.done, *self.kept, *self.failed, *self.locked)
        if len(all_) != 1:
            return None
        if self.locked:
            return Outcome(all_[0], Effect.LOCKED)
        is_kept, is_quiet = bool(self.kept), self.is_quiet
        return Outcome(all_[0], effect, self.trouble, self.reference, is_kept, is_quiet)


class Answer(StrEnum):
    """What came of an unsubscribe, for a line, a status and a counter."""

    DONE = "done"
    KEPT = "kept"
    ALREADY = "already"
    REQUIRED = "required"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """How things stand for what an unsubscribe link is about.

    `name` of the topic or section, empty where nobody knows it. `on` may be turned
    off, `locked` are required, `off` are off, `goes_on` comes beside all that.
    `waiting` is a choice that is kept for it; `own` the link's own last act, as far as
    nothing was chosen since. Not `is_seen`: Courier does not say how things stand.
    """

    subject: Subject
    name: str = ""
    on: tuple[Preference, ...] = ()
    locked: tuple[Preference, ...] = ()
    off: tuple[Preference, ...] = ()
    goes_on: tuple[Preference, ...] = ()
    own: tuple[Choice, ...] = ()
    waiting: Choice | None = None
    is_seen: bool = True

    @property
    def stopped(self) -> tuple[Preference, ...]:
        """What the link's own last act turned off."""
        ids = {choice.topic_id for choice in self.own}
        return tuple(p for p in self.off if p.topic.id in ids)

    @property
    def is_known(self) -> bool:
        return bool(self.on or self.locked or self.off or not self.is_seen)

    @property
    def is_required(self) -> bool:
        """Whether all that it is about cannot be turned off."""
        return bool(self.locked and not self.on and not self.off)

    @property
    def is_off(self) -> bool:
        return self.is_seen and self.is_known and not self.on and not self.is_required


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """`name` as in `Asked`; `reference` of what was written down, if anything."""

    answer: Answer
    name: str = ""
    reference: str | None = None
    trouble: Trouble | None = None
