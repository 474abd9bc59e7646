"""Turning off a section or everything optional, and going back to the defaults."""

import re
from collections.abc import Callable

import pytest

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.house import rules
from tests.house.client import Page, Visitor
from tests.peer import Json, Peer


def listed(page: Page) -> list[str]:
    (main,) = rules.elements(page.tree, "main")
    return [rules.text(li) for li in rules.elements(main, "li")]


def press(visitor: Visitor, page: Page) -> Page:
    """The one button of a page that asks, with the fields of its form."""
    form = page.form()
    topics = [i.get("value") for i in rules.elements(form, "input")]
    return visitor.send(form.get("action") or "", {"topic": topics})


def bulk_topics(peer: Peer) -> dict[str, Json]:
    ((method, _, body),) = peer.writes()
    assert method == "POST"
    assert body is not None
    return {topic.pop("topic_id"): topic for topic in body["topics"]}


def test_it_asks_first_and_lists_what_stops_and_what_goes_on(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(visitor.open(alice).links["Turn off everything optional"])

    assert page.heading == "Turn off everything optional?"
    assert listed(page)[-2:] == [
        "Security alerts Required",
        "Terms and policy changes Required",
    ]
    assert len(listed(page)) == 12
    assert "Turn off 10 topics" in page.text
    assert peer.writes() == []


def test_everything_optional_is_turned_off_in_one_call_with_routing_kept(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = visitor.open(f"{alice}/off")
    peer.requests()

    after = press(visitor, page)

    sent = bulk_topics(peer)
    assert after.notice == "Saved. 10 topics were turned off. Undo"
    assert after.summary == "You get 2 of 15 topics. 2 cannot be turned off."
    assert len(sent) == 10
    assert sent[topic_ids["Mentions and replies"]] == {
        "status": "OPTED_OUT",
        "has_custom_routing": True,
        "custom_routing": ["push", "inbox"],
    }
    assert topic_ids["Security alerts"] not in sent


def test_a_section_is_turned_off_alone(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(visitor.open(alice).links["Turn off everything in “Projects”"])
    peer.requests()

    after = press(visitor, page)

    assert page.heading == "Turn off everything in Projects?"
    assert len(bulk_topics(peer)) == 5
    assert after.summary.startswith("You get 7 of 15 topics.")


def test_only_what_the_page_listed_is_turned_off(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """Not a topic that came since, not a locked one, not one that never was."""
    names = ("Due dates", "Security alerts")
    wanted = [*(topic_ids[name] for name in names), "NEVERWAS"]

    visitor.send(f"{alice}/off", {"topic": wanted})

    ((method, path, body),) = peer.writes()
    assert (method, path.rpartition("/")[2]) == ("PUT", topic_ids["Due dates"])
    assert body == {
        "topic": {
            "status": "OPTED_OUT",
            "has_custom_routing": False,
            "custom_routing": [],
        }
    }


def test_more_than_fifty_topics_go_in_groups(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    section = peer.sections()[1]["id"]
    for number in range(60):
        body = {"name": f"Topic {number}", "default_status": "OPTED_IN"}
        peer.create(f"/preferences/sections/{section}/topics", body)
    page = visitor.open(f"{alice}/off")
    peer.requests()

    after = press(visitor, page)

    sizes = [len(body["topics"]) for _, _, body in peer.writes() if body]
    assert sizes == [50, 20]
    assert after.notice == "Saved. 70 topics were turned off. Undo"


def test_what_courier_refused_is_named_and_still_on(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """A topic became required at Courier after the page was drawn."""
    page = visitor.open(f"{alice}/off")
    section = peer.sections()[1]["id"]
    path = f"/preferences/sections/{section}/topics/{topic_ids['Due dates']}"
    peer.replace(path, {"name": "Due dates", "default_status": "REQUIRED"})

    after = press(visitor, page)

    assert after.status == 422
    assert after.notice == (
        "Saved. 9 topics were turned off. We could not confirm this for: "
        "Due dates. See below how they stand now. Undo"
    )
    assert after.topic("Due dates").is_on
    assert not after.topic("Mentions and replies").is_on


def test_a_plan_without_channels_turns_off_all_the_same(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = visitor.open(f"{alice}/off")
    peer.switch(channels_on_plan=False)

    after = press(visitor, page)

    assert after.notice == "Saved. 10 topics were turned off. Undo"
    stored = peer.topic("user-ada", topic_ids["Mentions and replies"])
    assert stored["status"] == "OPTED_OUT"


@pytest.mark.parametrize("path", ["off", "reset"])
def test_while_courier_is_down_an_act_is_kept_whole_and_delivered(
    visitor: Visitor, alice: str, peer: Peer, deliver: Callable[[], int], path: str
) -> None:
    page = visitor.open(f"{alice}/{path}")
    peer.fault(status=503)

    after = press(visitor, page)
    while_down = after.standings
    peer.mend()
    delivered = deliver()

    assert after.status == 200
    assert "Saved" not in after.notice
    kept = re.match(
        r"Kept\. (\d+) topics will be .*as soon as possible\.", after.notice
    )
    assert kept
    assert int(kept[1]) == delivered == {"off": 10, "reset": 4}[path]
    assert visitor.open(alice).standings == while_down


@pytest.mark.parametrize("path", ["off", "reset"])
def test_many_are_undone_at_once_exactly_as_they_were(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], path: str
) -> None:
    before = [peer.topic("user-ada", id_) for id_ in topic_ids.values()]
    after = press(visitor, visitor.open(f"{alice}/{path}"))
    undo = after.form("Undo")

    undone = visitor.send(undo.get("action") or "", {})

    assert re.match(r"Undone\. \d+ topics are as they were before\.", undone.notice)
    assert [peer.topic("user-ada", id_) for id_ in topic_ids.values()] == before


def test_an_unknown_section_is_not_found(visitor: Visitor, alice: str) -> None:
    assert visitor.open(f"{alice}/off/nowhere").status == 404


def test_when_all_is_off_there_is_nothing_to_press(
    visitor: Visitor, alice: str
) -> None:
    press(visitor, visitor.open(f"{alice}/off"))

    page = visitor.open(f"{alice}/off")

    assert "Everything that can be turned off is off already." in page.text
    assert not list(rules.elements(page.tree, "button"))


@pytest.mark.parametrize("htmx", [True, False])
def test_one_topic_goes_back_to_its_default(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], htmx: bool
) -> None:
    page = visitor.open(alice)
    form = page.topic("Mentions and replies")
    button = form.buttons["Use the default for Mentions and replies"]
    peer.requests()

    after = visitor.send(button.get("formaction") or "", form.fields(), htmx=htmx)

    ((method, path, _),) = peer.writes()
    topic_id = topic_ids["Mentions and replies"]
    assert (method, path) == ("DELETE", f"/users/user-ada/preferences/{topic_id}")
    topic = after.topic("Mentions and replies")
    assert all(topic.channels.values())
    assert topic.note == "Saved. Mentions and replies is back to its default: on."
    assert "Use the default" not in topic.text


def test_a_topic_at_its_default_has_nothing_to_go_back_from(
    visitor: Visitor, alice: str
) -> None:
    assert "Use the default" not in visitor.open(alice).topic("Due dates").text


def test_a_reset_shows_what_courier_says_the_default_is(
    visitor: Visitor, links: Links, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """The tenant's default, which stands above the workspace's."""
    noor = (
        f"/p/{links.mint(Scope.PREFERENCES, Recipient('user-noor', 'harbor-lisbon'))}"
    )
    form = (page := visitor.open(noor)).topic("Due dates")
    saved = visitor.send(form.action, form.fields(on=None), htmx=True)
    button = saved.topic("").buttons["Use the default for Due dates"]

    after = visitor.send(
        button.get("formaction") or "", saved.topic("").fields(), htmx=True
    )

    assert page.topic("Due dates").is_on
    assert after.topic("").is_on
    assert peer.topic("user-noor", topic_ids["Due dates"], "harbor-lisbon")


def test_everything_goes_back_to_its_default_after_asking(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(visitor.open(alice).links["Go back to the defaults"])
    peer.requests()

    after = press(visitor, page)

    assert len(listed(page)) == 4
    assert peer.writes() == [("PUT", "/users/user-ada/preferences", {"topics": []})]
    assert after.notice == "Saved. Every topic is back to its default. Undo"
    assert listed(visitor.open(after.links["Go back to the defaults"])) == []
