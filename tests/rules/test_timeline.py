"""The ledger's choices joined with Courier's log, and where somebody stood when."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.preferences.choice import Choice, Door, Draft, State, Trace
from app.preferences.model import (
    Channel,
    Group,
    Preference,
    Preferences,
    Recipient,
    Routing,
    Schedule,
    Section,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import Act, Change, Reset, applied, carried, is_same
from app.preferences.subject import EVERYTHING
from app.preferences.timeline import (
    LATE,
    TOLERANCE,
    Logged,
    counting,
    deeds,
    difference,
    elsewhere,
    stood,
)

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
ON, OFF = Standing(IN, IN), Standing(OUT, IN)
PLAIN = Routing()
SMS = Routing(True, (Channel("sms"),))
TURN_OFF, TURN_ON = Change(OUT, Routing()), Change(IN, Routing())
ADA = Recipient("ada")


def choice(
    id_: int,
    at: float,
    act: Act = TURN_OFF,
    before: Standing = ON,
    topic: str = "A",
    state: State = State.DELIVERED,
    took: float = 1.0,
    reference: str | None = None,
) -> Choice:
    is_delivered = state is State.DELIVERED
    return Choice(
        id=id_,
        reference=reference or f"R-{id_}",
        at=at,
        recipient=ADA,
        draft=Draft(topic, topic, before, act),
        trace=Trace(Door.PAGE),
        state=state,
        delivered_at=at + took if is_delivered else None,
    )


def entry(
    at: float,
    status: Status = OUT,
    routing: Routing = PLAIN,
    topic: str = "A",
    previous: tuple[Status, Routing] | None = None,
) -> Logged:
    return Logged(topic, topic, status, routing, at, previous)


def shown(*standings: Standing, is_locked: bool = False) -> Preferences:
    rows = tuple(
        Preference(Topic(name, name, IN), standing, (), is_locked)
        for name, standing in zip("ABC", standings, strict=False)
    )
    return Preferences((Group(Section("S", "S"), rows),))


@pytest.mark.parametrize("at", [1000.0 - TOLERANCE, 1000.0, 1030.0, 1040 + TOLERANCE])
def test_an_entry_that_a_choice_explains_is_told_once(at: float) -> None:
    assert elsewhere([choice(1, 1000, took=40)], [entry(at)]) == []


@pytest.mark.parametrize(
    "other",
    [
        entry(999 - TOLERANCE),
        entry(1041 + TOLERANCE),
        entry(1010, IN),
        entry(1010, routing=SMS),
        entry(1010, topic="B"),
    ],
)
def test_every_other_entry_was_made_elsewhere(other: Logged) -> None:
    assert elsewhere([choice(1, 1000, took=40)], [other]) == [other]


def test_a_choice_explains_one_entry_the_nearest() -> None:
    far, near, late = entry(980), entry(1000.5), entry(1020)

    assert elsewhere([choice(1, 1000)], [late, near, far]) == [far, late]


def test_what_is_remembered_while_no_channel_is_chosen_is_not_in_the_log() -> None:
    act = Change(OUT, Routing(False, (Channel("push"),)))

    assert elsewhere([choice(1, 1000, act)], [entry(1000)]) == []


def test_a_reset_is_known_by_what_was_before_it() -> None:
    """What the default is within a tenant, only Courier knows."""
    reset = choice(1, 1000, Reset(), before=OFF)

    assert elsewhere([reset], [entry(1000, IN, SMS, previous=(OUT, Routing()))]) == []
    assert elsewhere([reset], [entry(1000, IN)]) == []
    assert elsewhere([reset], [other := entry(1000, IN, SMS)]) == [other]


def test_what_was_refused_explains_nothing() -> None:
    refused = choice(1, 1000, state=State.REFUSED)

    assert elsewhere([refused], [entry(1000)]) == [entry(1000)]


def test_a_request_may_take_effect_late_until_a_newer_choice_came() -> None:
    """It was replaced, but perhaps it was sent before."""
    old = choice(1, 1000, state=State.SUPERSEDED)
    new = choice(2, 5000, TURN_ON, OFF)
    after = entry(5001 + LATE + TOLERANCE)

    assert elsewhere([old, new], [entry(4000)]) == []
    assert elsewhere([old, new], [after]) == [after]


def test_acts_are_told_newest_first_and_rows_of_one_reference_together() -> None:
    one = [choice(n, 1000, topic=t, reference="R") for n, t in ((1, "A"), (2, "B"))]
    later, away = choice(3, 2000, TURN_ON, OFF), entry(1500, topic="C")

    told = deeds([later, *reversed(one)], [away])

    assert [d.reference for d in told] == ["R-3", "", "R"]
    assert told[2].events == tuple(one)


def test_entries_of_the_same_moment_are_told_together() -> None:
    others = [entry(1000), entry(1000.4, topic="B"), entry(1002, topic="C")]

    assert [len(deed.events) for deed in deeds([], others)] == [1, 2]


def test_only_what_was_not_changed_again_can_be_undone() -> None:
    first, second = choice(1, 1000), choice(2, 2000, TURN_ON, OFF)
    other = choice(3, 1500, topic="B")

    def last(*events: Choice, away: tuple[Logged, ...] = ()) -> list[str]:
        return [d.reference for d in deeds(events, away) if d.is_last]

    assert last(first, second, other) == ["R-2", "R-3"]
    assert last(first, replace(second, state=State.REFUSED)) == ["R-1"]
    assert last(first, away=(entry(3000, IN),)) == []
    assert last(replace(first, state=State.SUPERSEDED)) == []


def test_a_choice_for_everything_can_be_undone_while_it_waits() -> None:
    unseen = choice(1, 1000, topic=EVERYTHING, state=State.PENDING)

    assert deeds([unseen], [])[0].is_last
    assert not deeds([replace(unseen, state=State.DELIVERED)], [])[0].is_last
    assert counting([unseen]) == []


NOW = Standing(IN, IN, SMS, "daily")
WEEKLY = Standing(OUT, IN, PLAIN, "weekly")


@pytest.mark.parametrize(
    ("events", "when", "expected"),
    [
        ([], 1000, NOW),
        ([choice(1, 1000)], 1000, NOW),
        ([choice(1, 1000)], 999.999, ON),
        ([choice(1, 1000), choice(2, 2000, TURN_ON, OFF)], 1500, OFF),
        ([choice(1, 1000), entry(2000, IN)], 1500, OFF),
        (
            [entry(2000, IN, previous=(OUT, SMS))],
            1500,
            Standing(OUT, IN, SMS, "daily"),
        ),
        ([entry(2000, OUT)], 1500, Standing(IN, IN, Routing(), "daily")),
        (
            [entry(1000, OUT), choice(1, 2000, TURN_ON, WEEKLY)],
            1500,
            Standing(OUT, IN, Routing(), "weekly"),
        ),
        (
            [entry(1000, OUT), entry(1800, IN), choice(1, 2000, TURN_OFF, WEEKLY)],
            500,
            Standing(IN, IN, Routing(), "weekly"),
        ),
    ],
)
def test_where_somebody_stood(
    events: list[Choice | Logged], when: float, expected: Standing
) -> None:
    assert stood(NOW, events, when) == expected


def test_what_is_locked_by_now_stays_and_is_named() -> None:
    now = shown(Standing(REQUIRED, REQUIRED), is_locked=True)

    found = difference(now, [choice(1, 1000, TURN_ON, OFF)], 500)

    assert found.turns == ()
    assert [p.topic.id for p in found.locked] == ["A"]


def test_on_a_plan_without_channels_other_channels_are_no_difference() -> None:
    now = shown(Standing(IN, IN, SMS))
    events = [choice(1, 1000, Change(IN, SMS), ON)]

    assert difference(now, events, 500).turns
    assert not difference(now, events, 500, with_routing=False).turns


# Whatever somebody did, in whatever order

statuses = st.sampled_from([IN, OUT])
lists = st.lists(
    st.sampled_from(["email", "sms", "push"]).map(Channel), unique=True, max_size=3
).map(tuple)
routings = st.builds(Routing, st.booleans(), lists)
schedules = st.sampled_from([None, "daily", "weekly"])
standings = st.builds(Standing, statuses, statuses, routings, schedules)
changes = st.builds(Change, statuses, routings.map(carried), schedules, st.just(True))
acts = changes | st.just(Reset())


@dataclass(frozen=True)
class Life:
    """Some topics through some acts; each finds what the one before it left."""

    now: Preferences
    acts: tuple[tuple[Choice, ...], ...]

    @property
    def events(self) -> list[Choice]:
        return [choice for act in self.acts for choice in act]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    stands = {name: draw(standings) for name in "AB"}
    done: list[tuple[Choice, ...]] = []
    number = 0
    for turn in range(draw(st.integers(1, 4))):
        rows = []
        for name in draw(st.sets(st.sampled_from("AB"), min_size=1)):
            number += 1
            act, at = draw(acts), 1000.0 * (turn + 1)
            rows.append(choice(number, at, act, stands[name], name, reference=str(at)))
            stands[name] = applied(stands[name], act)
        done.append(tuple(rows))
    return Life(shown(*stands.values()), tuple(done))


@given(lives())
def test_putting_back_to_now_changes_nothing(life: Life) -> None:
    for moment in (1000.0 * len(life.acts), 10_000.0):
        found = difference(life.now, life.events, moment)
        assert (found.turns, found.locked) == ((), ())


@given(lives())
def test_putting_back_to_before_an_act_undoes_exactly_it(life: Life) -> None:
    last = {c.topic_id: c for c in life.acts[-1]}

    turns = difference(life.now, life.events, last.popitem()[1].at - 0.001).turns

    changed = {c.topic_id: c.draft for c in life.acts[-1]}
    assert {turn.now.topic.id for turn in turns} <= set(changed)
    for now in life.now:
        draft = changed.get(now.topic.id)
        after = next((t.then for t in turns if t.now.topic.id == now.topic.id), now)
        if draft is None:
            assert after is now
        else:
            wanted = replace(draft.before, routing=carried(draft.before.routing))
            assert is_same(after.standing, wanted) or is_same(
                now.standing, draft.before
            )


@given(lives(), st.floats(0, 6000))
def test_what_is_put_back_is_where_somebody_stood(life: Life, when: float) -> None:
    found = difference(life.now, life.events, when)

    for turn in found.turns:
        own = [c for c in life.events if c.topic_id == turn.now.topic.id]
        then = stood(turn.now.standing, own, when)
        assert is_same(turn.then.standing, replace(then, routing=carried(then.routing)))


def test_a_schedule_is_put_back_as_well() -> None:
    schedule = Schedule("daily")
    topic = Topic("A", "A", IN, schedules=(schedule,))
    now = Preference(topic, Standing(OUT, IN))
    page = Preferences((Group(Section("S", "S"), (now,)),))
    before = Standing(IN, IN, SMS, "daily")
    events = [choice(1, 1000, Change(OUT, Routing(), clears_schedule=True), before)]

    (turn,) = difference(page, events, 500).turns

    assert turn.then.standing == before
