"""What must not happen does not: no PUT, a clear word, the right status."""

from typing import Any

import pytest

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.conftest import ALICE, Clock, Later
from tests.house import rules
from tests.house.client import Visitor
from tests.peer import Peer

BOTH = pytest.mark.parametrize("htmx", [True, False])


@BOTH
def test_a_locked_topic_cannot_be_turned_off(
    visitor: Visitor, alice: str, peer: Peer, htmx: bool
) -> None:
    page = visitor.open(alice)
    peer.requests()

    refused = visitor.change(page, "Security alerts", htmx=htmx, on=None)

    topic = refused.topic("Security alerts")
    assert refused.status == 409
    assert peer.writes() == []
    assert topic.is_on
    assert topic.note == (
        "Security alerts is required, so it cannot be turned off. It is still on."
    )


@BOTH
def test_the_last_channel_of_a_required_topic_stays(
    visitor: Visitor, bob: str, peer: Peer, htmx: bool
) -> None:
    page = visitor.open(bob)
    peer.requests()

    refused = visitor.change(page, "Invoice receipts", htmx=htmx, channel=None)

    topic = refused.topic("Invoice receipts")
    assert refused.status == 409
    assert peer.writes() == []
    assert any(topic.channels.values())
    assert "required, so one channel must stay" in topic.note


def test_a_topic_that_became_required_meanwhile_is_locked(
    visitor: Visitor, links: Links, peer: Peer, clock: Clock, later: Later
) -> None:
    """The form was drawn before; the lock is looked up, not believed."""
    alone = Recipient("lin wei 07")
    page = visitor.open(f"/p/{links.mint(Scope.PREFERENCES, alone)}")
    form = page.topic("Invoice receipts")
    section = peer.sections()[2]
    path = f"/preferences/sections/{section['id']}/topics/{section['topics'][0]['id']}"
    peer.replace(path, {"name": "Invoice receipts", "default_status": "REQUIRED"})
    clock.seconds += 61
    visitor.raw("GET", "/readyz")
    later.run()
    peer.requests()

    refused = visitor.send(form.action, form.fields(on=None), htmx=True)

    assert refused.status == 409
    assert peer.writes() == []


@BOTH
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"channel": ["email", "webhook"]}, 422),
        ({"channel": ["pigeon"]}, 422),
        ({"schedule": "sch_unknown"}, 422),
    ],
)
def test_what_is_not_on_offer_is_refused_in_its_place(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    fields: dict[str, Any],
    status: int,
    htmx: bool,
) -> None:
    page = visitor.open(alice)
    peer.requests()

    refused = visitor.change(page, "Due dates", htmx=htmx, **fields)

    assert refused.status == status
    assert peer.writes() == []
    assert "Nothing was changed" in refused.topic("Due dates").note


@BOTH
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"channel": ["x" * 5000]}, 400),
        ({"channel": ["../../users"]}, 400),
        ({"shown": "EMAIL; DROP"}, 400),
        ({"state": "damaged"}, 400),
        ({"state": None}, 400),
        ({"state": "y" * 5000}, 400),
        ({"again": "&".join("a=1" for _ in range(99))}, 400),
        ({"schedule": "z" * 70_000}, 413),
    ],
)
def test_a_malformed_field_is_refused_without_a_put(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    fields: dict[str, Any],
    status: int,
    htmx: bool,
) -> None:
    page = visitor.open(alice)
    peer.requests()

    refused = visitor.change(page, "Due dates", htmx=htmx, **fields)

    assert refused.status == status
    assert peer.requests() == []
    assert "Nothing was changed" in refused.text
    assert refused.is_fragment is htmx
    if htmx:
        assert refused.response.headers["HX-Retarget"] == "#problem"


def test_a_form_of_another_topic_or_recipient_is_worthless(
    visitor: Visitor, alice: str, bob: str, peer: Peer
) -> None:
    mine, theirs = visitor.open(alice), visitor.open(bob)
    form, other = mine.topic("Due dates"), mine.topic("Payment reminders")
    foreign = theirs.topic("Due dates").fields()["state"]
    peer.requests()

    swapped = visitor.send(other.action, form.fields(on=None))
    stolen = visitor.send(form.action, form.fields(on=None, state=foreign))
    unknown = visitor.send(f"{alice}/topics/NOSUCHTOPIC", form.fields(on=None))

    assert (swapped.status, stolen.status, unknown.status) == (404, 400, 404)
    assert peer.requests() == []


def test_a_topic_that_is_gone_says_so(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = visitor.open(alice)
    section = peer.sections()[1]["id"]
    peer.delete(f"/preferences/sections/{section}/topics/{topic_ids['Due dates']}")

    refused = visitor.change(page, "Due dates", htmx=True, on=None)

    assert refused.status == 404
    assert "Due dates does not exist any more" in refused.topic("").note


@BOTH
def test_what_courier_refuses_is_put_back(
    visitor: Visitor, alice: str, peer: Peer, htmx: bool
) -> None:
    page = visitor.open(alice)
    peer.fault(status=422, methods=["PUT"])

    refused = visitor.change(page, "Due dates", htmx=htmx, on=None)

    topic = refused.topic("Due dates")
    assert refused.status == 422
    assert topic.is_on
    assert topic.note == (
        "Our notification service did not accept this change. It is still on."
    )
    assert "Try again" not in topic.text


@pytest.mark.parametrize(
    "path",
    [
        "/p/{0}x",
        "/p/x",
        "/p/",
        "/p/{1}",
        "/p/{2}",
        "/p/" + "a" * 3000,
        "/p/%00",
        "/p/ü",
    ],
)
def test_every_bad_link_gets_the_same_kind_page(
    visitor: Visitor, alice: str, links: Links, path: str
) -> None:
    """Damaged, cut off, of a foreign key, sealed for another purpose, far too long."""
    retired = Links(["another-key-that-we-never-had-at-all"])
    foreign = retired.mint(Scope.PREFERENCES, ALICE)
    sealed = links.seal("notice", {"u": "user-ada"})
    token = alice.removeprefix("/p/")

    page = visitor.open(path.format(token, foreign, sealed))

    assert page.status == 404
    if path != "/p/":
        assert page.heading == "This link does not work"
        assert page.html == visitor.open("/p/nonsense").html


def test_a_retired_key_s_link_still_cannot_post(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    form = visitor.open(alice).topic("Due dates")
    foreign = Links(["another-key-that-we-never-had-at-all"])
    token = foreign.mint(Scope.PREFERENCES, ALICE)
    peer.requests()

    topic = form.action.rpartition("/")[2]
    page = visitor.send(f"/p/{token}/topics/{topic}", form.fields(on=None), htmx=True)

    assert page.status == 404
    assert "This link does not work" in page.text
    assert peer.requests() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/p/{0}"),
        ("PUT", "/p/{0}"),
        ("DELETE", "/p/{0}/reset"),
        ("GET", "/p/{0}/topics/x"),
        ("POST", "/"),
    ],
)
def test_a_wrong_method_is_refused_kindly(
    visitor: Visitor, alice: str, peer: Peer, method: str, path: str
) -> None:
    token = alice.removeprefix("/p/")

    response = visitor.raw(method, path.format(token))

    assert response.status_code == 405
    assert response.headers["Allow"]
    assert "That is not possible here" in response.get_data(as_text=True)
    assert peer.requests() == []


def test_no_get_ever_writes(visitor: Visitor, alice: str, peer: Peer) -> None:
    """Mail scanners open every link they find, on every page they reach."""
    seen, waiting = set(), [alice]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        page = visitor.open(path)
        waiting += [
            p for p in page.links.values() if p.startswith("/") if p not in seen
        ]
        visitor.raw("HEAD", path)

    assert len(seen) > 4
    assert peer.writes() == []


def test_without_a_script_what_went_wrong_is_told_on_top_with_a_way_to_it(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(alice)
    refused = visitor.change(page, "Security alerts", on=None)
    words = refused.topic("Security alerts").note

    assert words.startswith("Security alerts is required")
    assert refused.notice == words
    anchor = refused.links[words].removeprefix("#")
    assert anchor in {e.get("id") for e in rules.elements(refused.tree)}
