"""What our client asks of Courier, byte by byte, and how it reads the answers."""

from collections.abc import Callable, Iterator

import pytest

from app.courier.client import Courier
from app.courier.errors import Refused
from app.preferences.model import (
    Channel,
    Default,
    Recipient,
    Routing,
    Standing,
    Status,
    Tenant,
)
from app.preferences.rules import Change
from tests.contract.outbound import ADA, MENTIONS, OFF, RECEIPTS, TENANT, courier_at
from tests.peer import Peer

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
EMAIL, PUSH, INBOX = Channel("email"), Channel("push"), Channel("inbox")
WHATS_NEW = "SGTINLKPJO871JFUNK6K6U1S9DFW"
DUE_DATES = "9OGAG3BA4GWFC3V7J755BP492C2H"

SEGMENTS = [
    ("ada", "ada"),
    ("lin wei 07", "lin%20wei%2007"),
    ("a/b", "a%2Fb"),
    ("50%", "50%25"),
    ("a%2Fb", "a%252Fb"),
    ("a#b", "a%23b"),
    ("a?b", "a%3Fb"),
    ("anna+news@example.com", "anna+news@example.com"),
    ("é日", "%C3%A9%E6%97%A5"),
    ("...", "..."),
    ("../x", "..%2Fx"),
    ("a\\b\n{|}", "a%5Cb%0A%7B%7C%7D"),
]

OF_A_USER: dict[str, Callable[[Courier, Recipient, str], object]] = {
    "preferences": lambda c, r, _: c.preferences(r),
    "preference": lambda c, r, topic: c.preference(r, topic),
    "put": lambda c, r, topic: c.put(r, topic, OFF, with_routing=True),
    "put_many": lambda c, r, topic: c.put_many(r, {topic: OFF}, with_routing=True),
    "delete": lambda c, r, topic: c.delete(r, topic),
    "delete_all": lambda c, r, _: c.delete_all(r),
}
OF_A_TOPIC = {"preference", "put", "delete"}


@pytest.fixture(scope="module")
def connected(session_peer: Peer) -> Iterator[Courier]:
    with courier_at(session_peer.url) as courier:
        yield courier


@pytest.fixture
def courier(peer: Peer, connected: Courier) -> Courier:
    """To a Courier that was just reset."""
    assert peer.requests() == []
    return connected


@pytest.mark.parametrize("method", OF_A_USER)
@pytest.mark.parametrize(("user_id", "segment"), SEGMENTS)
def test_a_user_id_is_one_segment_of_the_path(
    courier: Courier, peer: Peer, method: str, user_id: str, segment: str
) -> None:
    OF_A_USER[method](courier, Recipient(user_id), MENTIONS)
    ((_, path, _),) = peer.requests()
    tail = f"/{MENTIONS}" if method in OF_A_TOPIC else ""
    assert path == f"/users/{segment}/preferences{tail}"


@pytest.mark.parametrize(("id_", "segment"), SEGMENTS)
def test_topic_and_tenant_ids_are_one_segment_of_the_path(
    courier: Courier, peer: Peer, id_: str, segment: str
) -> None:
    with pytest.raises(Refused):
        courier.preference(ADA, id_)
    courier.tenant(id_)
    paths = [path for _, path, _ in peer.requests()]
    assert paths == [f"/users/ada/preferences/{segment}", f"/tenants/{segment}"]


@pytest.mark.parametrize("id_", ["", ".", "..", "\ud800"])
def test_an_id_that_a_path_would_swallow_is_refused_unsent(
    courier: Courier, peer: Peer, id_: str
) -> None:
    for call in OF_A_USER.values():
        with pytest.raises(Refused):
            call(courier, Recipient(id_), MENTIONS)
    for method in OF_A_TOPIC:
        with pytest.raises(Refused):
            OF_A_USER[method](courier, ADA, id_)
    assert peer.requests() == []


@pytest.mark.parametrize("id_", [".", ".."])
def test_a_tenant_that_a_path_would_swallow_is_refused_unsent(
    courier: Courier, peer: Peer, id_: str
) -> None:
    with pytest.raises(Refused):
        courier.tenant(id_)
    assert peer.requests() == []


@pytest.mark.parametrize("method", OF_A_USER)
def test_the_tenant_goes_with_every_call_about_a_user(
    courier: Courier, peer: Peer, method: str
) -> None:
    OF_A_USER[method](courier, Recipient("ada", "t 1&user=é/#"), MENTIONS)
    ((_, path, _),) = peer.requests()
    assert path.partition("?")[2] == "tenant_id=t+1%26user%3D%C3%A9%2F%23"


def test_a_choice_is_kept_apart_by_tenant(courier: Courier) -> None:
    in_tenant = Recipient("ada", TENANT)
    courier.put(in_tenant, MENTIONS, OFF, with_routing=True)
    assert courier.preference(in_tenant, MENTIONS).standing.status is OUT
    assert courier.preference(ADA, MENTIONS).standing.status is IN


BODIES = [
    pytest.param(
        Change(IN, Routing(True, (EMAIL, PUSH))),
        {
            "status": "OPTED_IN",
            "has_custom_routing": True,
            "custom_routing": ["email", "push"],
        },
        id="chosen channels",
    ),
    pytest.param(
        OFF,
        {
            "status": "OPTED_OUT",
            "has_custom_routing": False,
            "custom_routing": ["push"],
        },
        id="a remembered list",
    ),
    pytest.param(
        Change(IN, Routing()),
        {"status": "OPTED_IN", "has_custom_routing": False, "custom_routing": []},
        id="the default routing",
    ),
]


@pytest.mark.parametrize(("change", "body"), BODIES)
def test_a_put_carries_status_and_routing_and_no_schedule(
    courier: Courier, peer: Peer, change: Change, body: dict[str, object]
) -> None:
    courier.put(ADA, MENTIONS, change, with_routing=True)
    path = f"/users/ada/preferences/{MENTIONS}"
    assert peer.requests() == [("PUT", path, {"topic": body})]


@pytest.mark.parametrize(("change", "body"), BODIES)
def test_a_bulk_post_carries_the_same_per_topic(
    courier: Courier, peer: Peer, change: Change, body: dict[str, object]
) -> None:
    courier.put_many(ADA, {MENTIONS: change, RECEIPTS: OFF}, with_routing=True)
    ((method, path, sent),) = peer.requests()
    assert (method, path) == ("POST", "/users/ada/preferences")
    assert sent is not None
    assert sent["topics"][0] == {"topic_id": MENTIONS, **body}
    assert [topic["topic_id"] for topic in sent["topics"]] == [MENTIONS, RECEIPTS]


def test_a_plan_without_channels_is_sent_the_status_alone(
    courier: Courier, peer: Peer
) -> None:
    courier.put(ADA, MENTIONS, OFF, with_routing=False)
    courier.put_many(ADA, {MENTIONS: OFF}, with_routing=False)
    bodies = [body for _, _, body in peer.requests()]
    assert bodies == [
        {"topic": {"status": "OPTED_OUT"}},
        {"topics": [{"topic_id": MENTIONS, "status": "OPTED_OUT"}]},
    ]


def test_a_chosen_schedule_is_sent_and_then_read(courier: Courier, peer: Peer) -> None:
    topic = next(t for s in courier.catalog().sections for t in s.topics if t.schedules)
    chosen = topic.schedules[-1].id
    change = Change(IN, Routing(), chosen)
    peer.requests()
    courier.put(ADA, topic.id, change, with_routing=True)
    ((_, _, body),) = peer.requests()
    assert body is not None
    assert body["topic"]["digest_schedule_id"] == chosen
    assert courier.preference(ADA, topic.id).standing.schedule_id == chosen


def test_resets_are_a_delete_and_an_empty_replacement(
    courier: Courier, peer: Peer
) -> None:
    courier.delete(ADA, MENTIONS)
    courier.delete_all(ADA)
    assert peer.requests() == [
        ("DELETE", f"/users/ada/preferences/{MENTIONS}", None),
        ("PUT", "/users/ada/preferences", {"topics": []}),
    ]


def test_what_was_put_is_read_back(courier: Courier) -> None:
    courier.put(ADA, MENTIONS, OFF, with_routing=True)
    (line,) = courier.preferences(ADA)
    assert line.topic_id == MENTIONS
    assert line.topic_name == "Mentions and replies"
    assert line.section_name == "Projects"
    assert line.standing == Standing(OUT, IN, OFF.routing)
    assert courier.preference(ADA, MENTIONS).standing == line.standing
    courier.delete(ADA, MENTIONS)
    assert courier.preferences(ADA) == ()


def test_reset_all_forgets_every_choice(courier: Courier) -> None:
    courier.put_many(ADA, {MENTIONS: OFF, RECEIPTS: OFF}, with_routing=True)
    assert len(courier.preferences(ADA)) == 2
    courier.delete_all(ADA)
    assert courier.preferences(ADA) == ()


def test_a_bulk_post_names_those_that_were_written(courier: Courier) -> None:
    changes = {MENTIONS: OFF, "NOBODY": OFF}
    assert courier.put_many(ADA, changes, with_routing=True) == {MENTIONS}
    assert courier.preference(ADA, MENTIONS).standing.status is OUT


def test_the_list_may_hold_every_topic(courier: Courier, peer: Peer) -> None:
    peer.switch(list_mode="all")
    known = {t.id for s in courier.catalog().sections for t in s.topics}
    assert {line.topic_id for line in courier.preferences(ADA)} == known


def test_the_catalog_has_channels_only_where_they_may_be_chosen(
    courier: Courier, peer: Peer
) -> None:
    catalog = courier.catalog()
    security, projects = catalog.sections[:2]
    assert (security.name, security.channels) == ("Account and security", ())
    assert projects.channels == (EMAIL, PUSH, Channel("sms"), INBOX)
    assert security.topics[0].default_status is REQUIRED
    assert security.topics[0].required_reason
    assert [path for _, path, _ in peer.requests()] == ["/preferences/sections"]


def test_a_tenants_defaults_are_read(courier: Courier) -> None:
    assert courier.tenant(TENANT).defaults == {
        RECEIPTS: Default(REQUIRED, Routing(True, (EMAIL,)), "Harbor Collective"),
        WHATS_NEW: Default(OUT, set_by="Harbor Collective"),
    }


def test_a_parents_defaults_are_merged_and_the_nearest_wins(
    courier: Courier, peer: Peer
) -> None:
    item = f"/tenants/harbor-lisbon/default_preferences/items/{WHATS_NEW}"
    peer.replace(item, {"status": "OPTED_IN"})
    assert courier.tenant("harbor-lisbon").defaults == {
        RECEIPTS: Default(REQUIRED, Routing(True, (EMAIL,)), "Harbor Collective"),
        DUE_DATES: Default(IN, Routing(True, (PUSH, INBOX)), "Harbor Lisbon"),
        WHATS_NEW: Default(IN, set_by="Harbor Lisbon"),
    }


def test_what_a_parent_requires_stays_required_and_its_channels_stay(
    courier: Courier, peer: Peer
) -> None:
    """A tenant replaces only what it sets itself."""
    item = f"/tenants/harbor-lisbon/default_preferences/items/{RECEIPTS}"
    peer.replace(item, {"status": "OPTED_IN"})

    receipts = courier.tenant("harbor-lisbon").defaults[RECEIPTS]

    routing = Routing(True, (EMAIL,))
    assert receipts == Default(REQUIRED, routing, "Harbor Collective")


def test_a_tenants_name_and_brand_are_read_and_a_parents_brand_counts(
    courier: Courier,
) -> None:
    lisbon = courier.tenant("harbor-lisbon")

    assert (lisbon.name, lisbon.parent_id) == ("Harbor Lisbon", TENANT)
    assert lisbon.brand_id == courier.tenant(TENANT).brand_id == "brand_harbor"


def test_four_levels_of_parents_count_and_no_more(courier: Courier, peer: Peer) -> None:
    """As with Courier itself; a circle ends as well."""
    for level in range(6):
        items = [{"id": f"T{level}", "status": "OPTED_OUT"}]
        body = {"name": "T", "default_preferences": {"items": items}}
        peer.replace(
            f"/tenants/t{level}", {**body, "parent_tenant_id": f"t{level + 1}"}
        )
    assert set(courier.tenant("t0").defaults) == {"T0", "T1", "T2", "T3", "T4"}
    peer.replace("/tenants/t1", {"name": "T", "parent_tenant_id": "t0"})
    assert set(courier.tenant("t0").defaults) == {"T0"}


def test_an_unknown_tenant_has_no_defaults(courier: Courier) -> None:
    assert courier.tenant("nobody") == Tenant()
