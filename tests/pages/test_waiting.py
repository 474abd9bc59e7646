"""A mark that something waits goes away by itself; an unwritable ledger is told."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.parts import Parts
from app.preferences.choice import OVERDUE
from tests.conftest import Clock, LedgerFile
from tests.house import rules
from tests.house.client import HTMX, Page, Visitor
from tests.peer import Peer

NAME = "Due dates"


def asking(page: Page) -> str:
    """Where the page asks what became of what waits; empty where nothing does."""
    found = [e for e in rules.elements(page.tree) if e.get("id") == "waiting"]
    return (found[-1].get("hx-get") or "") if found else ""


def ask(visitor: Visitor, url: str) -> TestResponse:
    return visitor.raw("GET", url, headers=HTMX)


def kept(visitor: Visitor, alice: str, peer: Peer) -> Page:
    page = visitor.open(alice)
    peer.fault(status=503)
    return visitor.change(page, NAME, htmx=True, on=None)


def test_nothing_asks_while_nothing_waits(visitor: Visitor, alice: str) -> None:
    page = visitor.open(alice)

    assert asking(page) == ""
    assert asking(visitor.change(page, NAME, htmx=True, on=None)) == ""


def test_the_page_asks_and_hears_nothing_until_it_is_delivered(
    visitor: Visitor, alice: str, peer: Peer, deliver: Callable[[], int]
) -> None:
    fragment = kept(visitor, alice, peer)
    url = asking(fragment)
    same = asking(visitor.open(alice))
    waits = ask(visitor, url)
    peer.mend()
    peer.requests()
    deliver()
    told = Page.checked(ask(visitor, url))

    assert url == same
    assert (waits.status_code, waits.data) == (204, b"")
    assert told.announced == " ".join([f"Saved. {NAME} is now off."] * 2)
    assert asking(told) == ""
    assert [method for method, _, _ in peer.requests()] == ["PUT"]


def test_what_courier_then_refuses_goes_back_and_says_why(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
) -> None:
    url = asking(kept(visitor, alice, peer))
    peer.mend()
    section = peer.sections()[1]["id"]
    path = f"/preferences/sections/{section}/topics/{topic_ids[NAME]}"
    peer.replace(path, {"name": NAME, "default_status": "REQUIRED"})
    deliver()

    told = Page.checked(ask(visitor, url))
    again = deliver()

    assert told.topic("").is_on
    assert told.topic("").note == (
        "Our notification service did not accept this change. It is still on."
    )
    assert again == 0
    assert visitor.open(alice).topic(NAME).note == ""


def test_nobody_asks_after_another_s_choices(
    visitor: Visitor, alice: str, bob: str, peer: Peer
) -> None:
    ids = asking(kept(visitor, alice, peer)).partition("?")[2]

    told = Page.checked(ask(visitor, f"{bob}/waiting?{ids}"))

    assert NAME not in told.text
    assert visitor.raw("GET", f"{alice}/waiting?ids=1,x").status_code == 400


def test_after_a_week_it_is_told_and_goes_on_waiting(
    visitor: Visitor, alice: str, peer: Peer, clock: Clock, parts: Parts
) -> None:
    kept(visitor, alice, peer)
    peer.mend()
    clock.seconds += OVERDUE + 1

    note = visitor.open(alice).topic(NAME).note

    assert note.startswith("Kept, but it could not be delivered for more than a week.")
    assert parts.queue.backlog().overdue == 1


def test_the_newest_of_two_that_wait_is_delivered_alone(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    deliver: Callable[[], int],
) -> None:
    fragment = kept(visitor, alice, peer)
    action = visitor.open(alice).topic(NAME).action
    fields = fragment.topic("").fields(on="1")
    visitor.send(action, fields, htmx=True)
    peer.mend()
    peer.requests()
    delivered = deliver()

    assert delivered == 1
    ((method, _, body),) = peer.writes()
    assert method == "PUT"
    assert body
    assert body["topic"]["status"] == "OPTED_IN"


@pytest.mark.parametrize("htmx", [True, False])
def test_without_a_ledger_saved_is_what_courier_took(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    ledger_file: LedgerFile,
    capsys: pytest.CaptureFixture[str],
    htmx: bool,
) -> None:
    page = visitor.open(alice)
    ledger_file.spoil()

    saved = visitor.change(page, NAME, htmx=htmx, on=None)

    assert saved.topic(NAME).note == f"Saved. {NAME} is now off."
    assert "Undo" not in saved.topic(NAME).text
    assert peer.topic("user-ada", topic_ids[NAME])["status"] == "OPTED_OUT"
    assert "not_recorded" in capsys.readouterr().out


@pytest.mark.parametrize("htmx", [True, False])
def test_without_a_ledger_and_courier_nothing_is_said_to_be_kept(
    visitor: Visitor, alice: str, peer: Peer, ledger_file: LedgerFile, htmx: bool
) -> None:
    page = visitor.open(alice)
    ledger_file.spoil()
    peer.fault(status=503, methods=["PUT"])

    failed = visitor.change(page, NAME, htmx=htmx, on=None)

    assert failed.status == 503
    assert failed.topic(NAME).note == (
        f"We could not save {NAME} just now. It is still on."
    )
    assert f"Try again to save {NAME}" in failed.topic(NAME).buttons


def test_without_a_ledger_an_older_choice_on_its_way_is_not_overtaken(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    ledger_file: LedgerFile,
    deliver: Callable[[], int],
) -> None:
    """It would come later and win: so nothing newer is said to be saved."""
    fragment = kept(visitor, alice, peer)
    action = visitor.open(alice).topic(NAME).action
    peer.mend()
    ledger_file.spoil()

    failed = visitor.send(action, fragment.topic("").fields(on="1"), htmx=True)
    ledger_file.mend()
    deliver()

    assert failed.status == 503
    assert peer.topic("user-ada", topic_ids[NAME])["status"] == "OPTED_OUT"


def test_many_without_a_ledger_are_told_one_by_one(
    visitor: Visitor, alice: str, ledger_file: LedgerFile, topic_ids: dict[str, str]
) -> None:
    ids = [topic_ids[name] for name in (NAME, "Mentions and replies")]
    visitor.open(alice)
    ledger_file.spoil()

    after = visitor.send(f"{alice}/off", {"topic": ids})

    assert after.notice == "Saved. 2 topics were turned off."


def test_readiness_needs_a_ledger_that_can_be_written(
    visitor: Visitor, parts: Parts
) -> None:
    ready = visitor.raw("GET", "/readyz").status_code
    with parts.database.recording() as connection:
        connection.exec_driver_sql("ALTER TABLE answers RENAME TO elsewhere")

    assert ready == 200
    assert visitor.raw("GET", "/readyz").status_code == 503
    assert visitor.raw("GET", "/healthz").status_code == 200


def test_a_kept_undo_is_not_overtaken_without_a_ledger_either(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    ledger_file: LedgerFile,
    deliver: Callable[[], int],
) -> None:
    """Its form knows that something older may still have its say."""
    fragment = kept(visitor, alice, peer)
    form = visitor.open(alice).topic(NAME)
    undo = fragment.topic("").buttons[f"Undo the last change of {NAME}"]
    address = undo.get("formaction") or ""
    undone = visitor.send(address, fragment.topic("").fields(), htmx=True)
    peer.mend()
    ledger_file.lose()

    failed = visitor.send(form.action, undone.topic("").fields(on=None), htmx=True)
    ledger_file.find()
    deliver()

    assert undone.status == 202
    assert failed.status == 503
    assert peer.topic("user-ada", topic_ids[NAME])["status"] == "OPTED_IN"


def test_leaving_unseen_cannot_be_undone_while_the_ledger_is_out_of_reach(
    visitor: Visitor, alice: str, peer: Peer, ledger_file: LedgerFile
) -> None:
    """Told kindly, with the right status; nothing is lost."""
    peer.fault(status=503)
    undo = visitor.send(f"{alice}/everything-off", {}).form("Undo")
    ledger_file.freeze()

    failed = visitor.send(undo.get("action") or "", {})

    assert failed.status == 503
    assert "We could not do this just now." in failed.text
