"""What an old link may do: less than before, and nothing more."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.preferences.model import Channel, Preference, Routing, Standing, Status, Topic
from app.preferences.rules import (
    Change,
    Decision,
    Effect,
    Wish,
    applied,
    decide,
    lessened,
)

IN, OUT = Status.OPTED_IN, Status.OPTED_OUT
CHANNELS = tuple(Channel(name) for name in ("email", "sms", "push"))
SUBSETS = [tuple(c) for n in range(4) for c in itertools.combinations(CHANNELS, n)]
routings = st.builds(Routing, st.booleans(), st.sampled_from(SUBSETS))
preferences = st.builds(
    lambda status, routing: Preference(
        Topic("t", "T", IN), Standing(status, IN, routing), CHANNELS
    ),
    st.sampled_from([IN, OUT]),
    routings,
)
wishes = st.builds(
    Wish,
    is_on=st.booleans(),
    channels=st.sampled_from(SUBSETS).map(frozenset),
    shown=st.sampled_from([frozenset(), frozenset(CHANNELS)]),
)


@given(preferences, wishes)
def test_nothing_comes_by_more_ways_than_before(now: Preference, wish: Wish) -> None:
    decision = lessened(now, decide(now, wish))
    if decision.act is None:
        return
    after = Preference(now.topic, applied(now.standing, decision.act), CHANNELS)
    assert set(after.ticked) <= set(now.ticked)


@given(preferences, wishes)
def test_leaving_is_never_refused(now: Preference, wish: Wish) -> None:
    off = Wish(is_on=False, channels=wish.channels, shown=wish.shown)
    decision = lessened(now, decide(now, off))
    assert decision.effect is (Effect.TURNED_OFF if now.is_on else Effect.NOTHING)


@given(preferences, wishes)
def test_what_is_off_keeps_its_channels(now: Preference, wish: Wish) -> None:
    """So that a later turning on brings no channel that this link has added."""
    decision = lessened(now, decide(now, wish))
    if isinstance(decision.act, Change) and decision.act.status is OUT:
        assert set(decision.act.routing.channels) <= set(now.standing.routing.channels)


def test_a_schedule_is_neither_more_nor_less_and_stays() -> None:
    now = Preference(Topic("t", "T", IN), Standing(IN, IN), CHANNELS)
    decision = Decision(Effect.SCHEDULE_CHANGED, Change(IN, Routing(), "sch_1"))
    assert lessened(now, decision) == Decision(Effect.TOO_WEAK)
