"""What the pages ask for: show, choose, turn off, reset.

Knows neither Flask nor httpx. Whatever Courier does, an answer is a value here:
what is true now, what came of the wish, and what stood in the way.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.courier.cache import StaleCache
from app.courier.client import Courier
from app.courier.errors import CourierError
from app.courier.wire import BULK_LIMIT
from app.door import Door, trouble
from app.outcome import BulkOutcome, Down, Outcome, Rendered, Trouble
from app.preferences.merge import (
    at_default,
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
    Section,
    Standing,
)
from app.preferences.rules import (
    Decision,
    Effect,
    Wish,
    applied,
    decide,
    is_same,
    touched,
    turned_off,
)

READ_BACK = 2.0
"""Seconds to find out what became of an act that Courier did not answer."""


class Center:
    """`catalogs` is keyed by None (one workspace), `defaults` by tenant id."""

    def __init__(
        self,
        courier: Courier,
        catalogs: StaleCache[None, Catalog],
        defaults: StaleCache[str, dict[str, Default]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._courier = courier
        self._catalogs = catalogs
        self._defaults = defaults
        self._door = Door(courier, monotonic)

    def close(self) -> None:
        """Closes the connections to Courier that wait for the next call."""
        self._courier.close()

    def is_ready(self) -> bool:
        """Whether a page could be served now, be it from a kept catalog."""
        try:
            self._catalogs.get(None)
        except CourierError:
            return False
        return True

    def show(self, recipient: Recipient) -> Preferences | Down:
        """Costs one call to Courier once the catalog is kept."""
        try:
            catalog = self._catalogs.get(None)
            defaults = self._tenant_defaults(recipient)
            shown = merge(catalog, defaults, self._courier.preferences(recipient))
        except CourierError as fault:
            return Down(trouble(fault), self._catalogs.peek(None))
        return shown if self._door.has_channels else channels_hidden(shown)

    def choose(self, recipient: Recipient, was: Rendered, wish: Wish) -> Outcome | Down:
        """Costs one PUT and no GET once the catalog is kept."""
        try:
            drawn = self._row(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault), None)
        try:
            now = self._now(recipient, was, drawn, wish)
        except CourierError:
            return Outcome(drawn, Effect.NOTHING, Trouble.UNAVAILABLE)
        decision = decide(now, touched(wish, drawn, now))
        if decision.change is None:
            return Outcome(now, decision.effect)
        return self._sent(recipient, now, decision)

    def reset(self, recipient: Recipient, was: Rendered) -> Outcome | Down:
        """Back to the default; what that is, only Courier knows, so it is asked."""
        try:
            before = self._row(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault), None)
        failed = self._door.reset(recipient, was.topic_id)
        if failed:
            return Outcome(before, Effect.RESET, failed)
        try:
            return Outcome(self._reread(recipient, before), Effect.RESET)
        except CourierError:
            default = self._tenant_defaults(recipient).get(was.topic_id)
            standing = at_default(before.topic, default)
            return Outcome(replace(before, standing=standing), Effect.RESET)

    def reset_all(self, recipient: Recipient) -> Trouble | None:
        return self._door.reset_all(recipient)

    def turn_off(
        self, recipient: Recipient, topic_ids: frozenset[str]
    ) -> BulkOutcome | Down:
        """Turns off those of the topics that are on and not locked."""
        shown = self.show(recipient)
        if isinstance(shown, Down):
            return shown
        wanted = [p for p in shown.can_turn_off if p.topic.id in topic_ids]
        done: list[Preference] = []
        for group in _groups(wanted):
            try:
                failed = self._turn_off_group(recipient, group)
            except CourierError as fault:
                rest = tuple(p for p in wanted if p not in done)
                return BulkOutcome(tuple(done), rest, trouble(fault))
            done += [p for p in group if p not in failed]
        left = tuple(p for p in wanted if p not in done)
        return BulkOutcome(tuple(done), left, Trouble.REFUSED if left else None)

    def _turn_off_group(
        self, recipient: Recipient, group: list[Preference]
    ) -> list[Preference]:
        """Those that stayed on.

        A plan without channel choice refuses them all, and only a single PUT tells:
        so the first one is tried alone, and if that helps, the others once more.
        """
        refused = self._refused(recipient, group)
        if not refused or not self._door.has_channels:
            return refused
        first, *rest = refused
        if self._door.put(recipient, first, turned_off(first)):
            return refused
        return self._refused(recipient, rest) if rest else []

    def _refused(
        self, recipient: Recipient, group: list[Preference]
    ) -> list[Preference]:
        changes = {p.topic.id: turned_off(p) for p in group}
        refused = self._door.put_many(recipient, changes)
        return [p for p in group if p.topic.id in refused]

    def _sent(
        self, recipient: Recipient, before: Preference, decision: Decision
    ) -> Outcome:
        change, effect = decision.change, decision.effect
        assert change is not None  # noqa: S101  asked by `choose`
        failed = self._door.put(recipient, before, change)
        expected = replace(before, standing=applied(before.standing, change))
        if failed is Trouble.UNCERTAIN:
            return self._read_back(recipient, before, expected, effect)
        if failed:
            return Outcome(self._channels_checked(before), effect, failed)
        return Outcome(self._channels_checked(expected), effect)

    def _read_back(
        self,
        recipient: Recipient,
        before: Preference,
        expected: Preference,
        effect: Effect,
    ) -> Outcome:
        """What became of an act without an answer, asked of Courier itself."""
        try:
            seen = self._reread(recipient, before, READ_BACK)
        except CourierError:
            return Outcome(before, effect, Trouble.UNCERTAIN)
        is_done = is_same(seen.standing, expected.standing)
        return Outcome(seen, effect, None if is_done else Trouble.UNAVAILABLE)

    def _now(
        self, recipient: Recipient, was: Rendered, drawn: Preference, wish: Wish
    ) -> Preference:
        """What is true now: as drawn, which saves a call to Courier.

        Unless the page was drawn long ago or in doubt, or the wish changes nothing
        of what was drawn: "nothing to save" is said only of what Courier says.
        """
        if was.is_fresh and decide(drawn, wish).effect is not Effect.NOTHING:
            return drawn
        return self._reread(recipient, drawn)

    def _reread(
        self, recipient: Recipient, row: Preference, budget: float | None = None
    ) -> Preference:
        told = self._courier.preference(recipient, row.topic.id, budget=budget)
        return self._placed(recipient, row.topic.id, row.topic.name, told.standing)

    def _row(self, recipient: Recipient, was: Rendered) -> Preference:
        """The topic with today's catalog and locks, and the standing as rendered."""
        return self._placed(recipient, was.topic_id, was.name, was.standing)

    def _placed(
        self, recipient: Recipient, topic_id: str, name: str, standing: Standing
    ) -> Preference:
        default = self._tenant_defaults(recipient).get(topic_id)
        section, topic = self._catalogs.get(None).find(topic_id) or (
            Section(id="", name=None),
            stranger(topic_id, name, standing),
        )
        row = preference(section, topic, default, placed(standing, default))
        return self._channels_checked(row)

    def _tenant_defaults(self, recipient: Recipient) -> dict[str, Default]:
        if recipient.tenant_id is None:
            return {}
        return self._defaults.get(recipient.tenant_id)

    def _channels_checked(self, row: Preference) -> Preference:
        return row if self._door.has_channels else replace(row, channels=())


def _groups(wanted: list[Preference]) -> Iterator[list[Preference]]:
    for start in range(0, len(wanted), BULK_LIMIT):
        yield wanted[start : start + BULK_LIMIT]
