"""What the client learns for support: messages, templates, profiles, who is where."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from structlog.testing import capture_logs

from app.courier.errors import AccessDenied, CourierError, Refused, Unavailable
from app.courier.http import Http
from app.courier.people import PAGES, People
from app.courier.pool import Pool
from app.preferences.message import Message, Template, Verdict, verdict
from app.preferences.model import Recipient
from app.preferences.person import Member, Profile, Roster
from tests.contract.outbound import KEY, MENTIONS, Napping
from tests.peer import Json, Peer

BEN = Recipient("user-ben")
ADA = Recipient("user-ada")
GRACE = "grace.okafor@example.com"
HARBOR = "harbor-collective"

ASKED: dict[str, Callable[[People], object]] = {
    "messages": lambda people: people.messages(ADA),
    "recipients_of": lambda people: people.recipients_of(GRACE),
    "templates": lambda people: people.templates(),
    "profile": lambda people: people.profile("user-ada"),
    "members": lambda people: people.members(HARBOR),
    "tenant_list": lambda people: people.tenant_list(),
}
everything = pytest.mark.parametrize("name", ASKED)


@contextmanager
def people_at(
    url: str, transport: httpx.BaseTransport | None = None
) -> Iterator[People]:
    clock = Napping()
    pool = Pool(url, {"Authorization": f"Bearer {KEY}"}, transport)
    yield People(Http(pool, monotonic=clock.monotonic, sleep=clock.sleep))
    pool.close()


@pytest.fixture
def people(peer: Peer) -> Iterator[People]:
    with people_at(peer.url) as people:
        yield people


@contextmanager
def answered(answer: Json) -> Iterator[People]:
    """People who ask a Courier that says the same to everything."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    with people_at("http://courier.example", transport) as people:
        yield people


def asked(peer: Peer) -> list[str]:
    return [path for _, path, _ in peer.requests()]


def test_messages_come_newest_first_with_their_times(
    people: People, peer: Peer
) -> None:
    found = people.messages(ADA)

    assert [message.status for message in found] == [
        "OPENED",
        "DIGESTED",
        "FILTERED",
        "DELIVERED",
        "UNMAPPED",
    ]
    assert asked(peer) == ["/messages?recipient=user-ada"]
    opened, _, filtered = found[:3]
    assert opened.sent_at == opened.at + 1
    assert opened.delivered_at == opened.at + 3
    assert opened.opened_at == opened.at + 410
    assert (opened.clicked_at, opened.template_id) == (None, "mention-created")
    assert verdict(filtered) is Verdict.FILTERED_BY_CHOICE


def test_messages_of_a_tenant_are_asked_for_by_it(people: People, peer: Peer) -> None:
    found = people.messages(Recipient("user-ada", HARBOR))

    assert [message.template_id for message in found] == ["invoice-paid"]
    assert asked(peer) == [f"/messages?recipient=user-ada&tenant_id={HARBOR}"]


def test_somebody_elses_messages_are_left_out() -> None:
    own: Json = {"id": "1", "recipient": "user-ada", "status": "SENT", "enqueued": 1000}
    other = {**own, "id": "2", "recipient": "user-ben"}
    newer = {**own, "id": "3", "enqueued": 2000}

    with answered({"results": [own, other, newer], "paging": {"more": False}}) as them:
        found = them.messages(ADA)

    assert [message.id for message in found] == ["3", "1"]


def test_a_message_may_lack_what_courier_calls_optional_and_more() -> None:
    line: Json = {
        "id": "1",
        "recipient": "user-ada",
        "status": "A_NEW_STATUS",
        "enqueued": 1_500,
        "sent": "yesterday",
        "reason": 7,
        "added_later": {},
    }

    with answered({"results": [line]}) as people:
        (found,) = people.messages(ADA)

    assert found == Message("1", "", "A_NEW_STATUS", None, None, 1.5)
    assert verdict(found) is Verdict.UNKNOWN


def test_recipients_of_an_address_are_those_whose_messages_went_there(
    people: People, peer: Peer
) -> None:
    assert people.recipients_of(GRACE) == [GRACE]
    assert people.recipients_of("nobody@example.com") == []
    assert asked(peer)[0] == "/messages?recipient=grace.okafor%40example.com"


def test_templates_are_known_by_their_ids_of_either_kind(people: People) -> None:
    found = people.templates()

    assert found["mention-created"] == Template("mention-created", "Mention", MENTIONS)
    assert found["product-news"].name == "Product news"
    assert found["product-news"].topic_id
    assert found["preferences-link"].topic_id is None
    assert "workspace-exported" not in found


@pytest.mark.parametrize("topic", [{}, {"topic_id": ""}, {"topic_id": None}])
def test_a_template_without_a_topic_has_none(topic: Json) -> None:
    with answered({"results": [{"id": "t", **topic}]}) as people:
        assert people.templates() == {"t": Template("t", "")}


def test_a_topic_by_its_newer_name_counts_as_well() -> None:
    line = {"id": "t", "name": "T", "subscription_topic_id": "news"}
    with answered({"results": [line]}) as people:
        assert people.templates() == {"t": Template("t", "T", "news")}


def test_a_profile_has_what_is_known_and_the_other_texts(
    people: People, peer: Peer
) -> None:
    peer.replace(
        "/profiles/a b%2Fc",
        {"profile": {"email": "x@y.z", "city": "Lund", "n": 7, "given_name": "Li"}},
    )

    assert people.profile("user-ada") == Profile(
        "Ada Brandt",
        "ada.brandt@example.com",
        "+4930555010101",
        "en",
        {"given_name": "Ada", "family_name": "Brandt"},
    )
    assert people.profile("a b/c") == Profile(
        "Li", "x@y.z", more={"city": "Lund", "given_name": "Li"}
    )


@pytest.mark.parametrize("answer", ["not_found", "empty"])
def test_an_unknown_user_has_an_empty_profile(
    people: People, peer: Peer, answer: str
) -> None:
    peer.switch(unknown_profile=answer)

    found = people.profile("nobody at all")

    assert found == Profile()
    assert found.is_empty


def test_members_are_read_with_the_addresses_of_their_membership(
    people: People, peer: Peer
) -> None:
    profile = {"email": "ada@harbor.example", "phone_number": "+351210000001"}
    path = f"/users/user-ada/tenants/{HARBOR}"
    peer.replace(path, {"profile": {**profile, "seats": 3}})

    found = people.members(HARBOR)

    assert found.is_whole
    assert found.members == (
        Member("lin wei 07"),
        Member("user-ada", "ada@harbor.example", "+351210000001"),
        Member("user-noor", "noor@harbor.example", "+351210000002", "Noor Haddad"),
    )


def test_no_such_tenant_has_no_members(people: People) -> None:
    assert people.members("nowhere") == Roster(())


def test_more_members_than_are_read_are_told_of(people: People, peer: Peer) -> None:
    for number in range(301):
        peer.replace(f"/users/u{number:03}/tenants/harbor-lisbon", {})
    peer.requests()

    found = people.members("harbor-lisbon")

    assert not found.is_whole
    assert len(found.members) == 300
    assert len(asked(peer)) == PAGES


def test_tenants_are_listed(people: People, peer: Peer) -> None:
    assert people.tenant_list() == {
        "harbor-collective": "Harbor Collective",
        "harbor-lisbon": "Harbor Lisbon",
    }
    assert asked(peer) == ["/tenants?limit=100"]


@pytest.mark.parametrize("name", sorted(set(ASKED) - {"profile"}))
def test_a_list_without_end_is_left_after_some_pages(name: str) -> None:
    pages: list[httpx.Request] = []
    endless = {"paging": {"more": True, "cursor": "c"}, "has_more": True, "cursor": "c"}

    def answer(request: httpx.Request) -> httpx.Response:
        pages.append(request)
        return httpx.Response(200, json={"results": [], "items": [], **endless})

    with people_at("http://x.example", httpx.MockTransport(answer)) as people:
        ASKED[name](people)

    expected = {"templates": 10, "messages": 1}
    assert len(pages) == expected.get(name, PAGES)


@everything
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_courier_that_is_down_is_told(
    people: People, peer: Peer, name: str, status: int
) -> None:
    peer.fault(status=status)

    with pytest.raises(Unavailable):
        ASKED[name](people)


@everything
@pytest.mark.parametrize("kind", ["reset", "not_json", "wrong_shape", "empty"])
def test_an_answer_that_is_not_couriers_is_told(
    people: People, peer: Peer, name: str, kind: str
) -> None:
    peer.fault(kind)

    with pytest.raises(Unavailable):
        ASKED[name](people)


@everything
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_ask_is_told_and_is_no_alarm(
    people: People, peer: Peer, name: str, status: int
) -> None:
    peer.fault(status=status)

    with capture_logs() as logs, pytest.raises(AccessDenied):
        ASKED[name](people)

    assert [entry["log_level"] for entry in logs] == ["info"]


@pytest.mark.parametrize("id_", ["", ".", "..", "\ud800"])
def test_an_id_that_no_path_can_hold_is_refused_unsent(
    people: People, peer: Peer, id_: str
) -> None:
    for ask in (people.profile, people.members):
        with pytest.raises(Refused):
            ask(id_)

    assert peer.requests() == []


def test_what_is_no_text_or_no_length_for_an_address_is_refused(
    people: People,
) -> None:
    for text in ("\ud800", "x" * 100_000):
        with pytest.raises(Refused):
            people.recipients_of(text)
    for tenant_id in ("\ud800", "x" * 100_000):
        with pytest.raises(CourierError):
            people.messages(Recipient("user-ada", tenant_id))
