"""What a recipient sees of what was changed, and the way back to any moment."""

import time
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from app.ledger.ledger import Ledger
from app.links import Links, Scope
from app.parts import Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from tests.conftest import ALICE, Clock
from tests.house import rules
from tests.house.client import Page, Visitor
from tests.peer import Peer

BEFORE = "Put my choices back as they were before this"
TASKS = "Tasks assigned to you"
ON = Standing(Status.OPTED_IN, Status.OPTED_IN)
DRAFT = Draft("T", "A topic", ON, Change(Status.OPTED_OUT, Routing()))


class Ticking(Clock):
    """Courier's clock is the machine's, so the app's must be as well."""

    def __call__(self) -> float:
        return time.time() + self.seconds


@pytest.fixture
def clock() -> Clock:
    return Ticking(0.0)


@dataclass
class Act:
    """One act of the history, as it is read."""

    element: Element

    @property
    def lines(self) -> list[str]:
        return [rules.text(li) for li in rules.elements(self.element, "li")][1:]

    @property
    def text(self) -> str:
        return rules.text(self.element)

    @property
    def undo(self) -> str:
        forms = list(rules.elements(self.element, "form"))
        return (forms[0].get("action") or "") if forms else ""

    @property
    def back(self) -> str:
        (link,) = rules.elements(self.element, "a")
        assert rules.text(link) == BEFORE
        return link.get("href") or ""

    @property
    def reference(self) -> str:
        return self.text.partition("Reference ")[2][:7]


def acts(page: Page) -> list[Act]:
    assert page.heading == "History of your choices"
    items = rules.elements(page.tree, "li")
    return [Act(e) for e in items if e.get("class") == "card act"]


def told(visitor: Visitor, person: str) -> list[Act]:
    return acts(visitor.open(f"{person}/history"))


def ours(visitor: Visitor, person: str) -> list[Act]:
    return [act for act in told(visitor, person) if act.reference]


def turns(page: Page) -> dict[str, tuple[str, str]]:
    """What a page says would change: now and then by topic."""
    assert page.heading == "Put your choices back?"
    names = [rules.text(h) for h in rules.elements(page.tree, "h3")]
    words = [rules.text(d) for d in rules.elements(page.tree, "dd")]
    return dict(zip(names, zip(words[::2], words[1::2], strict=True), strict=True))


def press(visitor: Visitor, page: Page) -> Page:
    form = page.form("back")
    fields: dict[str, list[str]] = {}
    for field in rules.elements(form, "input"):
        fields.setdefault(field.get("name") or "", []).append(field.get("value") or "")
    return visitor.send(form.get("action") or "", fields)


def toggle(visitor: Visitor, person: str, name: str, **changes: Any) -> Page:  # noqa: ANN401
    return visitor.change(visitor.open(person), name, **changes)


def elsewhere(peer: Peer, topic_id: str, user: str = "user-ada", **topic: Any) -> None:  # noqa: ANN401
    peer.replace(f"/users/{user}/preferences/{topic_id}", {"topic": topic})


def test_what_was_done_here_is_told_newest_first_with_door_and_reference(
    visitor: Visitor, alice: str
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, "Mentions and replies", channel=["email", "sms"])
    page = visitor.open(visitor.open(alice).links["History of your choices"])

    newest, older, *_ = acts(page)

    assert newest.lines == ["Mentions and replies: to come by: Email and SMS."]
    assert older.lines == ["Due dates: turned off."]
    assert "On your preferences page. Reference " in newest.text
    assert newest.reference != older.reference
    assert "UTC" in older.text
    assert page.links["Back to all preferences"] == alice


def test_what_was_changed_elsewhere_is_told_as_such_and_ours_only_once(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    before = len(told(visitor, alice))
    toggle(visitor, alice, "Due dates", on=None)
    elsewhere(peer, topic_ids["Payment reminders"], status="OPTED_OUT")

    newest, older, *rest = told(visitor, alice)

    assert newest.lines == ["Payment reminders: turned off."]
    assert "Made elsewhere." in newest.text
    assert (newest.reference, newest.undo) == ("", "")
    assert older.lines == ["Due dates: turned off."]
    assert len(rest) == before


def test_a_bulk_act_is_one_act_with_a_line_per_topic(
    visitor: Visitor, alice: str
) -> None:
    press_off = visitor.open(f"{alice}/off").form("Turn off")
    topics = [i.get("value") for i in rules.elements(press_off, "input")]
    visitor.send(f"{alice}/off", {"topic": topics})

    (act,) = ours(visitor, alice)

    assert len(act.lines) == len(topics) == 10
    assert all(line.endswith(": turned off.") for line in act.lines)


def test_a_schedule_and_a_reset_are_told_in_words(visitor: Visitor, alice: str) -> None:
    form = visitor.open(alice).topic(TASKS)
    other = next(id_ for id_, on in form.schedules.items() if not on)
    toggle(visitor, alice, TASKS, schedule=other)
    form = visitor.open(alice).topic("Mentions and replies")
    button = form.buttons["Use the default for Mentions and replies"]
    visitor.send(button.get("formaction") or "", form.fields())

    reset, schedule = ours(visitor, alice)

    assert reset.lines == ["Mentions and replies: back to its default, on."]
    assert schedule.lines == [f"{TASKS}: to come at another time. How often: At once."]


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (Door.STAFF, "By our support."),
        (Door.ONE_CLICK, "With one click in an email."),
        (Door.API, "By our product."),
        (Door.UNSUBSCRIBE_PAGE, "On the page of an unsubscribe link."),
    ],
)
def test_each_door_has_its_words(
    visitor: Visitor,
    alice: str,
    parts: Parts,
    clock: Clock,
    door: Door,
    words: str,
) -> None:
    Ledger(parts.database, clock).record(ALICE, [DRAFT], Trace(door))

    (act,) = ours(visitor, alice)

    assert words in act.text
    assert act.lines == ["A topic: turned off."]
    assert "Kept. It will be delivered as soon as possible." in act.text


def test_what_became_of_an_act_is_told(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    peer.fault(status=503, methods=["PUT"])
    visitor.change(page, "Due dates", on=None)
    visitor.change(visitor.open(alice), "Due dates", on="1")
    peer.fault(status=422, methods=["PUT"])
    visitor.change(visitor.open(alice), TASKS, on=None)
    peer.mend()

    refused, waiting, replaced = ours(visitor, alice)

    assert "Not accepted. Nothing was changed." in refused.text
    assert "Kept. It will be delivered" in waiting.text
    assert "Replaced by a newer choice before it was delivered." in replaced.text
    assert [bool(act.undo) for act in (refused, waiting, replaced)] == [
        False,
        True,
        False,
    ]


def test_undo_from_the_history_puts_back_and_is_itself_told(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    before = peer.topic("user-ada", topic_ids["Mentions and replies"])
    toggle(visitor, alice, "Mentions and replies", channel=["email"])
    (act,) = ours(visitor, alice)

    visitor.send(act.undo, {})

    assert peer.topic("user-ada", topic_ids["Mentions and replies"]) == before
    undone, first = ours(visitor, alice)
    assert "Put back on your preferences page." in undone.text
    assert undone.lines == ["Mentions and replies: to come by: Push and In-app."]
    assert undone.undo
    assert not first.undo


def test_what_was_changed_elsewhere_since_cannot_be_undone_from_here(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    elsewhere(peer, topic_ids["Due dates"], status="OPTED_IN")

    (act,) = ours(visitor, alice)

    assert not act.undo


def test_everything_is_put_back_exactly_as_it_was(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """Routing and digest included, whoever changed it, however often."""
    ids = [topic_ids[name] for name in ("Due dates", "Mentions and replies", TASKS)]
    before = [peer.topic("user-ada", id_) for id_ in topic_ids.values()]
    form = visitor.open(alice).topic(TASKS)
    other = next(id_ for id_, on in form.schedules.items() if not on)
    toggle(visitor, alice, TASKS, schedule=other, channel=["push"])
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, TASKS, on=None)
    elsewhere(peer, ids[1], status="OPTED_OUT")
    first = ours(visitor, alice)[-1]

    page = visitor.open(first.back)
    after = press(visitor, page)

    assert set(turns(page)) == {"Due dates", "Mentions and replies", TASKS}
    assert turns(page)["Due dates"][0] == "Off."
    assert turns(page)["Mentions and replies"] == ("Off.", "On, by: Push and In-app.")
    assert after.notice.startswith("Undone. 3 topics are as they were before.")
    assert [peer.topic("user-ada", id_) for id_ in topic_ids.values()] == before
    assert visitor.open(first.back).text.count("Nothing would change") == 1


def test_putting_back_has_a_reference_and_an_undo(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, TASKS, on=None)
    changed = peer.topic("user-ada", topic_ids[TASKS])
    first = ours(visitor, alice)[-1]

    after = press(visitor, visitor.open(first.back))
    visitor.send(after.form("Undo").get("action") or "", {})

    assert peer.topic("user-ada", topic_ids[TASKS]) == changed
    undone, back, *_ = ours(visitor, alice)
    assert len(back.lines) == len(undone.lines) == 2
    assert "Put back on your preferences page." in back.text


def test_the_difference_that_is_shown_is_what_then_changes(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, "Mentions and replies", channel=["sms"])
    ours_now = ours(visitor, alice)
    page = visitor.open(ours_now[-1].back)
    toggle(visitor, alice, "Payment reminders", on=None)
    before = {name: peer.topic("user-ada", id_) for name, id_ in topic_ids.items()}

    press(visitor, page)

    after = {name: peer.topic("user-ada", id_) for name, id_ in topic_ids.items()}
    assert {n for n in topic_ids if before[n] != after[n]} == set(turns(page))
    assert "Payment reminders" not in turns(page)


def test_before_an_act_in_the_middle_the_older_ones_stay(
    visitor: Visitor, alice: str
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, TASKS, on=None)
    newest = ours(visitor, alice)[0]

    page = visitor.open(newest.back)

    assert list(turns(page)) == [TASKS]


def test_looking_changes_nothing(visitor: Visitor, alice: str, peer: Peer) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    (act,) = ours(visitor, alice)
    peer.requests()

    visitor.open(act.back)
    visitor.open(f"{alice}/history")
    visitor.raw("HEAD", act.back)

    assert peer.writes() == []
    assert len(ours(visitor, alice)) == 1


def test_a_history_costs_one_call_to_courier(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    visitor.open(alice)
    peer.requests()

    visitor.open(f"{alice}/history")

    ((_, path, _),) = peer.requests()
    assert path.startswith("/preferences/logs?user_id=user-ada&")


def test_what_is_locked_by_now_is_named_and_stays(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    clock: Clock,
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, "Due dates", on="1")
    newest, _ = ours(visitor, alice)
    section = peer.sections()[1]["id"]
    path = f"/preferences/sections/{section}/topics/{topic_ids['Due dates']}"
    peer.replace(path, {"name": "Due dates", "default_status": "REQUIRED"})
    clock.seconds += 3600

    page = visitor.open(newest.back)

    assert turns(page) == {}
    assert "This stays as it is Due dates Required" in page.text
    assert not list(rules.elements(page.tree, "button"))


def test_while_courier_s_log_is_down_our_own_history_is_told(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    peer.fault(status=503, path="^/preferences/logs")

    page = visitor.open(f"{alice}/history")

    assert "Changes that were made elsewhere cannot be shown just now." in page.text
    (act,) = acts(page)
    back = visitor.open(act.back)
    assert "cannot be shown just now" in back.text
    assert list(turns(back)) == ["Due dates"]


def test_while_courier_is_down_our_own_history_is_told(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    peer.fault(status=503)

    page = visitor.open(f"{alice}/history")

    assert page.status == 200
    assert acts(page)[0].lines == ["Due dates: turned off."]


def test_who_never_changed_anything_is_told_so(visitor: Visitor, links: Links) -> None:
    ben = f"/p/{links.mint(Scope.PREFERENCES, Recipient('user-ben'))}"

    page = visitor.open(f"{ben}/history")

    assert "Nothing has been changed yet." in page.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Please choose a day and a time."),
        ("?on=", "Please choose a day and a time."),
        ("?at=soon", "We could not read that"),
        ("?at=-5", "We could not read that"),
        ("?at=" + "9" * 400, "We could not read that"),
        ("?on=yesterday", "We could not read that"),
        ("?on=0001-01-01T00:00", "We could not read that"),
        ("?on=" + "x" * 5000, "We could not read that"),
        ("?on=2999-01-01T10:00", "That moment is still to come."),
        ("?at=99999999999999", "That moment is still to come."),
    ],
)
def test_a_moment_that_cannot_be_gone_back_to_is_told_kindly(
    visitor: Visitor, alice: str, query: str, words: str
) -> None:
    page = visitor.open(f"{alice}/back{query}")

    assert page.status == 400
    assert words in page.text
    assert page.form("UTC").get("method") == "get"


@pytest.mark.parametrize("on", ["2020-02-29T10:00", "2020-02-29T10:00:30.5"])
def test_a_day_and_a_time_are_read_in_utc(
    visitor: Visitor, alice: str, on: str
) -> None:
    page = visitor.open(f"{alice}/back?on={on}")

    assert page.status == 200
    assert "As they were on 29 February 2020, 10:00 UTC." in page.text


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30])
def test_a_page_of_the_history_that_cannot_be_is_refused(
    visitor: Visitor, alice: str, before: str
) -> None:
    assert visitor.open(f"{alice}/history?before={before}").status == 400


def test_only_a_moment_that_a_page_sealed_is_taken(
    visitor: Visitor, alice: str, bob: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    (act,) = ours(visitor, alice)
    sealed = next(rules.elements(visitor.open(act.back).form("back"), "input"))
    fields = {"topic": [topic_ids["Due dates"]], "back": sealed.get("value")}
    peer.requests()

    assert visitor.send(f"{bob}/back", fields).status == 400
    assert visitor.send(f"{alice}/back", fields | {"back": "1"}).status == 400
    assert visitor.send(f"{alice}/back", {}).status == 400
    assert peer.writes() == []


def test_a_button_that_was_pressed_twice_puts_back_once(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    (act,) = ours(visitor, alice)
    page = visitor.open(act.back)
    press(visitor, page)
    peer.requests()

    again = press(visitor, page)

    assert again.notice == "Nothing had to be put back: it stands as it did."
    assert peer.writes() == []


def test_nobody_sees_what_somebody_else_did(
    visitor: Visitor, alice: str, bob: str, links: Links
) -> None:
    """Nor what they did themselves within a tenant."""
    there = (
        f"/p/{links.mint(Scope.PREFERENCES, Recipient('user-ada', 'harbor-lisbon'))}"
    )
    toggle(visitor, alice, "Due dates", on=None)
    (act,) = ours(visitor, alice)

    for person in (bob, there):
        page = visitor.open(f"{person}/history")
        assert act.reference not in page.text
        assert not ours(visitor, person)
        undo = f"{person}/undo/{act.reference}"
        assert visitor.raw("POST", undo).status_code == 404


def test_a_long_history_has_pages(
    visitor: Visitor, alice: str, parts: Parts, clock: Clock
) -> None:
    ledger = Ledger(parts.database, clock)
    clock.seconds = -1.0
    for _ in range(60):
        clock.seconds += 0.01  # what happens at the same moment stands on one page
        ledger.record(ALICE, [DRAFT], Trace(Door.PAGE))

    first = visitor.open(f"{alice}/history")
    second = visitor.open(first.links["Older changes"])

    seen = [act.reference for page in (first, second) for act in acts(page)]
    references = [reference for reference in seen if reference]
    assert len(acts(first)) == 50
    assert len(references) == len(set(references)) == 60
    assert "Older changes" not in second.links
    assert second.links["Back to the newest changes"] == f"{alice}/history"


def test_while_the_ledger_is_down_courier_s_log_is_told_without_doors(
    visitor: Visitor, alice: str, parts: Parts
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    with parts.database.recording() as connection:
        connection.exec_driver_sql("ALTER TABLE choices RENAME TO lost")

    page = visitor.open(f"{alice}/history")

    newest = acts(page)[0]
    assert page.status == 200
    assert "What was chosen here cannot be read just now" in page.text
    assert newest.lines == ["Due dates: turned off."]
    assert "elsewhere" not in newest.text
    assert list(turns(visitor.open(newest.back))) == ["Due dates"]


def test_what_cannot_be_delivered_now_is_put_back_later(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    toggle(visitor, alice, "Due dates", on=None)
    toggle(visitor, alice, TASKS, on=None)
    page = visitor.open(ours(visitor, alice)[-1].back)
    peer.fault(status=503, methods=["POST", "PUT", "DELETE"])

    after = press(visitor, page)

    assert after.notice.startswith(
        "Kept. 2 topics will be put back as soon as possible. Reference "
    )
    assert after.topic("Due dates").is_on


def test_everything_turned_off_unseen_is_told_as_what_it_was(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    peer.fault(status=503)
    visitor.send(f"{alice}/everything-off", {})

    (act,) = ours(visitor, alice)

    assert act.lines == ["Everything that is optional: turned off."]
    assert act.undo


def test_on_a_plan_without_channels_none_are_told(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    toggle(visitor, alice, "Due dates", on=None)
    peer.switch(channels_on_plan=False)
    visitor.change(page, "Mentions and replies", on=None)
    oldest = ours(visitor, alice)[-1]

    seen = visitor.open(oldest.back)
    press(visitor, seen)

    assert turns(seen)["Due dates"] == ("Off.", "On. This is the default.")
    after = visitor.open(alice)
    assert after.topic("Due dates").is_on
    assert after.topic("Mentions and replies").is_on
