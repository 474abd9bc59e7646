"""What a recipient's preferences are now, or were when Courier last said.

Courier's word comes first. What the ledger has on its way there is laid over it, and
while Courier is silent, what was seen last stands in for it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from app.courier.cache import StaleCache
from app.courier.client import Courier
from app.courier.errors import CourierError, Unavailable
from app.ledger.errors import LedgerDown
from app.ledger.ledger import LEASE, Ledger
from app.outcome import Down, Rendered, Shown
from app.preferences.choice import Choice, State
from app.preferences.merge import (
    channels_hidden,
    merge,
    placed,
    preference,
    stranger,
)
from app.preferences.model import (
    Catalog,
    Default,
    Preference,
    Preferences,
    Recipient,
    Saved,
    Section,
    Standing,
)
from app.preferences.overlay import overlaid
from app.preferences.rules import applied
from app.preferences.subject import EVERYTHING, is_unseen
from app.preferences.timeline import Logged
from app.sender import Sender, trouble

Placing = Callable[[str, str, Standing], Preference]
"""Makes a row of a topic's id, its name and a standing."""

KEPT = 2000
"""Recipients whose last list is kept in memory, of a few kilobytes each."""


class LastSeen:
    """What Courier last said of whom, and when; the longest unused makes room."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lists: OrderedDict[Recipient, tuple[list[Saved], float]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, recipient: Recipient, lines: list[Saved]) -> None:
        with self._lock:
            self._lists[recipient] = lines, self._now()
            self._lists.move_to_end(recipient)
            while len(self._lists) > KEPT:
                self._lists.popitem(last=False)

    def get(self, recipient: Recipient) -> tuple[list[Saved], float] | None:
        with self._lock:
            return self._lists.get(recipient)


class Reader:
    """`catalogs` is keyed by None (one workspace), `defaults` by tenant id."""

    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        courier: Courier,
        sender: Sender,
        ledger: Ledger,
        catalogs: StaleCache[None, Catalog],
        defaults: StaleCache[str, dict[str, Default]],
        kept_catalog: Callable[[], Catalog | None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._courier = courier
        self._sender = sender
        self._ledger = ledger
        self._catalogs = catalogs
        self._defaults = defaults
        self._kept_catalog = kept_catalog
        self._last_seen = LastSeen(now)

    def is_ready(self) -> bool:
        """Whether there is a catalog to show, be it a kept one."""
        try:
            self._catalog()
        except CourierError:
            return False
        return True

    def show(self, recipient: Recipient) -> Shown | Down:
        """Costs one call to Courier once the catalog is kept."""
        try:
            current = self.current(recipient)
        except CourierError as fault:
            return self._remembered(recipient, fault)
        open_ = self._open(recipient)
        waiting = _pending(open_)
        return Shown(overlaid(current, waiting.values()), waiting, frozenset(open_))

    def current(self, recipient: Recipient) -> Preferences:
        """Courier's own word; raises `CourierError`."""
        catalog = self._catalog()
        defaults = self._tenant_defaults(recipient)
        lines = self._lines(recipient)
        self._last_seen.keep(recipient, lines)
        current = merge(catalog, defaults, lines)
        return current if self._sender.has_channels else channels_hidden(current)

    def waiting(self, recipient: Recipient) -> dict[str, Choice]:
        """What is on its way to Courier, by topic id."""
        return _pending(self._open(recipient))

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

    @property
    def has_channels(self) -> bool:
        """Whether the plan has choice of channels, as far as is known."""
        return self._sender.has_channels

    def logged(self, recipient: Recipient) -> list[Logged] | None:
        """Courier's own log of what changed; None where it is not to be had."""
        if self._sender.circuit.is_open:
            return None
        try:
            return self._courier.logs(recipient)
        except CourierError:
            return None

    def drawn(self, recipient: Recipient, was: Rendered) -> Preference:
        """The topic with today's catalog and locks, and the standing as rendered."""
        return self.placed(recipient, was.topic_id, was.name, was.standing)

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
            choice = _pending(open_).get(topic.id)
            standing = applied(told.standing, choice.draft.act) if choice else None
            return self.placed(
                recipient, topic.id, topic.name, standing or told.standing
            )
        except CourierError:
            return None

    def placed(
        self, recipient: Recipient, topic_id: str, name: str, standing: Standing
    ) -> Preference:
        """A topic of today's catalog with a standing; raises `CourierError`."""
        defaults = self._known_defaults(recipient)
        return self._row(self._catalog(), defaults, topic_id, name, standing)

    def placing(self, recipient: Recipient) -> Placing:
        """The same for many topics; without a catalog, as they are named."""
        try:
            catalog = self._catalog()
        except CourierError:
            catalog = Catalog()
        defaults = self._known_defaults(recipient)
        return partial(self._row, catalog, defaults)

    def _row(
        self,
        catalog: Catalog,
        defaults: Mapping[str, Default],
        topic_id: str,
        name: str,
        standing: Standing,
    ) -> Preference:
        default = defaults.get(topic_id)
        section, topic = catalog.find(topic_id) or (
            Section(id="", name=None),
            stranger(topic_id, name, standing),
        )
        row = preference(section, topic, default, placed(standing, default))
        return self.channels_checked(row)

    def channels_checked(self, row: Preference) -> Preference:
        return row if self._sender.has_channels else replace(row, channels=())

    def _catalog(self) -> Catalog:
        """Today's, or the one that was kept before this process was started."""
        try:
            if self._sender.circuit.is_open and not self._catalogs.peek(None):
                raise Unavailable("not asked", is_ambiguous=False)
            return self._catalogs.get(None)
        except CourierError:
            kept = self._kept_catalog()
            if kept is None:
                raise
            return kept

    def _lines(self, recipient: Recipient) -> list[Saved]:
        """Courier's list, unless it is known to be down."""
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
        catalog = self._catalogs.peek(None) or self._kept_catalog()
        waiting = self.waiting(recipient)
        seen = self._last_seen.get(recipient)
        newest = self._newest(recipient, seen[1] if seen else 0)
        if catalog is None or not (seen or newest):
            return Down(trouble(fault), catalog, waiting.get(EVERYTHING))
        lines, seen_at = seen or ([], max(choice.at for choice in newest))
        tenant_id = recipient.tenant_id
        defaults = self._defaults.peek(tenant_id) if tenant_id else None
        known = merge(catalog, defaults or {}, lines)
        shown = overlaid(overlaid(known, newest), waiting.values())
        return Shown(shown, waiting, frozenset(waiting), seen_at)

    def _newest(self, recipient: Recipient, seen_at: float) -> list[Choice]:
        """The last choice of each topic, unless Courier was asked after it."""
        try:
            newest = self._ledger.newest(recipient)
        except LedgerDown:
            return []
        return [choice for choice in newest if choice.at > seen_at - LEASE]

    def _tenant_defaults(self, recipient: Recipient) -> dict[str, Default]:
        if recipient.tenant_id is None:
            return {}
        return self._defaults.get(recipient.tenant_id)

    def _known_defaults(self, recipient: Recipient) -> dict[str, Default]:
        """A tenant's defaults, or none where Courier does not say: it will refuse
        what the tenant requires all the same."""
        try:
            return self._tenant_defaults(recipient)
        except CourierError:
            return {}


def _pending(open_: dict[str, Choice]) -> dict[str, Choice]:
    return {k: c for k, c in open_.items() if c.state is State.PENDING}
