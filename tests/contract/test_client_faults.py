"""What our client makes of a Courier that fails: two meanings, one retry, a budget."""

from collections.abc import Iterator

import httpx
import pytest

from app.courier.client import Courier
from app.courier.errors import (
    AccessDenied,
    CourierError,
    NotOnPlan,
    Refused,
    Unavailable,
    Unknown,
)
from app.courier.http import PAUSE, Http
from app.courier.pool import Pool
from tests.contract.outbound import ADA, CALLS, Napping, courier_at
from tests.peer import Peer
from tests.timing import is_within

WRITES = {"put", "put_many", "delete", "delete_all"}
calls = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(scope="module")
def clock_of_all() -> Napping:
    return Napping()


@pytest.fixture(scope="module")
def connected(session_peer: Peer, clock_of_all: Napping) -> Iterator[Courier]:
    with courier_at(session_peer.url, clock_of_all) as courier:
        yield courier


@pytest.fixture
def napping(clock_of_all: Napping) -> Napping:
    clock_of_all.naps.clear()
    return clock_of_all


@pytest.fixture
def courier(peer: Peer, connected: Courier) -> Courier:
    """To a Courier that was just reset."""
    assert peer.requests() == []
    return connected


@calls
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_status_that_means_not_now_is_unavailable(
    courier: Courier, peer: Peer, name: str, status: int
) -> None:
    peer.fault(status=status)
    with pytest.raises(Unavailable):
        CALLS[name](courier)


@calls
@pytest.mark.parametrize("kind", ["reset", "not_json"])
def test_no_answer_and_one_that_is_not_couriers_are_unavailable(
    courier: Courier, peer: Peer, name: str, kind: str
) -> None:
    peer.fault(kind)
    with pytest.raises(Unavailable):
        CALLS[name](courier)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"delete"}))
@pytest.mark.parametrize("kind", ["empty", "wrong_shape"])
def test_an_unintelligible_answer_is_unavailable(
    courier: Courier, peer: Peer, name: str, kind: str
) -> None:
    """But for a DELETE, whose answer is empty and promises no shape."""
    peer.fault(kind)
    with pytest.raises(Unavailable):
        CALLS[name](courier)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"tenant", "tenant_ids"}))
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Refused),
        (401, AccessDenied),
        (402, NotOnPlan),
        (403, AccessDenied),
        (404, Unknown),
        (409, Refused),
        (413, Refused),
        (422, Refused),
    ],
)
def test_any_other_4xx_is_refused_once_and_not_tried_again(
    courier: Courier, peer: Peer, name: str, status: int, meaning: type[Refused]
) -> None:
    peer.fault(status=status)
    with pytest.raises(Refused) as caught:
        CALLS[name](courier)
    assert type(caught.value) is meaning
    assert caught.value.status == status
    assert len(peer.requests()) == 1


def test_a_wrong_key_is_denied(peer: Peer) -> None:
    for key in ("wrong", "sandbox-key-other-environment"):
        with courier_at(peer.url, key=key) as courier, pytest.raises(AccessDenied):
            courier.catalog()


def test_nobody_listening_is_unavailable(napping: Napping) -> None:
    with (
        courier_at("http://127.0.0.1:9", napping) as courier,
        pytest.raises(Unavailable),
    ):
        courier.catalog()
    assert len(napping.naps) == 1


def test_an_id_that_is_too_long_for_an_address_is_no_other_fault(
    courier: Courier,
) -> None:
    with pytest.raises(CourierError):
        courier.preference(ADA, "x" * 70_000)


@pytest.mark.parametrize("name", sorted(WRITES))
@pytest.mark.parametrize("fault", [{"status": 500}, {"kind": "reset"}])
def test_a_write_that_may_have_taken_effect_is_not_repeated_blindly(
    courier: Courier, peer: Peer, name: str, fault: dict[str, object]
) -> None:
    """Sent twice, its first copy could come after a newer choice; so it is told."""
    peer.switch(faults=[{"kind": "status", "times": 1, **fault}])
    with pytest.raises(Unavailable) as caught:
        CALLS[name](courier)
    assert caught.value.is_ambiguous
    assert len(peer.requests()) == 1


@pytest.mark.parametrize("name", sorted(set(CALLS) - WRITES))
@pytest.mark.parametrize("fault", [{"status": 500}, {"kind": "reset"}])
def test_a_question_is_asked_once_more(
    courier: Courier, peer: Peer, name: str, fault: dict[str, object]
) -> None:
    peer.switch(faults=[{"kind": "status", "times": 1, **fault}])
    CALLS[name](courier)
    assert len(peer.requests()) == 2


@calls
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}])
def test_every_call_survives_one_passing_fault(
    courier: Courier, peer: Peer, name: str, fault: dict[str, object]
) -> None:
    peer.switch(faults=[{"kind": "status", "times": 1, **fault}])
    CALLS[name](courier)
    assert len(peer.requests()) == 2


@calls
def test_a_call_is_tried_twice_at_most(
    courier: Courier, peer: Peer, napping: Napping, name: str
) -> None:
    peer.fault(status=503)
    with pytest.raises(Unavailable):
        CALLS[name](courier)
    assert len(peer.requests()) == 2
    (nap,) = napping.naps
    assert PAUSE <= nap <= 2 * PAUSE


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_when_it_fits_the_budget(
    courier: Courier, peer: Peer, napping: Napping, status: int
) -> None:
    peer.fault(status=status, retry_after="2", times=1)
    courier.catalog()
    assert napping.naps == [2.0]


@pytest.mark.parametrize("wait", ["5", "60", "99999"])
def test_retry_after_beyond_the_budget_is_told_and_not_waited_for(
    courier: Courier, peer: Peer, napping: Napping, wait: str
) -> None:
    peer.fault(status=429, retry_after=wait)
    with pytest.raises(Unavailable) as caught:
        courier.catalog()
    assert caught.value.retry_after == float(wait)
    assert napping.naps == []
    assert len(peer.requests()) == 1


@pytest.mark.parametrize("value", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1e3", ""])
def test_a_retry_after_that_is_no_number_counts_as_none(
    courier: Courier, peer: Peer, napping: Napping, value: str
) -> None:
    peer.fault(status=503, retry_after=value)
    with pytest.raises(Unavailable) as caught:
        courier.catalog()
    assert caught.value.retry_after is None
    assert len(napping.naps) == 1


def test_a_slow_answer_is_given_up_within_the_budget(peer: Peer) -> None:
    peer.switch(latency_ms=4000)
    pool = Pool(peer.url, {})

    def ask() -> None:
        with pytest.raises(Unavailable):
            Courier(Http(pool, budget=0.3)).catalog()
        assert len(peer.requests()) == 1

    assert not is_within(0.1, ask)
    assert is_within(3, ask)
    pool.close()


class Timeouts(httpx.BaseTransport):
    """A network that remembers how long it was allowed to take."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.allowed = request.extensions["timeout"]
        return httpx.Response(200, json={"results": []})


@pytest.mark.parametrize("budget", [5.0, 1.0])
def test_connecting_and_reading_share_the_budget(budget: float) -> None:
    network = Timeouts()
    pool = Pool("http://courier.example", {}, network)
    courier = Courier(Http(pool, budget=budget, monotonic=lambda: 0.0))

    courier.catalog()
    courier.close()

    assert network.allowed["connect"] + network.allowed["read"] <= budget
