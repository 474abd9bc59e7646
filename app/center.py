"""What the pages ask for: show, choose, turn off, reset.

Knows neither Flask nor httpx. Whatever Courier does, an answer is a value here:
what is true now, what came of the wish, and what stood in the way. Every act goes
to Courier through one door, `Center._act`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.courier.cache import StaleCache
from app.courier.client import Courier
from app.courier.errors import (
    AccessDenied,
    CourierError,
    NotOnPlan,
    Unavailable,
    Unknown,
)
from app.courier.wire import BULK_LIMIT
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
    Change,
    Effect,
    Wish,
    applied,
    carried,
    decide,
    turned_off,
)

PLAN_CHECK = 3600.0
"""Seconds until a plan that had no choice of channels is tried again."""


@dataclass(frozen=True, slots=True)
class Put:
    topic_id: str
    change: Change


@dataclass(frozen=True, slots=True)
class PutMany:
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Reset:
    topic_id: str


@dataclass(frozen=True, slots=True)
class ResetAll:
    pass


Act = Put | PutMany | Reset | ResetAll


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
        self._monotonic = monotonic
        self._off_plan_until: float | None = None

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
            return Down(_trouble(fault), self._catalogs.peek(None))
        return shown if self._has_channels else channels_hidden(shown)

    def choose(self, recipient: Recipient, was: Rendered, wish: Wish) -> Outcome | Down:
        """Costs one PUT and no GET once the catalog is kept."""
        try:
            before = self._row(recipient, was)
        except CourierError as fault:
            return Down(_trouble(fault), None)
        decision = decide(before, wish)
        if decision.change is None:
            return Outcome(before, decision.effect)
        trouble = self._put(recipient, before, decision.change)
        if trouble:
            return Outcome(self._channels_checked(before), decision.effect, trouble)
        standing = applied(before.standing, decision.change)
        after = self._channels_checked(replace(before, standing=standing))
        return Outcome(after, decision.effect)

    def reset(self, recipient: Recipient, was: Rendered) -> Outcome | Down:
        """Back to the default; what that is, only Courier knows, so it is asked."""
        try:
            before = self._row(recipient, was)
        except CourierError as fault:
            return Down(_trouble(fault), None)
        try:
            self._act(recipient, Reset(was.topic_id))
        except CourierError as fault:
            return Outcome(before, Effect.RESET, _trouble(fault))
        standing = self._standing_after_reset(recipient, before)
        return Outcome(replace(before, standing=standing), Effect.RESET)

    def reset_all(self, recipient: Recipient) -> Trouble | None:
        try:
            self._act(recipient, ResetAll())
        except CourierError as fault:
            return _trouble(fault)
        return None

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
                return BulkOutcome(tuple(done), rest, _trouble(fault))
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
        if not refused or not self._has_channels:
            return refused
        first, *rest = refused
        if self._put(recipient, first, turned_off(first)):
            return refused
        return self._refused(recipient, rest) if rest else []

    def _refused(
        self, recipient: Recipient, group: list[Preference]
    ) -> list[Preference]:
        changes = {p.topic.id: turned_off(p) for p in group}
        reasons = self._act(recipient, PutMany(changes))
        return [p for p in group if p.topic.id in reasons]

    def _put(
        self, recipient: Recipient, before: Preference, change: Change
    ) -> Trouble | None:
        """A plan without channel choice is learned once; the status still goes."""
        put = Put(before.topic.id, change)
        try:
            try:
                self._act(recipient, put)
            except NotOnPlan as fault:
                self._off_plan_until = self._monotonic() + PLAN_CHECK
                if change.routing != carried(before.standing.routing):
                    return _trouble(fault)
                self._act(recipient, put)
        except CourierError as fault:
            return _trouble(fault)
        return None

    def _act(self, recipient: Recipient, act: Act) -> dict[str, str]:
        """The one door to Courier; returns the reasons of those topics refused."""
        with_routing = self._has_channels
        match act:
            case Put(topic_id, change):
                self._courier.put(
                    recipient, topic_id, change, with_routing=with_routing
                )
            case PutMany(changes):
                return self._courier.put_many(
                    recipient, changes, with_routing=with_routing
                )
            case Reset(topic_id):
                self._courier.delete(recipient, topic_id)
            case ResetAll():
                self._courier.delete_all(recipient)
        return {}

    def _row(self, recipient: Recipient, was: Rendered) -> Preference:
        """The topic with today's catalog and locks, and the standing as rendered."""
        default = self._tenant_defaults(recipient).get(was.topic_id)
        found = self._catalogs.get(None).find(was.topic_id)
        section, topic = found or (
            Section(id="", name=None),
            stranger(was.topic_id, was.name, was.standing),
        )
        row = preference(section, topic, default, was.standing)
        return self._channels_checked(row)

    def _standing_after_reset(
        self, recipient: Recipient, before: Preference
    ) -> Standing:
        default = self._tenant_defaults(recipient).get(before.topic.id)
        try:
            told = self._courier.preference(recipient, before.topic.id)
        except CourierError:
            return at_default(before.topic, default)
        return placed(told.standing, default)

    def _tenant_defaults(self, recipient: Recipient) -> dict[str, Default]:
        if recipient.tenant_id is None:
            return {}
        return self._defaults.get(recipient.tenant_id)

    @property
    def _has_channels(self) -> bool:
        until = self._off_plan_until
        return until is None or self._monotonic() >= until

    def _channels_checked(self, row: Preference) -> Preference:
        return row if self._has_channels else replace(row, channels=())


def _groups(wanted: list[Preference]) -> Iterator[list[Preference]]:
    for start in range(0, len(wanted), BULK_LIMIT):
        yield wanted[start : start + BULK_LIMIT]


def _trouble(fault: CourierError) -> Trouble:
    match fault:
        case Unavailable():
            return Trouble.UNAVAILABLE
        case AccessDenied():
            return Trouble.DENIED
        case NotOnPlan():
            return Trouble.NOT_ON_PLAN
        case Unknown():
            return Trouble.GONE
    return Trouble.REFUSED
