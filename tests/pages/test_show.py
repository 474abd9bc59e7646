"""The page shows where a recipient stands, truly and whole."""

import pytest

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.house.client import Visitor
from tests.peer import Peer


def test_it_says_whose_it_is_and_how_much_they_get(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(alice)

    assert page.status == 200
    assert page.heading == "Notification preferences"
    assert "For a•••@example.com" in page.text
    assert page.summary == "You get 12 of 15 topics. 2 cannot be turned off."
    assert sum(page.topic(name).is_on for name in page.names) == 12
    assert sum(page.topic(name).is_locked for name in page.names) == 2


def test_it_keeps_the_catalog_s_order(
    visitor: Visitor, alice: str, topic_ids: dict[str, str]
) -> None:
    assert visitor.open(alice).names == [" ".join(n.split()) for n in topic_ids]


def test_html_in_a_name_is_text(visitor: Visitor, alice: str) -> None:
    page = visitor.open(alice)

    assert 'Projects marked "on hold", <draft> & archived' in page.names
    assert "&lt;draft&gt; &amp; archived" in page.html


def test_it_costs_one_call_to_courier_once_the_catalog_is_kept(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    visitor.open(alice)
    peer.requests()

    visitor.open(alice)

    assert peer.requests() == [("GET", "/users/user-ada/preferences", None)]


def test_a_tenant_s_page_costs_one_call_as_well(
    visitor: Visitor, bob: str, peer: Peer
) -> None:
    visitor.open(bob)
    peer.requests()

    visitor.open(bob)

    assert [(method, path) for method, path, _ in peer.requests()] == [
        ("GET", "/users/lin%20wei%2007/preferences?tenant_id=harbor-collective")
    ]


def test_both_kinds_of_list_give_the_same_page(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    overrides_only = visitor.open(alice)
    peer.switch(list_mode="all")
    everything = visitor.open(alice)

    assert everything.standings == overrides_only.standings
    assert everything.summary == overrides_only.summary


def test_required_is_shown_in_place_on_locked_and_with_its_reason(
    visitor: Visitor, alice: str
) -> None:
    topic = visitor.open(alice).topic("Security alerts")

    assert topic.is_on
    assert topic.is_locked
    assert "disabled" not in topic.switch.attrib
    assert "Required We always tell you when something affects" in topic.text


def test_a_topic_can_be_required_for_one_tenant_only(
    visitor: Visitor, bob: str, links: Links
) -> None:
    alone = f"/p/{links.mint(Scope.PREFERENCES, Recipient('lin wei 07'))}"

    in_tenant, outside = visitor.open(bob).locked, visitor.open(alone).locked

    assert set(in_tenant) - set(outside) == {"Invoice receipts"}


def test_a_choice_stored_before_the_topic_became_required_is_shown_on(
    visitor: Visitor, links: Links
) -> None:
    marco = f"/p/{links.mint(Scope.PREFERENCES, Recipient('studio/marco'))}"

    page = visitor.open(marco)

    assert len(page.locked) == 2
    assert all(page.topic(name).is_on for name in page.locked)


def test_channels_stand_under_a_topic_that_is_on(visitor: Visitor, alice: str) -> None:
    page = visitor.open(alice)

    assert page.topic("Mentions and replies").channels == {
        "email": False,
        "push": True,
        "sms": False,
        "inbox": True,
    }
    assert page.topic("Due dates").channels == dict.fromkeys(
        ("email", "push", "sms", "inbox"), True
    )
    assert page.topic("Cash flow report").channels == {}
    assert page.topic("Sign-ins from a new device").channels == {}


def test_a_topic_muted_in_silence_is_shown_off(visitor: Visitor, bob: str) -> None:
    """Opted in, with custom routing to no channel: nothing would ever arrive."""
    page = visitor.open(bob)

    assert not page.topic("Mentions and replies").is_on


def test_schedules_are_told_in_words_with_their_clock(
    visitor: Visitor, alice: str
) -> None:
    topic = visitor.open(alice).topic("Tasks assigned to you")

    assert "At once" in topic.text
    assert "Every day at 08:30 (Lisbon time)" in topic.text
    assert "Every Monday at 09:00 (Lisbon time)" in topic.text
    assert list(topic.schedules.values()).count(True) == 1


def test_a_topic_that_the_catalog_lacks_is_shown_all_the_same(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    """The catalog is a minute old; Courier lists a topic that is newer."""
    visitor.open(alice)
    section = peer.sections()[0]["id"]
    new = peer.create(
        f"/preferences/sections/{section}/topics",
        {"name": "Brand new", "default_status": "OPTED_IN"},
    )
    peer.switch(list_mode="all")

    page = visitor.open(alice)
    saved = visitor.change(page, "Brand new", on=None)

    assert page.topic("Brand new").is_on
    assert saved.topic("Brand new").note == "Saved. Brand new is now off."
    assert peer.topic("user-ada", new["id"])["status"] == "OPTED_OUT"


def test_an_empty_workspace_says_so(visitor: Visitor, alice: str, peer: Peer) -> None:
    for section in peer.sections():
        path = f"/preferences/sections/{section['id']}"
        for topic in section["topics"]:
            peer.delete(f"{path}/topics/{topic['id']}")
        peer.delete(path)

    page = visitor.open(alice)

    assert "There is nothing to choose yet" in page.text
    assert page.names == []
    assert "Turn off everything optional" not in page.text


@pytest.mark.parametrize("user_id", ["100% ünïcode/ä#?&", "a..b", "x" * 500, "  "])
def test_an_awkward_id_reaches_courier_as_one_segment(
    visitor: Visitor, peer: Peer, links: Links, user_id: str
) -> None:
    page = visitor.open(f"/p/{links.mint(Scope.PREFERENCES, Recipient(user_id))}")
    peer.requests()

    visitor.change(page, "Due dates", on=None)

    ((_, path, _),) = peer.writes()
    assert path.count("/") == 4
    assert page.status == 200
