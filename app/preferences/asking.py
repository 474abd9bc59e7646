"""What staff would turn on for somebody, to which that person alone can say yes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.preferences.choice import Choice, Door, State
from app.preferences.model import Channel, Preference, Routing, Standing, Status
from app.preferences.rules import Decision, Effect, Wish, decide
from app.preferences.staff import Entry, Kind
from app.preferences.timeline import Turn

NAME_KEPT = 60
"""Characters of a topic's name that a link carries."""


@dataclass(frozen=True, slots=True)
class Asking:
    """More than there is now: nothing of it takes anything away.

    `channels` are those by which it shall come besides; none for the usual ones.
    `seen` is where the recipient stood when staff asked, `basis` what entitles them
    to ask, `entry` the number under which that was written down.
    """

    topic_id: str
    topic_name: str
    basis: str
    entry: int
    seen: Standing
    channels: tuple[Channel, ...] = ()
    schedule_id: str | None = None

    @classmethod
    def of(cls, now: Preference, wish: Wish, basis: str, entry: int) -> "Asking":
        """What a wish adds to how somebody stands."""
        more = wish.channels - frozenset(now.ticked)
        is_new = wish.schedule_id != now.schedule_id
        return cls(
            now.topic.id,
            now.topic.name[:NAME_KEPT],
            basis,
            entry,
            now.standing,
            tuple(sorted(more)),
            wish.schedule_id if is_new else None,
        )

    @property
    def own_words(self) -> frozenset[str]:
        """Which of its texts are the workspace's own, see `Topic.own_words`."""
        return frozenset({"basis"})

    def decided(self, now: Preference) -> Decision:
        """What a yes comes to: never fewer channels than there are by now.

        What is off comes on by the channels that were asked for, and by no others.
        """
        channels = frozenset(self.channels)
        if not channels <= frozenset(now.channels):
            return Decision(Effect.NOT_ON_OFFER)
        shown = channels if now.is_on else frozenset(now.channels)
        wish = Wish(True, channels, shown if channels else channels, self.schedule_id)
        return decide(now, wish)

    @property
    def claims(self) -> dict[str, Any]:
        """As a link says it."""
        seen, routing = self.seen, self.seen.routing
        known = [seen.status, seen.default_status, int(routing.is_custom)]
        return {
            "o": self.topic_id,
            "n": self.topic_name,
            "w": [1, list(self.channels) or None, self.schedule_id],
            "b": self.basis,
            "e": self.entry,
            "r": [*known, list(routing.channels), seen.schedule_id],
        }


@dataclass(frozen=True, slots=True)
class Past:
    """What came of a link that asks.

    `own` is its yes where that is the topic's last choice, `answer` the last one that
    was given, `at` when that was. `was_yes`: it has been answered with yes once.
    `is_done`: that was carried out, and nothing was chosen here since. `is_over`:
    something else was. Not `is_known`: nobody can say what was chosen.
    """

    own: Choice | None = None
    answer: Kind | None = None
    at: float | None = None
    was_yes: bool = False
    is_done: bool = False
    is_over: bool = False
    is_known: bool = True


NOTHING_YET = Past()


@dataclass(frozen=True, slots=True)
class Question:
    """How things stand for what was asked.

    `now` is None for a topic that is gone; not `is_seen`: Courier does not say how it
    stands. `waiting` is on its way; `past` is what came of the link so far.
    """

    asking: Asking
    now: Preference | None
    is_seen: bool = True
    is_quiet: bool = True
    waiting: Choice | None = None
    past: Past = NOTHING_YET

    @property
    def decision(self) -> Decision:
        return self.asking.decided(self.now) if self.now else Decision(Effect.NOTHING)

    @property
    def turn(self) -> Turn | None:
        """What a yes would change, if anything."""
        act = self.decision.act
        return Turn(self.now, act) if self.now and act else None

    @property
    def closed_at(self) -> float | None:
        """When it was answered, where a yes has counted: each counts once.

        Something was chosen since; here, or elsewhere, as Courier tells.
        """
        is_told = self.is_seen and self.is_quiet and self.turn is not None
        is_over = self.past.is_over or (self.past.is_done and is_told)
        return self.past.at if is_over else None

    @property
    def own(self) -> Choice | None:
        """What the link has brought about, as far as nothing was chosen since."""
        return self.past.own if self.closed_at is None else None


def past(
    mark: str,
    keys: Collection[str],
    newest: Iterable[Choice],
    history: Iterable[Choice],
    answers: Sequence[Entry],
) -> Past:
    """What came of the link with that mark; `answers` to it, newest first.

    `newest` and `history` are choices of its recipient: the last ones that count, and
    all. `keys` are those under which its topic is chosen.
    """
    said = next((e for e in answers if e.kind is Kind.CONFIRMED), None)
    about = (choice for choice in newest if choice.topic_id in keys)
    last = max(about, key=lambda choice: choice.id, default=None)
    own = (choice for choice in history if _is_yes(choice, mark))
    yes = max(own, key=lambda choice: choice.id, default=None)
    told = answers[0] if answers else yes
    is_own = bool(last and last.trace.link == mark)
    return Past(
        own=last if last and _is_yes(last, mark) else None,
        answer=answers[0].kind if answers else None,
        at=told.at if told else None,
        was_yes=bool(said or yes),
        is_done=_is_done(last, yes, said),
        is_over=last is not None and not is_own and _is_newer(last, yes, said),
    )


def _is_yes(choice: Choice, mark: str) -> bool:
    """Not one that Courier has refused."""
    is_undo = choice.trace.door is Door.UNDO
    is_refused = choice.state is State.REFUSED
    return choice.trace.link == mark and not (is_undo or is_refused)


def _is_done(last: Choice | None, yes: Choice | None, said: Entry | None) -> bool:
    """A yes may have had nothing to do; then there is no choice of it."""
    if yes:
        return last is not None and last.id == yes.id and yes.state is State.DELIVERED
    return said is not None and said.reference is None


def _is_newer(last: Choice, yes: Choice | None, said: Entry | None) -> bool:
    """Which of two choices is the newer one, their numbers say."""
    if yes:
        return last.id > yes.id
    return said is not None and last.at > said.at


def read(claims: Mapping[str, Any]) -> Asking | None:
    """What a link asks; None where it does not ask anything."""
    match claims:
        case {
            "o": str(topic_id),
            "n": str(name),
            "w": [1, None | [*_] as channels, None | str() as schedule_id],
            "b": str(basis),
            "e": int(entry),
            "r": known,
        } if topic_id:
            seen = _standing(known)
            more = tuple(Channel(str(channel)) for channel in channels or ())
            if seen:
                return Asking(topic_id, name, basis, entry, seen, more, schedule_id)
    return None


def _standing(known: object) -> Standing | None:
    match known:
        case [
            str(status),
            str(default),
            0 | 1 as is_custom,
            [*channels],
            None | str() as schedule_id,
        ] if {status, default} <= set(Status):
            names = tuple(Channel(str(channel)) for channel in channels)
            routing = Routing(bool(is_custom), names)
            return Standing(Status(status), Status(default), routing, schedule_id)
    return None
