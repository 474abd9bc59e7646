"""What holds whatever the catalog, the defaults, the saved lines and the acts."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from app.preferences.merge import merge
from app.preferences.model import (
    Catalog,
    Channel,
    Default,
    Preference,
    Routing,
    Saved,
    Schedule,
    Section,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import (
    Change,
    Decision,
    Effect,
    Wish,
    applied,
    carried,
    decide,
    turned_off,
)

NAMES = ["email", "sms", "push", "inbox", "direct_message", "webhook", "pigeon"]
SCHEDULES = ["sch_a", "sch_b", "sch/legacy"]
TOPICS = ["A", "B", "C"]

channels = st.sampled_from(NAMES).map(Channel)
statuses = st.sampled_from(Status)
lists = st.lists(channels, unique=True, max_size=5).map(tuple)
routings = st.builds(Routing, st.booleans(), lists)
schedule_ids = st.none() | st.sampled_from(SCHEDULES)
schedules = st.lists(
    st.builds(Schedule, st.sampled_from(SCHEDULES), is_default=st.booleans()),
    unique_by=lambda schedule: schedule.id,
    max_size=3,
).map(tuple)
standings = st.builds(Standing, statuses, statuses, routings, schedule_ids)
lines = st.sampled_from([*TOPICS, "D"]).flatmap(
    lambda id_: st.builds(Saved, st.just(id_), st.just(id_), standings)
)
defaults = st.dictionaries(
    st.sampled_from(TOPICS), st.builds(Default, statuses, routings)
)
wishes = st.builds(
    Wish, st.booleans(), st.frozensets(channels), st.frozensets(channels), schedule_ids
)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    topics = [
        Topic(id_, id_, draw(statuses), schedules=draw(schedules)) for id_ in TOPICS[:2]
    ]
    return Catalog((Section("S", "S", channels=draw(lists), topics=tuple(topics)),))


@st.composite
def preferences(draw: st.DrawFn) -> Preference:
    """One row of any page: in the catalog or not, saved or not."""
    ids = draw(st.lists(st.sampled_from(TOPICS), unique=True))
    saved = [Saved(id_, id_, draw(standings)) for id_ in ids]
    page = merge(draw(catalogs()), draw(defaults), saved)
    return draw(st.sampled_from(list(page)))


@dataclass(frozen=True)
class Step:
    """A wish, what it was made of, and what came of it."""

    before: Preference
    wish: Wish
    decision: Decision

    @property
    def after(self) -> Preference:
        change = self.decision.act
        if change is None:
            return self.before
        return replace(self.before, standing=applied(self.before.standing, change))


@st.composite
def honest(draw: st.DrawFn, row: Preference) -> Wish:
    """What a form of this row could send: its own boxes, or the switch alone."""
    on = draw(st.booleans())
    known = [schedule.id for schedule in row.topic.schedules]
    schedule_id = draw(st.none() | st.sampled_from(known)) if known else None
    shown = draw(st.sampled_from([(), row.channels]))
    ticked = frozenset(c for c in shown if draw(st.booleans()))
    return Wish(on, ticked, frozenset(shown), schedule_id)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """One row through several acts, honest ones and forged ones."""
    row = draw(preferences())
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        wish = draw(honest(row) | wishes)
        steps.append(Step(row, wish, decide(row, wish)))
        row = steps[-1].after
    return steps


def changes(steps: list[Step]) -> list[tuple[Step, Change]]:
    acts = [(step, step.decision.act) for step in steps]
    return [(step, act) for step, act in acts if isinstance(act, Change)]


@given(histories())
def test_no_change_mutes_in_silence(steps: list[Step]) -> None:
    for _, change in changes(steps):
        assert not (change.routing.is_custom and not change.routing.channels)


@given(preferences())
def test_turning_many_off_never_mutes_in_silence(row: Preference) -> None:
    routing = turned_off(row).routing
    assert not (routing.is_custom and not routing.channels)


@given(histories())
def test_a_locked_topic_is_never_opted_out(steps: list[Step]) -> None:
    for step, change in changes(steps):
        assert not (step.before.is_locked and change.status is Status.OPTED_OUT)


@given(histories())
def test_nobody_chooses_required(steps: list[Step]) -> None:
    for _, change in changes(steps):
        assert change.status is not Status.REQUIRED


@given(histories())
def test_channels_are_on_offer_or_were_saved_already(steps: list[Step]) -> None:
    for step, change in changes(steps):
        sent, saved = change.routing, step.before.standing.routing
        if sent in (saved, Routing()):
            continue
        assert sent.is_custom
        assert set(sent.channels) <= set(step.before.channels)
        order = [step.before.channels.index(c) for c in sent.channels]
        assert order == sorted(order)


@given(preferences(), st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_switch_never_loses_the_routing(row: Preference, presses: list[bool]) -> None:
    """On, off, on …: flag and list stay, but for the state that mutes."""
    kept = row.standing.routing
    for is_on in presses:
        change = decide(row, Wish(is_on)).act
        if isinstance(change, Change):
            kept = carried(kept)
            assert change.routing == kept
            row = replace(row, standing=applied(row.standing, change))
    assert row.standing.routing == kept


@given(routings)
def test_only_the_muting_routing_is_not_carried(routing: Routing) -> None:
    muting = routing == Routing(True, ())
    assert carried(routing) == (Routing() if muting else routing)


@given(histories())
def test_what_was_wished_and_sent_is_what_is_then_shown(steps: list[Step]) -> None:
    for step, change in changes(steps):
        by_last = step.decision.effect is Effect.TURNED_OFF_BY_LAST_CHANNEL
        assert step.after.is_on is (step.wish.is_on and not by_last)
        assert step.after.standing.status is change.status
        if step.wish.schedule_id and step.after.is_on:
            assert step.after.schedule_id == step.wish.schedule_id


@given(histories())
def test_the_ticks_that_were_sent_are_those_then_shown(steps: list[Step]) -> None:
    for step, _ in changes(steps):
        offered = frozenset(step.before.channels)
        shown, ticked = step.wish.shown, step.wish.channels & offered
        if not shown or not step.after.is_on or not ticked:
            continue
        judged = shown | ticked
        assert frozenset(step.after.ticked) & judged == ticked
        unjudged = frozenset(step.before.routed) - judged
        assert frozenset(step.after.ticked) - judged == unjudged


@given(preferences())
def test_what_is_shown_changes_nothing_when_sent_back(row: Preference) -> None:
    shown = frozenset(row.channels if row.is_on else ())
    wish = Wish(row.is_on, frozenset(row.ticked), shown, row.schedule_id)
    assert decide(row, wish) == Decision(Effect.NOTHING)


@given(histories())
def test_the_same_wish_twice_changes_nothing_the_second_time(
    steps: list[Step],
) -> None:
    """But for no tick that is on offer, which turns a topic off that was on before,
    and for forms that tick a box they did not show.
    """
    for step, _ in changes(steps):
        shown, ticked = step.wish.shown, step.wish.channels
        is_plain = ticked <= shown and (ticked & {*step.after.channels} or not shown)
        if is_plain and step.after.is_on is step.wish.is_on:
            assert decide(step.after, step.wish).act is None


@given(histories())
def test_a_fault_sends_nothing_and_a_change_has_an_effect(steps: list[Step]) -> None:
    faults = {
        Effect.NOTHING,
        Effect.LOCKED,
        Effect.LAST_CHANNEL,
        Effect.NOT_ON_OFFER,
        Effect.NO_SUCH_SCHEDULE,
    }
    for step in steps:
        assert (step.decision.act is None) is (step.decision.effect in faults)


@given(statuses, statuses, statuses, st.none() | statuses)
def test_a_topic_is_locked_whichever_place_says_required(
    catalog: Status, own: Status, own_default: Status, tenant: Status | None
) -> None:
    section = Section("S", "S", topics=(Topic("A", "A", catalog),))
    by_tenant = {"A": Default(tenant)} if tenant else {}
    line = Saved("A", "A", Standing(own, own_default))
    (row,) = merge(Catalog((section,)), by_tenant, [line])
    said = {catalog, own, own_default, tenant}
    assert row.is_locked is (Status.REQUIRED in said)
    assert not row.is_locked or row.is_on


@given(catalogs(), defaults, st.lists(lines))
def test_every_topic_of_catalog_and_list_is_shown_once(
    catalog: Catalog, by_tenant: dict[str, Default], saved: list[Saved]
) -> None:
    page = merge(catalog, by_tenant, saved)
    known = [topic.id for section in catalog.sections for topic in section.topics]
    assert sorted(p.topic.id for p in page) == sorted(
        {*known, *(line.topic_id for line in saved)}
    )
