"""What staff would turn on: only more than there is, and never less by a yes."""

from dataclasses import replace
from itertools import chain, combinations

import pytest

from app.preferences.asking import NAME_KEPT, Asking, read
from app.preferences.model import (
    Channel,
    Preference,
    Routing,
    Schedule,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import Change, Effect, Wish, applied

EMAIL, SMS, PUSH = Channel("email"), Channel("sms"), Channel("push")
OFFER = (EMAIL, SMS, PUSH)
IN, OUT = Status.OPTED_IN, Status.OPTED_OUT
TOPIC = Topic("T1", "News", IN, schedules=(Schedule("daily"), Schedule("weekly")))
SUBSETS = [
    tuple(s)
    for s in chain.from_iterable(combinations(OFFER, n) for n in range(len(OFFER) + 1))
]


def stands(status: Status, *channels: Channel, is_custom: bool = True) -> Preference:
    routing = Routing(is_custom, channels) if channels or is_custom else Routing()
    return Preference(TOPIC, Standing(status, IN, routing), OFFER)


def wish(*channels: Channel, schedule: str | None = None) -> Wish:
    return Wish(True, frozenset(channels), frozenset(OFFER), schedule)


def asked(now: Preference, wanted: Wish) -> Asking:
    return Asking.of(now, wanted, "Asked for it", 7)


def after(asking: Asking, now: Preference) -> Preference:
    act = asking.decided(now).act
    return replace(now, standing=applied(now.standing, act)) if act else now


@pytest.mark.parametrize("channels", SUBSETS)
@pytest.mark.parametrize("status", [IN, OUT])
@pytest.mark.parametrize("more", SUBSETS)
def test_a_yes_takes_no_channel_away_and_adds_no_other(
    channels: tuple[Channel, ...], status: Status, more: tuple[Channel, ...]
) -> None:
    """However the topic stands by the time of the answer."""
    asking = asked(stands(OUT, is_custom=False), wish(*more))
    now = stands(status, *channels)
    then = after(asking, now)

    assert then.is_on
    assert set(now.ticked) <= set(then.ticked)
    if more:
        assert set(then.ticked) == set(now.ticked) | set(more)


def test_what_is_on_already_is_not_asked_for() -> None:
    now = stands(IN, EMAIL)

    assert asked(now, wish(EMAIL, SMS)).channels == (SMS,)
    assert asked(now, wish(EMAIL)).decided(now).effect is Effect.NOTHING


def test_a_schedule_is_asked_for_where_it_is_another_one() -> None:
    now = replace(
        stands(IN, EMAIL), standing=Standing(IN, IN, Routing(True, (EMAIL,)), "daily")
    )

    assert asked(now, wish(EMAIL, schedule="daily")).schedule_id is None
    weekly = asked(now, wish(EMAIL, schedule="weekly"))
    act = weekly.decided(now).act
    assert isinstance(act, Change)
    assert (act.schedule_id, act.routing.channels) == ("weekly", (EMAIL,))


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({"channels": (Channel("pigeon"),)}, Effect.NOT_ON_OFFER),
        ({"channels": (EMAIL, Channel("pigeon"))}, Effect.NOT_ON_OFFER),
        ({"schedule_id": "never"}, Effect.NO_SUCH_SCHEDULE),
    ],
)
@pytest.mark.parametrize("status", [IN, OUT])
def test_what_is_not_on_offer_changes_nothing(
    changes: dict[str, object], effect: Effect, status: Status
) -> None:
    now = stands(status, EMAIL)
    asking = replace(asked(now, wish()), **changes)  # type: ignore[arg-type]

    assert asking.decided(now).effect is effect
    assert asking.decided(now).act is None


def test_what_is_required_is_on_already() -> None:
    now = replace(stands(OUT, is_custom=False), is_locked=True)

    assert asked(now, wish()).decided(now).effect is Effect.NOTHING


def test_a_link_says_it_and_is_read() -> None:
    asking = asked(stands(OUT, EMAIL), wish(SMS, PUSH, schedule="weekly"))

    assert read(asking.claims) == asking
    assert read({}) is None


def test_a_long_name_is_cut_so_that_it_fits() -> None:
    now = replace(stands(OUT), topic=replace(TOPIC, name="n" * 500))

    assert asked(now, wish()).topic_name == "n" * NAME_KEPT
