"""A choice: what it comes to, and the way back to where somebody stood."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.preferences.choice import Choice, Door, Draft, Trace
from app.preferences.model import (
    Channel,
    Preference,
    Recipient,
    Routing,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import (
    Act,
    Change,
    Effect,
    Reset,
    applied,
    carried,
    is_same,
    restored,
)
from app.preferences.subject import EVERYTHING

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
EMAIL, PUSH = Channel("email"), Channel("push")
ONLY_PUSH, MUTED = Routing(True, (PUSH,)), Routing(True, ())
ON, OFF = Standing(IN, IN), Standing(OUT, IN)
ADA = Recipient("user-ada")

routings = st.builds(
    Routing,
    st.booleans(),
    st.lists(st.sampled_from([EMAIL, PUSH]), unique=True).map(tuple),
)
schedules = st.sampled_from([None, "sch_1", "sch_2"])
statuses = st.sampled_from([IN, OUT])
standings = st.builds(
    Standing, statuses, st.just(IN), routings, schedules, st.just(Routing())
)
changes = st.builds(Change, statuses, routings.map(carried), schedules, st.booleans())


def row(standing: Standing, *, is_locked: bool = False) -> Preference:
    return Preference(Topic("t", "T", IN), standing, (EMAIL, PUSH), is_locked)


def choice(draft: Draft, door: Door = Door.PAGE) -> Choice:
    return Choice(1, "AAAA-AA", 0.0, ADA, draft, Trace(door))


# What an act comes to


@pytest.mark.parametrize(
    ("before", "act", "effect"),
    [
        (ON, Change(OUT, Routing()), Effect.TURNED_OFF),
        (OFF, Change(IN, Routing()), Effect.TURNED_ON),
        (ON, Change(IN, ONLY_PUSH), Effect.CHANNELS_CHANGED),
        (ON, Change(IN, Routing(), "sch_1"), Effect.SCHEDULE_CHANGED),
        (OFF, Change(OUT, ONLY_PUSH), Effect.CHANNELS_CHANGED),
        (ON, Change(OUT, ONLY_PUSH, "sch_1"), Effect.TURNED_OFF),
        (Standing(REQUIRED, REQUIRED), Change(IN, ONLY_PUSH), Effect.CHANNELS_CHANGED),
        (OFF, Reset(), Effect.RESET),
    ],
)
def test_a_choice_says_what_it_came_to(
    before: Standing, act: Act, effect: Effect
) -> None:
    assert choice(Draft("t", "T", before, act)).effect is effect


def test_an_undo_says_that_it_restored() -> None:
    draft = Draft("t", "T", OFF, Change(IN, Routing()))

    assert choice(draft, Door.UNDO).effect is Effect.RESTORED


def test_a_choice_for_everything_says_so() -> None:
    assert choice(Draft(EVERYTHING, "", ON, Change(OUT, Routing()))).is_unseen
    assert not choice(Draft("t", "T", ON, Change(OUT, Routing()))).is_unseen


# What an act leaves


def test_a_reset_leaves_the_default_the_tenant_s_channels_included() -> None:
    mine = Standing(OUT, IN, ONLY_PUSH, "sch_1", Routing(True, (EMAIL,)))

    after = applied(mine, Reset())

    assert after == Standing(
        IN, IN, Routing(True, (EMAIL,)), None, mine.default_routing
    )
    assert not after.is_own


def test_a_schedule_stays_unless_it_is_changed_or_cleared() -> None:
    daily = replace(ON, schedule_id="sch_1")

    assert applied(daily, Change(OUT, Routing())).schedule_id == "sch_1"
    assert applied(daily, Change(OUT, Routing(), "sch_2")).schedule_id == "sch_2"
    cleared = Change(OUT, Routing(), clears_schedule=True)
    assert applied(daily, cleared).schedule_id is None


@given(standings, changes)
def test_an_act_that_arrived_is_known_by_what_courier_says(
    before: Standing, act: Change
) -> None:
    after = Draft("t", "T", before, act).after

    assert is_same(after, applied(before, act))
    assert (after.status, after.routing) == (act.status, act.routing)
    assert applied(after, act) == replace(
        after, schedule_id=act.schedule_id or after.schedule_id
    )


def test_required_stands_for_being_opted_in_and_routing_may_not_count() -> None:
    assert is_same(Standing(REQUIRED, REQUIRED), ON)
    assert not is_same(OFF, ON)
    assert not is_same(replace(ON, routing=ONLY_PUSH), ON)
    assert is_same(replace(ON, routing=ONLY_PUSH), ON, with_routing=False)
    assert not is_same(replace(ON, schedule_id="sch_1"), ON, with_routing=False)


# The way back


@given(standings, standings)
def test_who_goes_back_stands_where_they_stood(now: Standing, before: Standing) -> None:
    """Routing and schedule included; but nobody goes back to being muted."""
    decision = restored(row(now), before)
    after = applied(now, decision.act) if decision.act else now

    target = replace(before, routing=carried(before.routing))
    assert is_same(after, target)
    assert (decision.act is None) is (decision.effect is Effect.NOTHING)
    assert restored(row(after), before).effect is Effect.NOTHING


@given(standings, changes)
def test_an_undo_of_any_act_is_an_act_back(before: Standing, act: Change) -> None:
    now = Draft("t", "T", before, act).after

    decision = restored(row(now), before)

    after = applied(now, decision.act) if decision.act else now
    assert is_same(after, replace(before, routing=carried(before.routing)))


@given(standings)
def test_who_had_chosen_nothing_has_nothing_of_their_own_again(now: Standing) -> None:
    decision = restored(row(now), ON)

    assert decision.act in (None, Reset())
    after = applied(now, decision.act) if decision.act else now
    assert not after.is_own


def test_what_is_required_by_now_stays_on() -> None:
    locked = row(Standing(REQUIRED, REQUIRED), is_locked=True)

    assert restored(locked, OFF).effect is Effect.LOCKED
    assert restored(locked, OFF).act is None
    back = restored(locked, replace(ON, routing=ONLY_PUSH))
    assert back.act == Change(IN, ONLY_PUSH)


def test_the_way_back_never_leads_to_custom_routing_to_no_channel() -> None:
    decision = restored(row(OFF), replace(ON, routing=MUTED, schedule_id="sch_1"))

    assert decision.act == Change(IN, Routing(), "sch_1")
