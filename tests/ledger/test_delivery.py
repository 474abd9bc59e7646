"""Delivery against the sandbox: whatever Courier does, the choice arrives, once."""

import pytest
from sqlalchemy import update

from app.ledger.queue import Verdict
from app.ledger.tables import choices
from app.parts import Parts
from app.preferences.choice import Draft, State
from app.preferences.model import Channel, Routing
from app.preferences.rules import Act, Change, Reset
from tests.ledger.acts import (
    HOUR,
    IN,
    MINUTE,
    OFF,
    ON,
    ON_SQLITE,
    SAM,
    TRACE,
    WAS_OFF,
    WAS_ON,
    Books,
    at_courier,
    deliver_due,
    status,
)
from tests.peer import Json, Peer

PASSING: list[Json] = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502, "apply": True},
    {"kind": "status", "status": 429, "retry_after": "20"},
    {"kind": "status", "status": 408},
    {"kind": "reset"},
    {"kind": "reset", "apply": True},
    {"kind": "not_json"},
    {"kind": "not_json", "apply": True},
    {"kind": "empty", "apply": True},
    {"kind": "wrong_shape"},
]
"""What passes; written `apply`, the request took effect although nobody heard so."""

DEFAULT_ROUTING = {"has_custom_routing": False, "custom_routing": []}
WRITES = ["PUT", "POST", "DELETE"]


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


# At once


@pytest.mark.parametrize("fault", PASSING, ids=repr)
@ON_SQLITE
def test_a_choice_arrives_after_a_fault(
    parts: Parts, books: Books, peer: Peer, topic: str, fault: Json
) -> None:
    peer.switch(faults=[{**fault, "methods": WRITES, "times": 2}])

    parts.delivery.at_once([choice := books.choose(OFF, topic, SAM)])
    for _ in range(4):
        deliver_due(parts, books)

    assert status(peer, topic) == "OPTED_OUT"
    assert books.state(choice) is State.DELIVERED
    assert books.due_in(choice) is None


@pytest.mark.parametrize(
    "fault", [fault for fault in PASSING if fault.get("apply")], ids=repr
)
@ON_SQLITE
def test_what_took_effect_although_the_answer_was_lost_is_not_sent_twice(
    parts: Parts, books: Books, peer: Peer, topic: str, fault: Json
) -> None:
    """Neither where Courier can be asked at once, nor where it can be later only."""
    silence = {"kind": "status", "status": 503, "methods": ["GET"]}
    for others in ([], [silence]):
        peer.switch(faults=[{**fault, "methods": ["PUT"], "times": 1}, *others])
        act, expected = (ON, "OPTED_IN") if others else (OFF, "OPTED_OUT")

        parts.delivery.at_once([choice := books.choose(act, topic, SAM)])
        peer.mend()
        deliver_due(parts, books)

        assert [method for method, _, _ in peer.writes()] == ["PUT"]
        assert status(peer, topic) == expected
        assert books.state(choice) is State.DELIVERED


def test_a_reset_whose_answer_was_lost_arrives(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Sent twice, which changes nothing: whether it arrived cannot be seen."""
    at_courier(peer, topic, "OPTED_OUT")
    peer.fault("reset", apply=True, methods=["DELETE"], times=1)
    draft = Draft(topic, "Due dates", WAS_OFF, Reset())

    (choice,) = books.ledger.record(SAM, [draft], TRACE)
    parts.delivery.at_once([choice])
    deliver_due(parts, books)

    assert books.state(choice) is State.DELIVERED
    assert status(peer, topic) == "OPTED_IN"


@ON_SQLITE
def test_routing_and_digest_arrive_as_they_were_chosen(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    tasks = topic_ids["Tasks assigned to you"]
    schedule = peer.sections()[1]["topics"][1]["digest"]["schedules"][0]["schedule_id"]
    act = Change(IN, Routing(True, (Channel("push"),)), schedule)
    _offline(parts, books, peer, Draft(tasks, "Tasks", WAS_ON, act))

    told = peer.topic(SAM.user_id, tasks)

    assert (told["has_custom_routing"], told["custom_routing"]) == (True, ["push"])
    assert told["digest_schedule_id"] == schedule


def _offline(parts: Parts, books: Books, peer: Peer, draft: Draft) -> None:
    """Made while Courier is down, delivered when it is back."""
    peer.fault()
    parts.delivery.at_once(books.ledger.record(SAM, [draft], TRACE))
    peer.mend()
    assert deliver_due(parts, books) == 1


def test_many_are_sent_together_and_each_has_its_result(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    names = ["Due dates", "Payment reminders", "Invoice receipts"]
    drafts = [Draft(topic_ids[name], name, WAS_ON, OFF) for name in names]

    recorded = books.ledger.record(SAM, drafts, TRACE)
    results = parts.delivery.at_once(recorded)

    assert [method for method, _, _ in peer.writes()] == ["POST"]
    assert {r.verdict for r in results.values()} == {Verdict.DELIVERED}
    assert results.keys() == {choice.id for choice in recorded}
    assert {books.state(choice) for choice in recorded} == {State.DELIVERED}


def test_of_many_only_the_one_that_courier_refuses_is_refused(
    parts: Parts, books: Books, peer: Peer, topic_ids: dict[str, str]
) -> None:
    ids = [topic_ids["Due dates"], topic_ids["Payment reminders"], "NOSUCHTOPIC"]
    drafts = [Draft(id_, id_, WAS_ON, OFF) for id_ in ids]

    recorded = books.ledger.record(SAM, drafts, TRACE)
    parts.delivery.at_once(recorded)

    states = [books.state(choice) for choice in recorded]
    assert states == [State.DELIVERED, State.DELIVERED, State.REFUSED]
    assert [status(peer, id_) for id_ in ids[:2]] == ["OPTED_OUT", "OPTED_OUT"]


@pytest.mark.parametrize("code", [400, 404, 409, 422])
@ON_SQLITE
def test_what_courier_refuses_says_why_and_is_never_tried_again(
    parts: Parts, books: Books, peer: Peer, topic: str, code: int
) -> None:
    peer.fault("status", status=code, methods=["PUT"])

    parts.delivery.at_once([choice := books.choose(OFF, topic, SAM)])
    peer.requests()
    for _ in range(3):
        deliver_due(parts, books, HOUR)

    assert books.state(choice) is State.REFUSED
    assert str(code) in (books.row(choice)["last_error"] or "")
    assert peer.requests() == []


@pytest.mark.parametrize("code", [401, 403])
@ON_SQLITE
def test_a_wrong_key_loses_nothing(
    parts: Parts, books: Books, peer: Peer, topic: str, code: int
) -> None:
    peer.fault("status", status=code)
    choice = books.choose(OFF, topic, SAM)
    parts.delivery.at_once([choice])
    for _ in range(8):
        deliver_due(parts, books, HOUR)
    assert books.state(choice) is State.PENDING
    assert books.row(choice)["last_error"].startswith("denied: ")

    peer.mend()
    deliver_due(parts, books, HOUR)

    assert status(peer, topic) == "OPTED_OUT"
    assert books.state(choice) is State.DELIVERED


@ON_SQLITE
def test_an_outage_of_weeks_loses_nothing(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    peer.fault()
    parts.delivery.at_once([choice := books.choose(OFF, topic, SAM)])
    for _ in range(8):
        deliver_due(parts, books, 24 * HOUR)
    assert books.queue.backlog().overdue == 1

    peer.mend()
    deliver_due(parts, books, HOUR)

    assert status(peer, topic) == "OPTED_OUT"
    assert books.row(choice)["attempts"] > 8


def test_a_retry_after_is_waited_for(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    peer.fault("status", status=429, retry_after="40", times=1)
    parts.delivery.at_once([books.choose(OFF, topic, SAM)])
    peer.requests()

    assert deliver_due(parts, books, 39) == 0
    assert peer.requests() == []
    assert deliver_due(parts, books, 2) == 1
    assert status(peer, topic) == "OPTED_OUT"


@ON_SQLITE
def test_the_circuit_opens_and_then_lets_one_through(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    def tried() -> set[str]:
        """The choices, each of which may have been sent twice."""
        return {path for _, path, _ in peer.writes()}

    peer.fault()
    for n in range(8):
        books.wait(OFF, f"{topic} {n}", SAM)
    books.clock.seconds += MINUTE
    for choice in parts.delivery.due(50):
        parts.delivery.deliver(choice)
    assert len(tried()) == 5
    assert parts.delivery.due(50) == []

    books.queue.hurry()
    books.clock.seconds += 1.1
    for choice in parts.delivery.due(50):
        parts.delivery.deliver(choice)

    assert len(tried()) == 1
    assert parts.delivery.due(50) == []


def test_an_act_that_was_delayed_in_the_ledger_is_sent_by_others(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Its recorder was killed: the choice is in doubt, Courier does not have it."""
    choice = books.choose(OFF, topic, SAM)

    assert deliver_due(parts, books, 16) == 1

    assert status(peer, topic) == "OPTED_OUT"
    assert books.state(choice) is State.DELIVERED


def test_a_killed_recorder_s_choice_that_had_arrived_is_not_sent_again(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    choice = books.choose(OFF, topic, SAM)
    at_courier(peer, topic, "OPTED_OUT")

    deliver_due(parts, books, 16)

    assert peer.writes() == []
    assert books.state(choice) is State.DELIVERED


# Without a ledger to write in


def test_what_cannot_be_settled_is_looked_at_anew(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """The lease is gone, as if it had been lost on the way."""
    choice = books.choose(OFF, topic, SAM)
    with books.database.noting() as connection:
        connection.execute(update(choices).values(lease="somebody else's"))

    results = parts.delivery.at_once([choice])
    deliver_due(parts, books, 16)

    assert results[choice.id].verdict is Verdict.DELIVERED
    assert [method for method, _, _ in peer.writes()] == ["PUT"]
    assert books.state(choice) is State.DELIVERED


def test_acts_of_every_kind_come_through_the_ledger_in_order(
    parts: Parts, books: Books, peer: Peer, topic: str
) -> None:
    """Made one after the other while Courier is down: the last one counts."""
    peer.fault()
    acts: list[Act] = [OFF, ON, Reset(), ON, OFF]
    for act in acts:
        draft = Draft(topic, "", WAS_ON, act)
        parts.delivery.at_once(books.ledger.record(SAM, [draft], TRACE))
    peer.mend()
    peer.requests()

    deliver_due(parts, books)

    assert [body for _, _, body in peer.writes()] == [
        {"topic": {"status": "OPTED_OUT", **DEFAULT_ROUTING}}
    ]
