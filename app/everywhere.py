"""The same choices in every tenant of a user: first what would change, then so.

What a tenant requires stays; what cannot be seen just now is not changed.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.acts import Acts, Planned
from app.outcome import BulkOutcome, Down, Shown
from app.preferences.choice import Trace
from app.preferences.copying import copied
from app.preferences.model import Preference, Preferences
from app.preferences.rules import Effect
from app.preferences.timeline import Turn
from app.reading import Reader
from app.tenants import AT_ONCE, Place


@dataclass(frozen=True, slots=True)
class Copy:
    """What would change in one place; nothing is known of it where nothing is shown."""

    place: Place
    shown: Shown | None
    turns: tuple[Turn, ...] = ()
    locked: tuple[Preference, ...] = ()


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
        others = [place for place in places if place.recipient != here.recipient]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            each = pool.map(lambda p: self._reader.show(p.recipient), others)
            pairs = list(zip(others, each, strict=True))
        return tuple(_copy(shown.preferences, place, there) for place, there in pairs)

    def act(
        self,
        copies: Sequence[Copy],
        agreed: Mapping[Place, Collection[str]],
        trace: Trace,
    ) -> BulkOutcome:
        """Makes each place so, one act in all; `agreed` are the ids that were told."""
        done = BulkOutcome()
        for copy in copies:
            ids = agreed.get(copy.place, ())
            done += self._act(copy, ids, trace, done.reference)
        return done

    def _act(
        self,
        copy: Copy,
        topic_ids: Collection[str],
        trace: Trace,
        reference: str | None,
    ) -> BulkOutcome:
        planned = [
            Planned(
                turn.now,
                turn.act,
                Effect.RESTORED,
                copy.shown is not None and copy.shown.is_quiet(turn.now.topic.id),
            )
            for turn in copy.turns
            if turn.now.topic.id in topic_ids
        ]
        whose = copy.place.recipient
        return self._acts.many(whose, planned, trace, reference=reference)


def _copy(here: Preferences, place: Place, there: Shown | Down) -> Copy:
    if isinstance(there, Down) or there.seen_at is not None:
        return Copy(place, None)
    pairs = [
        (now, own) for now in there.preferences if (own := here.find(now.topic.id))
    ]
    decided = [(now, copied(now, own)) for now, own in pairs]
    turns = tuple(Turn(now, d.act) for now, d in decided if d.act)
    locked = tuple(now for now, d in decided if d.effect is Effect.LOCKED)
    return Copy(place, there, turns, locked)
