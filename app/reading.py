"""What a recipient's preferences are now, or were when Courier last said.

Courier's word comes first. What the ledger has on its way there is laid over it, and
while Courier is silent, what was seen last stands in for it.
"""

import time
from collections.abc import Callable, Mapping

from app.courier.client import LOG_PAGES, Courier
from app.courier.errors import CourierError, Unavailable, Unknown
from app.lastseen import LastSeen
from app.ledger.errors import LedgerDown
from app.ledger.ledger import LEASE, Ledger
from app.once import Once
from app.outcome import Down, Rendered, Shown
from app.preferences.choice import Choice, State
from app.preferences.merge import (
    channels_hidden,
    merge,
)
from app.preferences.model import (
    Catalog,
    Defaults,
    Preference,
    Preferences,
    Recipient,
    Saved,
)
from app.preferences.overlay import covering, left, overlaid
from app.preferences.subject import EVERYTHING, Subject, is_unseen
from app.preferences.timeline import Logged
from app.sender import Sender, trouble
from app.tally import Tally
from app.workspace import Workspace

Lines = Callable[[], tuple[Saved, ...]]

TOLD = 30 * 24 * 60 * 60.0
"""Seconds for which a page tells what a mail program has turned off."""

SMALL = 64
"""Lines of a list that is worth remembering."""

MERGED = 256
"""Ways to stand that are remembered, most of them many people's."""


class Reader:
    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        courier: Courier,
        sender: Sender,
        ledger: Ledger,
        workspace: Workspace,
        now: Callable[[], float] = time.time,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally or Tally()
        self._courier = courier
        self._sender = sender
        self._ledger = ledger
        self.workspace = workspace
        self._now = now
        self._last_seen = LastSeen(now)
        self._merged: Once[Preferences] = Once(MERGED)

    def show(self, recipient: Recipient, lines: Lines | None = None) -> Shown | Down:
        """Costs one call to Courier once the catalog is kept.

        `lines` gives Courier's list where somebody has asked for it already.
        """
        shown = self._show(recipient, lines)
        self._tally.shown(_state(shown))
        return shown

    def _show(self, recipient: Recipient, lines: Lines | None) -> Shown | Down:
        try:
            current = self.current(recipient, lines)
        except CourierError as fault:
            return self._remembered(recipient, fault)
        noted = self._noted(recipient)
        if noted is None:
            return Shown(current, restless=frozenset({EVERYTHING}), is_blind=True)
        open_, one_clicks = noted
        waiting = _pending(open_)
        shown = overlaid(current, waiting.values())
        marked = waiting | covering(current, waiting.values())
        return Shown(shown, marked, frozenset(open_), one_clicks)

    def _noted(
        self, recipient: Recipient
    ) -> tuple[dict[str, Choice], dict[str, Choice]] | None:
        """What is open, and what a mail program did lately, by topic id; None where
        nobody can say."""
        try:
            found = self._ledger.noted(recipient, self._now() - TOLD)
        except LedgerDown:
            return None
        open_, one_clicks = ({c.topic_id: c for c in part} for part in found)
        return open_, one_clicks

    def current(self, recipient: Recipient, lines: Lines | None = None) -> Preferences:
        """Courier's own word; raises `CourierError`."""
        catalog = self.workspace.catalog(recipient)
        defaults = self.workspace.tenant(recipient).defaults
        told = lines() if lines else self.lines(recipient)
        self._last_seen.keep(recipient, told)
        current = self._merge(catalog, defaults, told)
        return current if self._sender.has_channels else channels_hidden(current)

    def _merge(
        self, catalog: Catalog, defaults: Defaults, told: tuple[Saved, ...]
    ) -> Preferences:
        def merged() -> Preferences:
            return merge(catalog, defaults, told)

        if len(told) > SMALL:
            return merged()
        return self._merged.made(merged, catalog, defaults, told)

    def about(
        self, recipient: Recipient, subject: Subject, shown: Preferences
    ) -> tuple[Preference, ...]:
        """The topics of a subject; one that is not shown is asked for by itself.

        The catalog may be older than a topic. Raises `CourierError`.
        """
        found = subject.within(shown)
        if found or subject.topic_id is None:
            return found
        try:
            told = self._courier.preference(recipient, subject.topic_id)
        except Unknown:
            return ()
        topic_id, name = told.topic_id, told.topic_name
        return (self.workspace.placed(recipient, topic_id, name, told.standing),)

    def waiting(self, recipient: Recipient) -> dict[str, Choice]:
        """What is on its way to Courier, by topic id."""
        return _pending(self._open(recipient))

    def waiting_for(self, recipient: Recipient, topic_id: str) -> Choice | None:
        """The newest choice on its way that is about a topic; raises `LedgerDown`."""
        return self._newest_about(_pending(self._read_open(recipient)), topic_id)

    def _newest_about(
        self, waiting: Mapping[str, Choice], topic_id: str
    ) -> Choice | None:
        keys = self.workspace.keys(topic_id)
        about = (waiting[key] for key in keys if key in waiting)
        return max(about, key=lambda choice: choice.id, default=None)

    def is_quiet(self, recipient: Recipient, topic_id: str) -> bool:
        """Whether nothing is still to be done for a topic, as far as can be read."""
        open_ = self._open(recipient)
        return not any(id_ == topic_id or is_unseen(id_) for id_ in open_)

    def _open(self, recipient: Recipient) -> dict[str, Choice]:
        try:
            return self._read_open(recipient)
        except LedgerDown:
            return {}

    def _read_open(self, recipient: Recipient) -> dict[str, Choice]:
        return {c.topic_id: c for c in self._ledger.open(recipient)}

    def logged(
        self, recipient: Recipient, pages: int = LOG_PAGES
    ) -> list[Logged] | None:
        """Courier's own log of what changed; None where it is not to be had."""
        if self._sender.circuit.is_open:
            return None
        try:
            return self._courier.logs(recipient, pages=pages)
        except CourierError:
            return None

    def drawn(self, recipient: Recipient, was: Rendered) -> Preference:
        """The topic with today's catalog and locks, and the standing as rendered."""
        return self.workspace.placed(recipient, was.topic_id, was.name, was.standing)

    def reread(
        self, recipient: Recipient, row: Preference, *, is_quiet: bool = True
    ) -> Preference | None:
        """The topic as Courier says, and as it will be once what waits is there.

        None where Courier does not say, or where nobody can say what waits.
        """
        topic = row.topic
        try:
            open_ = self._read_open(recipient)
        except LedgerDown:
            if not is_quiet:
                return None
            open_ = {}
        try:
            told = self._courier.preference(recipient, topic.id)
            told_row = self.workspace.placed(
                recipient, topic.id, topic.name, told.standing
            )
        except CourierError:
            return None
        newest = self._newest_about(_pending(open_), topic.id)
        return left(told_row, newest) if newest else told_row

    def lines(self, recipient: Recipient) -> tuple[Saved, ...]:
        """Courier's list, unless it is known to be down; raises `CourierError`."""
        circuit = self._sender.circuit
        if not circuit.let_through():
            raise Unavailable("not asked", is_ambiguous=False)
        try:
            lines = self._courier.preferences(recipient)
        except Unavailable:
            circuit.failed()
            raise
        circuit.succeeded()
        return lines

    def _remembered(self, recipient: Recipient, fault: CourierError) -> Shown | Down:
        """The kept catalog with what was last known of the recipient, if anything."""
        catalog = self.workspace.last_catalog(recipient)
        waiting = self.waiting(recipient)
        seen = self._last_seen.get(recipient)
        newest = self._newest(recipient, seen[1] if seen else 0)
        if catalog is None or not (seen or newest):
            return Down(trouble(fault), catalog, waiting.get(EVERYTHING))
        lines, seen_at = seen or ((), max(choice.at for choice in newest))
        known = merge(catalog, self.workspace.last_defaults(recipient), lines)
        known = overlaid(known, newest)
        shown = overlaid(known, waiting.values())
        marked = waiting | covering(known, waiting.values())
        return Shown(shown, marked, frozenset(waiting), seen_at=seen_at)

    def _newest(self, recipient: Recipient, seen_at: float) -> list[Choice]:
        """The last choice of each topic, unless Courier was asked after it."""
        try:
            newest = self._ledger.newest(recipient)
        except LedgerDown:
            return []
        return [choice for choice in newest if choice.at > seen_at - LEASE]


def _pending(open_: dict[str, Choice]) -> dict[str, Choice]:
    return {k: c for k, c in open_.items() if c.state is State.PENDING}


def _state(shown: Shown | Down) -> str:
    """How good an answer is, for a counter."""
    if isinstance(shown, Down):
        return "down"
    if shown.seen_at is not None:
        return "last_known"
    return "blind" if shown.is_blind else "now"
