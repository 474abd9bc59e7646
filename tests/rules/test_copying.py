"""How a topic in one place is made the same as it is in another."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.preferences.copying import copied
from app.preferences.model import (
    Channel,
    Preference,
    Routing,
    Schedule,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import Change, Effect, applied

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
EMAIL, PUSH, SMS = Channel("email"), Channel("push"), Channel("sms")
CHANNELS = (EMAIL, PUSH, SMS)
DAILY, WEEKLY = Schedule("daily", is_default=True), Schedule("weekly")


def row(
    status: Status = IN,
    routing: Routing = Routing(),  # noqa: B008  frozen
    schedule_id: str | None = None,
    *,
    is_locked: bool = False,
) -> Preference:
    topic = Topic("t", "Topic", IN, schedules=(DAILY, WEEKLY))
    standing = Standing(status, REQUIRED if is_locked else IN, routing, schedule_id)
    return Preference(topic, standing, CHANNELS, is_locked)


def test_what_is_the_same_is_left_alone() -> None:
    assert copied(row(), row()).effect is Effect.NOTHING
    assert copied(row(OUT), row(OUT, Routing(True, (PUSH,)))).effect is Effect.NOTHING


def test_all_channels_one_by_one_are_the_same_as_all() -> None:
    assert copied(row(), row(IN, Routing(True, CHANNELS))).effect is Effect.NOTHING


def test_off_here_turns_it_off_there_and_carries_its_channels() -> None:
    routing = Routing(True, (PUSH,))

    decision = copied(row(IN, routing), row(OUT))

    assert decision.act == Change(OUT, routing)
    assert decision.effect is Effect.TURNED_OFF


def test_on_here_turns_it_on_there_with_the_channels_of_here() -> None:
    decision = copied(row(OUT), row(IN, Routing(True, (PUSH,))))

    assert decision.act == Change(IN, Routing(True, (PUSH,)))
    assert decision.effect is Effect.TURNED_ON


def test_a_lock_there_is_never_overridden() -> None:
    there = row(REQUIRED, is_locked=True)

    assert copied(there, row(OUT)).effect is Effect.LOCKED
    assert copied(there, row(OUT)).act is None


def test_the_channels_of_what_is_locked_there_can_be_the_same() -> None:
    decision = copied(row(REQUIRED, is_locked=True), row(IN, Routing(True, (PUSH,))))

    assert decision.act == Change(IN, Routing(True, (PUSH,)))


def test_what_is_required_here_turns_nothing_on_there() -> None:
    assert copied(row(OUT), row(REQUIRED, is_locked=True)).effect is Effect.NOTHING


def test_the_schedule_goes_along_only_where_it_differs() -> None:
    assert copied(row(), row(IN, schedule_id="daily")).effect is Effect.NOTHING
    assert copied(row(), row(IN, schedule_id="weekly")).act == Change(
        IN, Routing(), "weekly"
    )


ROUTINGS = st.builds(
    Routing, st.booleans(), st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple)
)
ROWS = st.builds(
    row,
    st.sampled_from([IN, OUT]),
    ROUTINGS,
    st.sampled_from([None, "daily", "weekly"]),
    is_locked=st.booleans(),
)


@given(ROWS, ROWS)
def test_afterwards_it_is_the_same_or_was_locked_and_never_mute(
    now: Preference, here: Preference
) -> None:
    decision = copied(now, here)
    if not isinstance(decision.act, Change):
        return
    after = replace(now, standing=applied(now.standing, decision.act))
    routing = decision.act.routing

    assert not (routing.is_custom and not routing.channels)
    assert after.is_on == here.is_on
    assert not here.is_on or not here.ticked or after.ticked == here.ticked
    assert not here.is_on or after.schedule_id == here.schedule_id
    assert not (now.is_locked and decision.act.status is OUT)


def test_a_channel_that_is_not_on_offer_is_no_difference_that_could_be_mended() -> None:
    here = row(IN, Routing(True, (Channel("webhook"),)))

    assert copied(row(IN, Routing(True, (EMAIL,))), here).effect is Effect.NOTHING
    assert copied(row(OUT), here).effect is Effect.TURNED_ON
