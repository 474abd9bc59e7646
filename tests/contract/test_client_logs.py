"""Courier's log of what changed, as our client asks for it and reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.courier.client import LOG_LIMIT, LOG_PAGES, Courier
from app.courier.errors import Unavailable
from app.preferences.model import Channel, Recipient, Routing, Status
from app.preferences.timeline import Logged
from tests.contract.outbound import ADA, MENTIONS, OFF, TENANT, courier_at
from tests.peer import Peer

IN, OUT = Status.OPTED_IN, Status.OPTED_OUT
ADA_THERE = Recipient("ada", TENANT)
ENTRY: dict[str, Any] = {
    "id": "pcl_1",
    "user_id": "ada",
    "topic_id": "T",
    "topic_name": "Topic",
    "status": "OPTED_OUT",
    "has_custom_routing": True,
    "custom_routing": ["sms"],
    "timestamp": "2026-11-20T12:00:00.250Z",
}
AT = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() + 0.25
SMS = Routing(True, (Channel("sms"),))


class Pages(httpx.BaseTransport):
    """Answers with these pages, one after the other, and keeps what was asked."""

    def __init__(self, *pages: list[dict[str, Any]], is_endless: bool = False) -> None:
        self.pages = list(pages)
        self.is_endless = is_endless
        self.asked: list[dict[str, list[str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(parse_qs(str(request.url.query, "ascii")))
        number = len(self.asked)
        items = self.pages[min(number, len(self.pages)) - 1]
        more = self.is_endless or number < len(self.pages)
        paging = {"more": more} | ({"cursor": f"c {number}"} if more else {})
        return httpx.Response(200, json={"items": items, "paging": paging})


def read(pages: Pages, recipient: Recipient = ADA) -> list[Logged]:
    with courier_at("http://courier.test", transport=pages) as courier:
        return courier.logs(recipient)


@pytest.fixture
def courier(peer: Peer) -> Iterator[Courier]:
    with courier_at(peer.url) as courier:
        yield courier


def test_a_change_is_read_with_what_was_before_it() -> None:
    before = {"status": "OPTED_IN", "has_custom_routing": False, "custom_routing": []}

    (entry,) = read(Pages([{**ENTRY, "previous": before, "snoozed_until": 1}]))

    assert entry == Logged("T", "Topic", OUT, SMS, AT, (IN, Routing()))


def test_a_first_change_has_nothing_before_it() -> None:
    (entry,) = read(Pages([ENTRY]))

    assert entry.previous is None


def test_what_is_asked_names_the_user_and_the_tenant() -> None:
    alone, there = Pages([]), Pages([])

    read(alone, Recipient("lin wei & 07"))
    read(there, ADA_THERE)

    limit = [str(LOG_LIMIT)]
    assert alone.asked == [{"user_id": ["lin wei & 07"], "limit": limit}]
    assert there.asked == [{"user_id": ["ada"], "tenant_id": [TENANT], "limit": limit}]


def test_pages_are_followed_by_their_cursor() -> None:
    pages = Pages([ENTRY], [{**ENTRY, "topic_id": "U"}])

    assert [entry.topic_id for entry in read(pages)] == ["T", "U"]
    assert [asked.get("cursor") for asked in pages.asked] == [None, ["c 1"]]


def test_a_log_without_end_is_read_as_far_as_its_newest_pages() -> None:
    pages = Pages([ENTRY], is_endless=True)

    assert len(read(pages)) == len(pages.asked) == LOG_PAGES


def test_entries_of_other_tenants_and_users_are_left_out() -> None:
    """Without a tenant Courier tells of all of them."""
    entries = [
        ENTRY,
        {**ENTRY, "tenant_id": TENANT, "topic_id": "U"},
        {**ENTRY, "tenant_id": "other", "topic_id": "V"},
        {**ENTRY, "user_id": "ben", "topic_id": "W"},
    ]

    assert [e.topic_id for e in read(Pages(entries))] == ["T"]
    assert [e.topic_id for e in read(Pages(entries), ADA_THERE)] == ["U"]


@pytest.mark.parametrize("name", ENTRY)
def test_an_entry_that_lacks_a_field_is_unavailable(name: str) -> None:
    whole = {key: value for key, value in ENTRY.items() if key != name}

    with pytest.raises(Unavailable):
        read(Pages([whole]))


@pytest.mark.parametrize(
    "field",
    [
        {"id": ""},
        {"status": "SNOOZED"},
        {"has_custom_routing": "yes"},
        {"custom_routing": "sms"},
        {"custom_routing": ["<b>"]},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-20T12:00:00"},
        {"timestamp": None},
        {"previous": {"status": "OPTED_IN"}},
        {"tenant_id": 7},
    ],
)
def test_a_field_that_is_not_as_agreed_is_unavailable(field: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        read(Pages([ENTRY | field]))


def test_courier_itself_tells_what_we_changed(courier: Courier) -> None:
    courier.put(ADA, MENTIONS, OFF, with_routing=True)
    courier.put(ADA_THERE, MENTIONS, OFF, with_routing=True)
    courier.delete(ADA, MENTIONS)

    newest, oldest = courier.logs(ADA)

    assert (newest.topic_id, newest.status, oldest.status) == (MENTIONS, IN, OUT)
    assert newest.previous is not None
    assert newest.at >= oldest.at
    assert len(courier.logs(ADA_THERE)) == 1
    assert courier.logs(Recipient("nobody")) == []


def test_since_a_moment_there_is_only_what_came_after_it(
    courier: Courier, peer: Peer
) -> None:
    courier.put(ADA, MENTIONS, OFF, with_routing=True)
    (entry,) = courier.logs(ADA)
    peer.requests()

    later = datetime.fromtimestamp(entry.at + 1, UTC)

    assert courier.logs(ADA, since=datetime.fromtimestamp(entry.at - 1, UTC))
    assert courier.logs(ADA, since=later) == []
    ((_, path, _), *_) = peer.requests()
    assert urlsplit(path).path == "/preferences/logs"
