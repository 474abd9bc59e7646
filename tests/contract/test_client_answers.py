"""How our client reads answers that a healthy Courier would not give."""

from collections.abc import Iterator

import httpx
import pytest

from app.courier.client import PAGES
from app.courier.errors import Unavailable
from app.courier.http import BUDGET, LARGEST
from tests.contract.outbound import ADA, Napping, courier_at


class Dripping(httpx.BaseTransport, httpx.SyncByteStream):
    """An answer without end, whose chunks take their time."""

    def __init__(self, clock: Napping, chunk: bytes, seconds: float) -> None:
        self.clock, self.chunk, self.seconds = clock, chunk, seconds
        self.sent = 0

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.clock.now += self.seconds
            self.sent += len(self.chunk)
            yield self.chunk


def test_an_answer_that_drips_is_given_up_within_the_budget() -> None:
    napping = Napping()
    drip, began = Dripping(napping, b" ", 1.0), napping.now
    with (
        courier_at("http://courier.test", napping, transport=drip) as courier,
        pytest.raises(Unavailable),
    ):
        courier.catalog()
    assert napping.now - began <= BUDGET + 1.0


def test_an_answer_that_never_ends_is_given_up() -> None:
    napping = Napping()
    flood = Dripping(napping, b" " * 1_000_000, 0.001)
    with (
        courier_at("http://courier.test", napping, transport=flood) as courier,
        pytest.raises(Unavailable),
    ):
        courier.catalog()
    assert flood.sent <= 2 * (LARGEST + 1_000_000)


class Canned(httpx.BaseTransport):
    """Answers one body to everything, and remembers the paths."""

    def __init__(self, body: str, status: int = 200) -> None:
        self.body, self.status = body, status
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return httpx.Response(self.status, text=self.body, headers={"Location": "/"})


def test_a_list_that_never_ends_is_a_fault_and_not_a_shorter_list() -> None:
    endless = Canned('{"items": [], "paging": {"more": true, "cursor": "next"}}')
    with (
        courier_at("http://courier.test", transport=endless) as courier,
        pytest.raises(Unavailable),
    ):
        courier.preferences(ADA)
    assert len(endless.asked) == PAGES


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_with_our_key(status: int) -> None:
    elsewhere = Canned("", status)
    with (
        courier_at("http://courier.test", transport=elsewhere) as courier,
        pytest.raises(Unavailable),
    ):
        courier.catalog()
    assert set(elsewhere.asked) == {"/preferences/sections"}


TOPIC = '{"topic": {"topic_id": "T", "topic_name": "T", %s}}'


@pytest.mark.parametrize(
    "fields",
    [
        '"status": "SNOOZED", "default_status": "OPTED_IN"',
        '"status": "OPTED_IN"',
        '"status": "OPTED_IN", "default_status": null',
        '"status": "OPTED_IN", "default_status": "OPTED_IN", "custom_routing": "sms"',
        '"status": "OPTED_IN", "default_status": "OPTED_IN", "custom_routing": ["<"]',
        '"status": "OPTED_IN", "default_status": "OPTED_IN", "has_custom_routing": 1',
    ],
)
def test_a_field_that_is_not_as_agreed_is_unavailable(fields: str) -> None:
    with (
        courier_at("http://courier.test", transport=Canned(TOPIC % fields)) as courier,
        pytest.raises(Unavailable),
    ):
        courier.preference(ADA, "T")


def test_a_field_or_channel_that_courier_adds_later_is_no_fault() -> None:
    fields = (
        '"status": "OPTED_IN", "default_status": "OPTED_IN", "snoozed_until": 1,'
        '"has_custom_routing": true, "custom_routing": ["carrier_pigeon"]'
    )
    with courier_at("http://courier.test", transport=Canned(TOPIC % fields)) as courier:
        read = courier.preference(ADA, "T")
    assert read.standing.routing.channels == ("carrier_pigeon",)
