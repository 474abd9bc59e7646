"""What a recipient changed, or somebody for them, and the way back to any moment.

The ledger and Courier's own log are joined by `preferences.timeline`. Where one of
them is out of reach, the other is told, and that something is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.acts import Acts, Planned
from app.courier.client import LOG_PAGES
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.outcome import BulkOutcome, Down, Shown
from app.preferences.choice import Choice, Trace
from app.preferences.model import Preference, Recipient, Standing
from app.preferences.rules import Effect
from app.preferences.timeline import (
    Deed,
    Difference,
    Event,
    Logged,
    counting,
    deeds,
    difference,
    elsewhere,
    found,
)
from app.reading import Reader
from app.workspace import Placing

LONGEST = 5000
"""Choices of one recipient that are looked at, the newest."""

PAGE = 50
"""Acts on one page of the history."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and the topic as it found and left it, by today's catalog."""

    event: Event
    before: Preference
    after: Preference


@dataclass(frozen=True, slots=True)
class ToldDeed:
    deed: Deed
    events: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """Newest first. `older`: the milliseconds before which more happened.

    Without choices nobody knows what was made here; without a log, what elsewhere.
    """

    deeds: tuple[ToldDeed, ...]
    older: int | None
    has_choices: bool
    has_log: bool


@dataclass(frozen=True, slots=True)
class Prospect:
    """What putting back would change, as far as can be known now."""

    difference: Difference
    shown: Shown
    has_choices: bool
    has_log: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """None stands for what is out of reach."""

    choices: list[Choice] | None
    log: list[Logged] | None

    @property
    def others(self) -> list[Logged]:
        return elsewhere(self.choices or [], self.log or [])

    @property
    def deeds(self) -> list[Deed]:
        return deeds(self.choices or [], self.others)

    @property
    def events(self) -> list[Event]:
        return [*counting(self.choices or []), *self.others]


class History:
    """`now` gives seconds since 1970."""

    def __init__(
        self, reader: Reader, ledger: Ledger, acts: Acts, now: Callable[[], float]
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._acts = acts
        self.now = now

    def events(self, recipient: Recipient, before: int | None = None) -> Past:
        """One page; `before` in milliseconds. Costs a call or two to Courier."""
        return self.page(recipient, self.sources(recipient), before)

    def page(
        self, recipient: Recipient, sources: Sources, before: int | None = None
    ) -> Past:
        """The same of sources that were asked already."""
        all_ = [d for d in sources.deeds if before is None or _millis(d) < before]
        page = _page(all_)
        placing = self._reader.workspace.placing(recipient)
        older = _millis(page[-1]) if len(page) < len(all_) else None
        told = tuple(ToldDeed(deed, _told(deed, placing)) for deed in page)
        return Past(told, older, sources.choices is not None, sources.log is not None)

    def difference(self, recipient: Recipient, when: float) -> Prospect | Down:
        """What exactly would change if all were put back to a moment."""
        shown = self._reader.show(recipient)
        if isinstance(shown, Down):
            return shown
        sources = self.sources(recipient)
        return Prospect(
            self._difference(shown, sources, when),
            shown,
            sources.choices is not None,
            sources.log is not None,
        )

    def put_back(
        self,
        recipient: Recipient,
        when: float,
        topic_ids: frozenset[str],
        trace: Trace,
    ) -> BulkOutcome | Down:
        """Puts those of the topics back that differ; locked ones stay."""
        shown = self._reader.show(recipient)
        if isinstance(shown, Down):
            return shown
        found_ = self._difference(shown, self.sources(recipient), when)
        planned = [
            Planned(
                turn.now,
                turn.act,
                Effect.RESTORED,
                shown.is_quiet(turn.now.topic.id),
                shown.seen_at is not None,
            )
            for turn in found_.turns
            if turn.now.topic.id in topic_ids
        ]
        return self._acts.many(recipient, planned, trace)

    def log(self, recipient: Recipient) -> list[Logged] | None:
        """Courier's own log; None where it is not to be had."""
        return self._reader.logged(recipient)

    def _difference(self, shown: Shown, sources: Sources, when: float) -> Difference:
        return difference(
            shown.preferences,
            sources.events,
            when,
            with_routing=self._reader.workspace.has_channels,
        )

    def sources(self, recipient: Recipient, pages: int = LOG_PAGES) -> Sources:
        """`pages` of Courier's log, at most."""
        log = self._reader.logged(recipient, pages)
        return Sources(self._choices(recipient), log)

    def _choices(self, recipient: Recipient) -> list[Choice] | None:
        try:
            return self._ledger.history(recipient, LONGEST)
        except LedgerDown:
            return None


def _millis(deed: Deed) -> int:
    return round(deed.at * 1000)


def _page(all_: Sequence[Deed]) -> Sequence[Deed]:
    """The first ones, with all that happened at the same moment as the last."""
    end = PAGE
    while PAGE <= end < len(all_) and _millis(all_[end]) == _millis(all_[end - 1]):
        end += 1
    return all_[:end]


def _told(deed: Deed, placing: Placing) -> tuple[Told, ...]:
    """A choice for everything, made unseen, is told by the topics it came to."""
    named = [e for e in deed.events if not (isinstance(e, Choice) and e.is_unseen)]
    return tuple(_event(event, placing) for event in named or deed.events)


def _event(event: Event, placing: Placing) -> Told:
    if isinstance(event, Choice):
        place = partial(placing, event.topic_id, event.draft.topic_name)
        return Told(event, place(event.draft.before), place(event.after))
    place = partial(placing, event.topic_id, event.topic_name)
    after = place(Standing(event.status, event.status, event.routing))
    now = replace(after.standing, default_status=after.topic.default_status)
    return Told(event, place(found(event, now)), after)
