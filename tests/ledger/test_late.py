"""An old request that comes late: seen, repaired, and told from other people's acts."""

import pytest

from app.parts import Parts
from app.preferences.choice import Choice, Draft, State
from app.preferences.model import Channel, Routing
from app.preferences.rules import Change
from tests.ledger.acts import (
    HOUR,
    LOST,
    OFF,
    ON,
    ON_SQLITE,
    OUT,
    SAM,
    TRACE,
    WAS_ON,
    Books,
    at_courier,
    deliver_due,
    eventually,
    status,
)
from tests.peer import Peer

NEVER = 12
"""More looks than are ever taken."""


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


def doubtful(parts: Parts, books: Books, peer: Peer, topic: str) -> Choice:
    """On, whose answer was lost, then off, which arrived."""
    peer.requests()
    books.settle(books.choose(ON, topic, SAM), LOST)
    newest = books.choose(OFF, topic, SAM)
    parts.delivery.at_once([newest])
    assert status(peer, topic) == "OPTED_OUT"
    return newest


@pytest.mark.parametrize("late", [1, 70, 119])
@ON_SQLITE
def test_an_old_request_that_comes_late_is_repaired(
    parts: Parts, books: Books, peer: Peer, topic: str, late: float
) -> None:
    newest = doubtful(parts, books, peer, topic)
    lands = books.clock() + late
    while books.clock() < lands:
        deliver_due(parts, books, min(2, lands - books.clock()))
    at_courier(peer, topic, "OPTED_IN")

    for _ in range(12):
        deliver_due(parts, books, 20)

    assert status(peer, topic) == "OPTED_OUT"
    assert books.state(newest) is State.DELIVERED
    assert books.due_in(newest) is None


@pytest.mark.parametrize("patience", [1.5])
def test_an_old_request_that_lands_after_its_time_out_is_repaired_for_real(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    at_courier(peer, topic, "OPTED_OUT")
    peer.fault("apply_late", delay_ms=4000, methods=["PUT"], times=1)
    older = books.choose(ON, topic, SAM)
    parts.delivery.at_once([older])
    assert books.state(older) is State.PENDING

    newest = books.choose(OFF, topic, SAM)
    parts.delivery.at_once([newest])
    assert eventually(lambda: status(peer, topic) == "OPTED_IN"), "the old one landed"
    deliver_due(parts, books, 3)

    assert status(peer, topic) == "OPTED_OUT"
    assert books.state(newest) is State.DELIVERED


@ON_SQLITE
def test_a_change_made_elsewhere_is_left_alone(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """No doubtful choice explains it, so it was somebody's."""
    doubtful(parts, books, peer, topic)
    path = f"/users/{SAM.user_id}/preferences/{topic}"
    elsewhere = {"has_custom_routing": True, "custom_routing": ["sms"]}
    peer.replace(path, {"topic": {"status": "OPTED_IN", **elsewhere}})
    peer.requests()

    for _ in range(10):
        deliver_due(parts, books, 30)

    assert peer.writes() == []
    assert peer.topic(SAM.user_id, topic)["custom_routing"] == ["sms"]
    assert deliver_due(parts, books, HOUR) == 0


def test_a_doubt_that_is_over_explains_nothing(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """A doubt of a month ago does not undo what somebody did elsewhere."""
    doubtful(parts, books, peer, topic)
    for _ in range(10):
        deliver_due(parts, books, 30)
    books.clock.seconds += 30 * 24 * HOUR
    draft = Draft(topic, "", WAS_ON, Change(OUT, Routing(True, (Channel("sms"),))))
    (recent,) = books.ledger.record(SAM, [draft], TRACE)
    books.settle(recent, LOST)
    parts.delivery.at_once([books.choose(OFF, topic, SAM)])
    at_courier(peer, topic, "OPTED_IN")

    for _ in range(10):
        deliver_due(parts, books, 30)

    assert status(peer, topic) == "OPTED_IN"


@ON_SQLITE
def test_a_repair_that_courier_refuses_is_not_tried_for_ever(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    doubtful(parts, books, peer, topic)
    at_courier(peer, topic, "OPTED_IN")
    peer.fault("status", status=400, methods=["PUT"])

    for _ in range(10):
        deliver_due(parts, books)

    assert deliver_due(parts, books, HOUR) == 0
    assert len(peer.writes()) < 5


@ON_SQLITE
def test_looks_at_a_topic_that_courier_has_no_more_come_to_an_end(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    doubtful(parts, books, peer, topic)
    peer.fault("status", status=404)

    for _ in range(NEVER):
        deliver_due(parts, books)

    assert deliver_due(parts, books, HOUR) == 0


@ON_SQLITE
def test_while_courier_says_nothing_the_looks_go_on_and_do_not_hammer(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    doubtful(parts, books, peer, topic)
    peer.fault("status", status=401)
    peer.requests()
    for _ in range(NEVER):
        deliver_due(parts, books, 3)
    assert 1 < len(peer.requests()) < NEVER
    peer.mend()
    at_courier(peer, topic, "OPTED_IN")

    for _ in range(3):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_OUT"
