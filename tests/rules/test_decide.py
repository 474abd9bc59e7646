"""The table "What is sent to Courier", row by row, each with its counterexample."""

from dataclasses import replace

import pytest

from app.preferences.model import (
    Channel,
    Preference,
    Routing,
    Schedule,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import (
    Change,
    Decision,
    Effect,
    Wish,
    decide,
    touched,
    turned_off,
)

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
EMAIL, SMS, PUSH = Channel("email"), Channel("sms"), Channel("push")
OFFER = (EMAIL, SMS, PUSH)
DEFAULT = Routing()
MUTED = Routing(True, ())
DAILY, WEEKLY = Schedule("sch_daily", is_default=True), Schedule("sch/weekly")


def stands(
    status: Status = IN,
    routing: Routing = DEFAULT,
    *,
    default: Status = IN,
    locked: bool = False,
    schedule_id: str | None = None,
) -> Preference:
    topic = Topic("T", "News", default, schedules=(DAILY, WEEKLY))
    return Preference(
        topic, Standing(status, default, routing, schedule_id), OFFER, locked
    )


def switch(*, is_on: bool) -> Wish:
    """A form that shows the switch alone."""
    return Wish(is_on)


def form(
    *ticked: Channel, shown: tuple[Channel, ...] = OFFER, is_on: bool = True
) -> Wish:
    return Wish(is_on, frozenset(ticked), frozenset(shown))


ROUTINGS = [
    pytest.param(DEFAULT, id="default"),
    pytest.param(Routing(True, (SMS,)), id="chosen"),
    pytest.param(Routing(False, (PUSH,)), id="remembered under false"),
    pytest.param(Routing(True, (Channel("webhook"), SMS)), id="partly off offer"),
    pytest.param(Routing(True, (PUSH, EMAIL)), id="in its own order"),
]


@pytest.mark.parametrize("routing", ROUTINGS)
def test_turning_off_carries_the_routing_as_it_was(routing: Routing) -> None:
    assert decide(stands(IN, routing), switch(is_on=False)) == Decision(
        Effect.TURNED_OFF, Change(OUT, routing)
    )


@pytest.mark.parametrize("routing", ROUTINGS)
def test_turning_on_carries_the_routing_as_it_was(routing: Routing) -> None:
    assert decide(stands(OUT, routing), switch(is_on=True)) == Decision(
        Effect.TURNED_ON, Change(IN, routing)
    )


@pytest.mark.parametrize("routing", ROUTINGS)
def test_turning_many_off_carries_the_routing_as_it_was(routing: Routing) -> None:
    assert turned_off(stands(IN, routing)) == Change(OUT, routing)


def test_a_topic_off_by_default_is_turned_on_by_a_choice() -> None:
    assert decide(stands(OUT, default=OUT), switch(is_on=True)) == Decision(
        Effect.TURNED_ON, Change(IN, DEFAULT)
    )


def test_unticking_a_channel_sends_the_ticked_ones_in_the_sections_order() -> None:
    assert decide(stands(), form(PUSH, EMAIL)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL, PUSH)))
    )


def test_ticking_a_channel_sends_the_ticked_ones_in_the_sections_order() -> None:
    saved = Routing(True, (PUSH, SMS))
    assert decide(stands(IN, saved), form(EMAIL, SMS, PUSH)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, OFFER))
    )


def test_choosing_channels_takes_a_remembered_list_out_of_memory() -> None:
    assert decide(stands(IN, Routing(False, (PUSH,))), form(SMS)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (SMS,)))
    )


def test_choosing_channels_drops_a_saved_one_that_left_the_offer() -> None:
    saved = Routing(True, (Channel("webhook"), SMS))
    assert decide(stands(IN, saved), form(SMS, EMAIL)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL, SMS)))
    )


@pytest.mark.parametrize(
    ("saved", "shown"),
    [
        pytest.param(DEFAULT, OFFER, id="all of them"),
        pytest.param(Routing(True, (SMS,)), OFFER, id="the only chosen one"),
        pytest.param(Routing(False, (SMS,)), OFFER, id="with a remembered list"),
    ],
)
def test_unticking_the_last_channel_turns_the_topic_off_and_keeps_the_routing(
    saved: Routing, shown: tuple[Channel, ...]
) -> None:
    assert decide(stands(IN, saved), form(shown=shown)) == Decision(
        Effect.TURNED_OFF_BY_LAST_CHANNEL, Change(OUT, saved)
    )


def test_unticking_the_last_channel_of_a_required_topic_sends_nothing() -> None:
    topic = stands(REQUIRED, Routing(True, (SMS,)), default=REQUIRED, locked=True)
    assert decide(topic, form()) == Decision(Effect.LAST_CHANNEL)


def test_channels_of_a_required_topic_are_sent_as_opted_in() -> None:
    topic = stands(REQUIRED, default=REQUIRED, locked=True)
    assert decide(topic, form(EMAIL)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL,)))
    )


def test_a_required_topic_is_not_turned_off() -> None:
    topic = stands(REQUIRED, default=REQUIRED, locked=True)
    assert decide(topic, switch(is_on=False)) == Decision(Effect.LOCKED)
    assert decide(topic, form(EMAIL, is_on=False)) == Decision(Effect.LOCKED)


def test_a_required_topic_that_was_opted_out_before_shows_as_on() -> None:
    topic = stands(OUT, default=REQUIRED, locked=True)
    assert decide(topic, switch(is_on=True)) == Decision(Effect.NOTHING)


def test_picking_a_schedule_sends_it_with_the_routing_as_it_was() -> None:
    saved = Routing(False, (PUSH,))
    wish = Wish(True, frozenset(OFFER), frozenset(OFFER), WEEKLY.id)
    assert decide(stands(IN, saved), wish) == Decision(
        Effect.SCHEDULE_CHANGED, Change(IN, saved, WEEKLY.id)
    )


def test_turning_off_with_another_schedule_loses_neither() -> None:
    wish = replace(switch(is_on=False), schedule_id=WEEKLY.id)

    assert decide(stands(), wish) == Decision(
        Effect.TURNED_OFF, Change(OUT, DEFAULT, WEEKLY.id)
    )


def test_picking_a_schedule_and_a_channel_sends_both() -> None:
    wish = Wish(True, frozenset({SMS}), frozenset(OFFER), WEEKLY.id)
    assert decide(stands(), wish) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (SMS,)), WEEKLY.id)
    )


def test_turning_on_with_another_schedule_sends_it_too() -> None:
    assert decide(stands(OUT), Wish(True, schedule_id=WEEKLY.id)) == Decision(
        Effect.TURNED_ON, Change(IN, DEFAULT, WEEKLY.id)
    )


@pytest.mark.parametrize("chosen", [None, DAILY.id])
def test_the_default_schedule_is_not_sent_where_it_is_in_force(
    chosen: str | None,
) -> None:
    topic = stands(schedule_id=chosen)
    assert decide(topic, Wish(True, schedule_id=DAILY.id)) == Decision(Effect.NOTHING)


def test_going_back_to_the_default_schedule_sends_it() -> None:
    topic = stands(schedule_id=WEEKLY.id)
    assert decide(topic, Wish(True, schedule_id=DAILY.id)) == Decision(
        Effect.SCHEDULE_CHANGED, Change(IN, DEFAULT, DAILY.id)
    )


def test_an_unknown_schedule_is_refused() -> None:
    assert decide(stands(), Wish(True, schedule_id="sch_of_another_topic")) == (
        Decision(Effect.NO_SUCH_SCHEDULE)
    )


def test_a_channel_not_on_offer_is_refused() -> None:
    webhook = Channel("webhook")
    assert decide(stands(), form(EMAIL, webhook)) == Decision(Effect.NOT_ON_OFFER)


def test_a_channel_that_went_after_the_form_was_drawn_is_no_longer_judged() -> None:
    webhook = Channel("webhook")
    shown = (*OFFER, webhook)
    assert decide(stands(), form(*OFFER, webhook, shown=shown)) == (
        Decision(Effect.NOTHING)
    )
    assert decide(stands(), form(EMAIL, webhook, shown=shown)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL,)))
    )


def test_leaving_is_not_refused_for_what_is_chosen_beside_it() -> None:
    """The section lost a channel and the topic a schedule since the form was drawn."""
    webhook = Channel("webhook")
    wish = replace(form(webhook, is_on=False), schedule_id="sch_gone")
    assert decide(stands(), wish).effect is Effect.TURNED_OFF
    assert decide(stands(), wish).act == Change(OUT, DEFAULT)


def test_a_page_that_is_out_of_date_changes_only_what_was_touched_on_it() -> None:
    """Drawn on; meanwhile turned off elsewhere, and its channels chosen."""
    drawn, now = stands(), stands(OUT, Routing(True, (SMS,)))
    untouched = replace(form(*OFFER), schedule_id=DAILY.id)
    unticked = replace(form(EMAIL, SMS), schedule_id=DAILY.id)
    off = replace(form(*OFFER, is_on=False), schedule_id=DAILY.id)

    for wish in (untouched, unticked, off):
        assert decide(now, touched(wish, drawn, now)) == Decision(Effect.NOTHING)
    on_again = stands(IN, Routing(True, (SMS,)))
    assert decide(on_again, touched(off, drawn, on_again)) == Decision(
        Effect.TURNED_OFF, Change(OUT, Routing(True, (SMS,)))
    )


@pytest.mark.parametrize("routing", ROUTINGS)
def test_what_is_as_shown_is_not_sent(routing: Routing) -> None:
    topic = stands(IN, routing)
    assert decide(topic, form(*topic.ticked)) == Decision(Effect.NOTHING)
    assert decide(topic, switch(is_on=True)) == Decision(Effect.NOTHING)
    assert decide(stands(OUT, routing), switch(is_on=False)) == (
        Decision(Effect.NOTHING)
    )


@pytest.mark.parametrize("status", [IN, OUT])
def test_turning_on_what_is_muted_in_silence_repairs_it(status: Status) -> None:
    assert decide(stands(status, MUTED), switch(is_on=True)) == Decision(
        Effect.TURNED_ON, Change(IN, DEFAULT)
    )


def test_a_muted_topic_is_turned_on_with_the_channels_that_were_ticked() -> None:
    assert decide(stands(IN, MUTED), form(SMS)) == Decision(
        Effect.TURNED_ON, Change(IN, Routing(True, (SMS,)))
    )


def test_turning_many_off_does_not_keep_a_muting_list() -> None:
    assert turned_off(stands(IN, MUTED)) == Change(OUT, DEFAULT)


def test_a_channel_that_came_on_offer_after_the_form_was_drawn_stays_as_it_was() -> (
    None
):
    """The form knew two of three: push is ticked by default, and not judged."""
    drawn = (EMAIL, SMS)
    assert decide(stands(), form(EMAIL, SMS, shown=drawn)) == Decision(Effect.NOTHING)
    assert decide(stands(), form(EMAIL, shown=drawn)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL, PUSH)))
    )


def test_a_new_channel_that_was_not_chosen_is_not_added() -> None:
    saved, drawn = Routing(True, (EMAIL,)), (EMAIL, SMS)
    assert decide(stands(IN, saved), form(EMAIL, SMS, shown=drawn)) == Decision(
        Effect.CHANNELS_CHANGED, Change(IN, Routing(True, (EMAIL, SMS)))
    )


def test_a_form_without_channels_says_nothing_about_them() -> None:
    """An empty list of ticks is no wish for silence where no box was shown."""
    saved = Routing(True, (SMS,))
    assert decide(stands(IN, saved), form(shown=())) == Decision(Effect.NOTHING)
    assert decide(stands(OUT, saved), form(shown=())) == Decision(
        Effect.TURNED_ON, Change(IN, saved)
    )


def test_turning_off_with_other_channels_keeps_those_for_later() -> None:
    assert decide(stands(), form(SMS, is_on=False)) == Decision(
        Effect.TURNED_OFF, Change(OUT, Routing(True, (SMS,)))
    )


def test_turning_off_with_every_channel_unticked_keeps_the_routing() -> None:
    saved = Routing(True, (SMS, PUSH))
    assert decide(stands(IN, saved), form(is_on=False)) == Decision(
        Effect.TURNED_OFF, Change(OUT, saved)
    )


def test_a_section_without_choice_of_channels_still_has_its_switch() -> None:
    topic = replace(stands(IN, Routing(True, (SMS,))), channels=())
    assert decide(topic, switch(is_on=False)) == Decision(
        Effect.TURNED_OFF, Change(OUT, Routing(True, (SMS,)))
    )
