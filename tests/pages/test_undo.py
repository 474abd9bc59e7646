"""Undo stands by every act, and restores exactly what was before."""

import re
from collections.abc import Callable

import pytest

from tests.house.client import Page, Visitor
from tests.peer import Peer

NAME = "Mentions and replies"
both = pytest.mark.parametrize("htmx", [True, False])


def undo(visitor: Visitor, page: Page, name: str, *, htmx: bool) -> Page:
    form = page.topic(name)
    button = form.buttons[f"Undo the last change of {name}"]
    return visitor.send(button.get("formaction") or "", form.fields(), htmx=htmx)


@both
@pytest.mark.parametrize(
    ("name", "change"),
    [
        (NAME, {"on": None}),
        (NAME, {"channel": ["email"]}),
        ("Due dates", {"on": None}),
        ("Due dates", {"channel": []}),
        ("Payment reminders", {"channel": ["sms"]}),
        ("Cash flow report", {"on": "1"}),
    ],
)
def test_one_act_is_undone_exactly(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    name: str,
    change: dict[str, object],
    htmx: bool,
) -> None:
    before = peer.topic("user-ada", topic_ids[name])
    after = visitor.change(visitor.open(alice), name, htmx=htmx, **change)
    changed = peer.topic("user-ada", topic_ids[name])

    undone = undo(visitor, after, name, htmx=htmx)

    assert changed != before
    assert peer.topic("user-ada", topic_ids[name]) == before
    assert undone.topic(name).note.startswith(f"Undone. {name} is as it was before: ")
    assert undone.status == 200


def test_a_schedule_is_undone_as_well_also_where_none_was_chosen(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = visitor.open(alice)
    name = next(n for n in page.names if len(page.topic(n).schedules) > 1)
    before = peer.topic("user-ada", topic_ids[name])
    schedules = page.topic(name).schedules
    other = next(id_ for id_, is_chosen in schedules.items() if not is_chosen)
    after = visitor.change(page, name, htmx=True, schedule=other)
    changed = peer.topic("user-ada", topic_ids[name])

    undo(visitor, after, name, htmx=True)

    assert changed["digest_schedule_id"] == other
    assert peer.topic("user-ada", topic_ids[name]) == before


@both
def test_an_undo_can_be_undone(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], htmx: bool
) -> None:
    after = visitor.change(visitor.open(alice), NAME, htmx=htmx, channel=["email"])
    changed = peer.topic("user-ada", topic_ids[NAME])

    undo(visitor, undo(visitor, after, NAME, htmx=htmx), NAME, htmx=htmx)

    assert peer.topic("user-ada", topic_ids[NAME]) == changed


@both
def test_what_waits_is_undone_before_it_was_ever_delivered(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
    htmx: bool,
) -> None:
    before = peer.topic("user-ada", topic_ids[NAME])
    page = visitor.open(alice)
    peer.fault(status=503)
    kept = visitor.change(page, NAME, htmx=htmx, on=None)

    undone = undo(visitor, kept, NAME, htmx=htmx)
    peer.mend()
    deliver()

    assert undone.topic(NAME).is_on
    note = undone.topic(NAME).note
    assert note.startswith(f"Kept. {NAME} will be as it was before, as soon as")
    assert peer.topic("user-ada", topic_ids[NAME]) == before


@both
def test_what_was_chosen_again_since_is_left_as_it_is(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], htmx: bool
) -> None:
    first = visitor.change(visitor.open(alice), NAME, htmx=True, channel=["email"])
    visitor.change(visitor.open(alice), NAME, htmx=True, on=None)
    peer.requests()

    undone = undo(visitor, first, NAME, htmx=htmx)

    assert "Nothing was undone: it has been changed again since then." in undone.text
    assert peer.writes() == []
    assert peer.topic("user-ada", topic_ids[NAME])["status"] == "OPTED_OUT"


def test_a_topic_that_became_required_is_not_turned_off_by_an_undo(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str], clock: object
) -> None:
    name = "Cash flow report"
    after = visitor.change(visitor.open(alice), name, htmx=True, on="1")
    section = next(
        s["id"]
        for s in peer.sections()
        if topic_ids[name] in [topic["id"] for topic in s["topics"]]
    )
    path = f"/preferences/sections/{section}/topics/{topic_ids[name]}"
    peer.replace(path, {"name": name, "default_status": "REQUIRED"})
    clock.seconds += 3600  # type: ignore[attr-defined]
    visitor.open(alice)
    peer.requests()

    undone = undo(visitor, after, name, htmx=True)

    assert undone.status == 409
    assert f"{name} is required, so it cannot be turned off." in undone.text
    assert peer.writes() == []


def test_another_s_reference_is_nobody_s(
    visitor: Visitor, alice: str, bob: str, peer: Peer
) -> None:
    after = visitor.change(visitor.open(alice), NAME, htmx=True, on=None)
    button = after.topic(NAME).buttons[f"Undo the last change of {NAME}"]
    reference = (button.get("formaction") or "").rpartition("/")[2]
    peer.requests()

    stolen = visitor.send(f"{bob}/undo/{reference}", {})
    unknown = visitor.send(f"{alice}/undo/0000-00", {})

    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{2}", reference)
    assert stolen.status == unknown.status == 404
    assert peer.writes() == []
    assert visitor.raw("GET", f"{alice}/undo/{reference}").status_code == 405


def test_a_second_tab_knows_what_the_first_one_did(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """Its undo goes back to where the topic stood, not to where the tab drew it."""
    second_tab = visitor.open(alice)
    visitor.change(visitor.open(alice), "Due dates", htmx=True, on=None)
    before = peer.topic("user-ada", topic_ids["Due dates"])
    after = visitor.change(second_tab, "Due dates", htmx=True, channel=["email"])

    if "Undo the last change of Due dates" in after.topic("").buttons:
        undo(visitor, after, "Due dates", htmx=True)

    assert peer.topic("user-ada", topic_ids["Due dates"]) == before


def test_an_undo_of_an_undo_keeps_what_was_set_elsewhere(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    after = visitor.change(visitor.open(alice), "Due dates", htmx=True, on=None)
    topic = {
        "status": "OPTED_IN",
        "has_custom_routing": True,
        "custom_routing": ["sms"],
    }
    path = f"/users/user-ada/preferences/{topic_ids['Due dates']}"
    peer.replace(path, {"topic": topic})
    elsewhere = peer.topic("user-ada", topic_ids["Due dates"])

    undone = undo(visitor, after, "Due dates", htmx=True)
    between = peer.topic("user-ada", topic_ids["Due dates"])
    undo(visitor, undone, "Due dates", htmx=True)

    assert between != elsewhere
    assert peer.topic("user-ada", topic_ids["Due dates"]) == elsewhere
