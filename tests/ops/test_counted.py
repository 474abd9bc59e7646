"""What happens to choices, links and calls is counted, each by what came of it."""

from collections.abc import Callable

import pytest

from app.links import DAY, Links, Scope
from app.preferences.subject import Subject
from tests.conftest import ALICE, Clock, Later, LedgerFile
from tests.house.client import Visitor
from tests.ops.asked import Operator
from tests.peer import Peer

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TOPIC = "Mentions and replies"


@pytest.fixture
def leave(links: Links) -> str:
    """Unsubscribes Alice from everything optional."""
    return f"/u/{links.mint(Scope.UNSUBSCRIBE, ALICE, subject=Subject())}"


def test_a_choice_is_counted_by_its_door_and_what_came_of_it(
    operator: Operator, visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    visitor.change(page, TOPIC, on=None)
    peer.fault("reset", methods=["PUT"])
    visitor.change(page, "Due dates", on=None)
    peer.fault(status=422, methods=["PUT"])
    visitor.change(page, "Tasks assigned to you", on=None)

    for outcome in ("saved", "kept", "refused"):
        told = {"door": "page", "outcome": outcome}
        assert operator.number("choices_total", **told) == 1, outcome
    assert operator.number("delivery_attempts_total", outcome="delivered") == 1
    assert operator.number("delivery_attempts_total", outcome="refused") == 1


def test_one_act_on_many_topics_is_many_choices(
    operator: Operator, visitor: Visitor, leave: str
) -> None:
    visitor.raw("POST", leave, data=ONE_CLICK)

    told = {"door": "one_click", "outcome": "saved"}
    count = operator.number("choices_total", **told)
    assert count > 5
    assert operator.number("unsubscribe_seconds_count") == count
    assert operator.number("delivery_attempts_total", outcome="delivered") == count


def test_what_is_not_kept_is_counted_as_such(
    operator: Operator,
    visitor: Visitor,
    alice: str,
    peer: Peer,
    ledger_file: LedgerFile,
) -> None:
    page = visitor.open(alice)
    ledger_file.spoil()
    peer.fault(status=503)
    visitor.change(page, TOPIC, on=None)

    lost = {"door": "page", "outcome": "unavailable"}
    assert operator.number("choices_total", **lost) == 1
    assert operator.number("ledger_faults_total", fault="tables") >= 1


def test_the_time_to_honor_is_from_the_act_to_courier_s_word(
    operator: Operator,
    visitor: Visitor,
    leave: str,
    peer: Peer,
    clock: Clock,
    deliver: Callable[[], int],
) -> None:
    """Also where it was made unseen: then from there on, topic by topic."""
    peer.fault(status=503)
    visitor.raw("POST", leave, data=ONE_CLICK)
    began = clock.seconds
    assert operator.number("choices_total", door="one_click", outcome="kept") == 1
    clock.seconds += 7200
    peer.mend()
    while deliver():
        pass

    count = operator.number("unsubscribe_seconds_count")
    took = operator.number("unsubscribe_seconds_sum")
    assert count > 5
    assert 7200 <= took / count <= clock.seconds - began
    assert operator.number("unsubscribe_seconds_bucket", le="3600.0") == 0


def test_to_turn_something_on_is_no_unsubscribe_nor_is_an_undo(
    operator: Operator, visitor: Visitor, alice: str
) -> None:
    visitor.change(visitor.open(alice), TOPIC, on=None)
    visitor.change(visitor.open(alice), TOPIC, on="1")

    assert operator.number("choices_total", door="page", outcome="saved") == 2
    assert operator.number("unsubscribe_seconds_count") == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, "unavailable"), (429, "unavailable"), (401, "denied"), (404, "unknown")],
)
def test_calls_are_counted_by_what_courier_said(
    operator: Operator,
    visitor: Visitor,
    alice: str,
    peer: Peer,
    status: int,
    outcome: str,
) -> None:
    visitor.open(alice)
    peer.fault(status=status)
    visitor.open(alice)

    called = {"call": "preferences", "outcome": outcome}
    assert operator.number("courier_call_seconds_count", **called) == 1
    fine = {"call": "preferences", "outcome": "ok"}
    assert operator.number("courier_call_seconds_count", **fine) == 1
    assert operator.number("courier_call_seconds_sum", **fine) > 0


def test_pages_are_counted_by_how_good_they_were(
    operator: Operator,
    visitor: Visitor,
    alice: str,
    bob: str,
    peer: Peer,
    ledger_file: LedgerFile,
) -> None:
    visitor.open(alice)
    peer.fault(status=503)
    visitor.open(alice)
    visitor.raw("GET", bob)
    peer.mend()
    ledger_file.lose()
    visitor.open(alice)

    for state in ("now", "last_known", "down", "blind"):
        assert operator.number("preferences_shown_total", state=state) == 1, state


def test_links_are_counted_by_their_age(
    operator: Operator, visitor: Visitor, alice: str, old_alice: str
) -> None:
    visitor.open(alice)
    visitor.open(old_alice)

    ages = {"scope": "preferences"}
    assert operator.number("link_age_seconds_bucket", **ages, le="3600.0") == 1
    month = "2.592e+06"
    assert float(month) == 30 * DAY
    assert operator.number("link_age_seconds_bucket", **ages, le=month) == 1
    assert operator.number("link_age_seconds_count", **ages) == 2
    opened = {"scope": "preferences", "power": "reduce"}
    assert operator.number("links_opened_total", **opened) == 1


def test_when_courier_last_gave_what_is_kept_is_told(
    operator: Operator, visitor: Visitor, bob: str, clock: Clock, later: Later
) -> None:
    visitor.open(bob)
    began = clock.seconds
    for cache in ("catalog", "tenants", "brands"):
        told = operator.number("courier_fetched_timestamp_seconds", cache=cache)
        assert told == began, cache
    clock.seconds += 120
    visitor.open(bob)
    later.run()

    told = operator.number("courier_fetched_timestamp_seconds", cache="catalog")
    assert told == began + 120
