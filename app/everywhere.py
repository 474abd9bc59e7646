"""The same choices in every tenant of a user: first what would change, then so.

What a tenant requires stays; what cannot be seen just now is not changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from app.acts import Acts, Planned
from app.errand import Hands
from app.outcome import BulkOutcome, Down, Shown, Trouble
from app.preferences.choice import Trace
from app.preferences.copying import copied
from app.preferences.model import Preference, Preferences
from app.preferences.rules import Effect
from app.preferences.timeline import Turn
from app.reading import Reader
from app.tenants import AT_ONCE, Place

MARK = 10
"""Hexadecimal digits; nobody gains anything by finding another text for one."""

Listed = Mapping[str, str]
"""What would change in one place: by the mark of a topic, that of the change."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What would change in one place; nothing is known of it where nothing is shown."""

    place: Place
    shown: Shown | None
    turns: tuple[Turn, ...] = ()
    locked: tuple[Preference, ...] = ()

    @property
    def listed(self) -> Listed:
        return {mark(t.now.topic.id): mark(repr(t.act)) for t in self.turns}


class Everywhere:
    def __init__(self, reader: Reader, acts: Acts) -> None:
        self._reader = reader
        self._acts = acts

    def difference(
        self, here: Place, places: Sequence[Place]
    ) -> tuple[Copy, ...] | Down:
        """For each other place, what it would take to be as here."""
        shown = self._reader.show(here.recipient)
        if isinstance(shown, Down):
            return shown
        if not is_certain(shown):
            return Down(Trouble.UNAVAILABLE, None)
        others = [place for place in places if place.recipient != here.recipient]
        with Hands(AT_ONCE) as pool:
            each = pool.map(lambda p: self._reader.show(p.recipient), others)
            pairs = list(zip(others, each, strict=True))
        return tuple(_copy(shown.preferences, place, there) for place, there in pairs)

    def act(
        self, copies: Sequence[Copy], agreed: Mapping[Place, Listed], trace: Trace
    ) -> tuple[BulkOutcome, int]:
        """Makes each place so, one act in all; and how many changes were left out.

        Only what was agreed to is done: not what would be something else by now, and
        nothing where nobody can see how it stands.
        """
        plans = [_agreed(copy, agreed.get(copy.place, {})) for copy in copies]
        missed = sum(left_out for _, left_out in plans)
        pairs = [(c, turns) for c, (turns, _) in zip(copies, plans, strict=True)]
        return self._all(
            [(copy, turns) for copy, turns in pairs if turns], trace
        ), missed

    def _all(
        self, pairs: Sequence[tuple[Copy, Sequence[Turn]]], trace: Trace
    ) -> BulkOutcome:
        """The first act has the reference, and the others follow at the same time."""
        if not pairs:
            return BulkOutcome()
        copy, turns = pairs[0]
        done = self._act(copy, turns, trace, None)

        def act(pair: tuple[Copy, Sequence[Turn]]) -> BulkOutcome:
            return self._act(pair[0], pair[1], trace, done.reference)

        with Hands(AT_ONCE) as pool:
            return reduce(add, pool.map(act, pairs[1:]), done)

    def _act(
        self, copy: Copy, turns: Sequence[Turn], trace: Trace, reference: str | None
    ) -> BulkOutcome:
        planned = [
            Planned(
                turn.now,
                turn.act,
                Effect.RESTORED,
                copy.shown is not None and copy.shown.is_quiet(turn.now.topic.id),
            )
            for turn in turns
        ]
        whose = copy.place.recipient
        return self._acts.many(whose, planned, trace, reference=reference)


def _agreed(copy: Copy, listed: Listed) -> tuple[list[Turn], int]:
    """Of what would change now, what was agreed to; and how much was left out."""
    now = copy.listed
    same = {topic for topic, what in listed.items() if now.get(topic) == what}
    turns = [turn for turn in copy.turns if mark(turn.now.topic.id) in same]
    return turns, len(now.keys() & listed if copy.shown else listed) - len(same)


def is_certain(shown: Shown) -> bool:
    """Whether it is how things stand now, as far as Courier and the ledger say."""
    return shown.seen_at is None and not shown.is_blind


def mark(text: str) -> str:
    """What stands for a place, a topic or a change in a form that lists them."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:MARK]


def _copy(here: Preferences, place: Place, there: Shown | Down) -> Copy:
    if isinstance(there, Down) or not is_certain(there):
        return Copy(place, None)
    pairs = [
        (now, own) for now in there.preferences if (own := here.find(now.topic.id))
    ]
    decided = [(now, copied(now, own)) for now, own in pairs]
    turns = tuple(Turn(now, d.act) for now, d in decided if d.act)
    locked = tuple(now for now, d in decided if d.effect is Effect.LOCKED)
    return Copy(place, there, turns, locked)
