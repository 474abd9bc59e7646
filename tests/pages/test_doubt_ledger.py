"""In doubt of what waits, no page says or does what it cannot know."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from app.links import DAY, Links, Scope
from app.parts import Parts
from app.preferences.model import Recipient
from tests.conftest import ALICE, Clock, LedgerFile
from tests.house.client import Page, Visitor
from tests.peer import Peer

DUE = "Due dates"


def unheard(page: Page, **changes: str | None) -> str:
    """As the page tells later of what it sent to no answer."""
    return urlencode(page.topic(DUE).fields(state=None, **changes), doseq=True) + "\n"


def kept_and_away(
    visitor: Visitor, path: str, peer: Peer, ledger_file: LedgerFile
) -> Page:
    """A page whose topic was turned off, which waits; and the ledger cannot be read."""
    page = visitor.open(path)
    peer.fault(methods=["PUT"])
    visitor.change(page, DUE, on=None)
    peer.mend()
    ledger_file.lose()
    return page


def test_a_choice_by_a_clock_that_is_hours_slow_is_still_the_last_one(
    visitor: Visitor, links: Links, peer: Peer, clock: Clock
) -> None:
    """Which of them is the last, their numbers say."""
    alice = f"/p/{links.ahead(-DAY).mint(Scope.PREFERENCES, ALICE)}"
    visitor.change(visitor.open(alice), DUE, on=None)
    visitor.change(visitor.open(alice), DUE, on="1")
    clock.seconds -= 7200
    visitor.change(visitor.open(alice), DUE, on=None)
    clock.seconds += 7200
    off = visitor.open(alice)
    peer.fault()

    on = visitor.change(off, DUE, htmx=True, on="1")

    assert on.status == 202
    assert on.announced.startswith("Kept. Due dates will be turned on")


def test_what_the_ledger_says_while_courier_is_silent_is_not_called_saved(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    """Another page has turned it on; whether Courier has it still, nobody says."""
    visitor.change(visitor.open(alice), DUE, on=None)
    old = visitor.open(alice)
    visitor.change(visitor.open(alice), DUE, on="1")
    peer.fault()

    again = visitor.change(old, DUE, htmx=True, on="1")

    assert again.status == 503
    assert "Nothing new to save" not in again.announced


def test_a_page_drawn_without_the_ledger_does_nothing_that_might_be_overtaken(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    ledger_file: LedgerFile,
    parts: Parts,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
) -> None:
    """What waits there would come later, and win."""
    kept_and_away(visitor, alice, peer, ledger_file)
    blind = visitor.open(alice)
    peer.writes()

    on = visitor.change(blind, DUE, htmx=True, on=None)
    tried = peer.writes()
    ledger_file.find()
    deliver()

    assert (on.status, tried) == (503, [])
    assert parts.queue.backlog().pending == 0
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_OUT"


def test_what_a_page_sent_without_an_answer_may_wait_and_is_not_overtaken(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    ledger_file: LedgerFile,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
) -> None:
    """Written down, but nobody was told; then the ledger is away as well."""
    page = kept_and_away(visitor, alice, peer, ledger_file)
    peer.writes()

    off = unheard(page, on=None)
    other = visitor.change(page, DUE, htmx=True, channel=["sms"], unheard=off)
    tried = peer.writes()
    ledger_file.find()
    deliver()

    assert (other.status, tried) == (503, [])
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_OUT"


def test_what_a_page_sent_to_no_answer_and_takes_effect_late_is_repaired(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
) -> None:
    """Sent to Courier without the ledger, by a process that was killed meanwhile."""
    page = visitor.open(alice)
    off = unheard(page, on=None)

    sms = visitor.change(page, DUE, htmx=True, channel=["sms"], unheard=off)
    assert sms.status == 200
    path = f"/users/user-ada/preferences/{topic_ids[DUE]}"
    peer.replace(path, {"topic": {"status": "OPTED_OUT"}})
    deliver()

    now = peer.topic("user-ada", topic_ids[DUE])
    assert (now["status"], now["custom_routing"]) == ("OPTED_IN", ["sms"])


def test_nothing_new_to_save_is_not_said_while_something_else_may_take_effect(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(alice)

    same = visitor.change(page, DUE, htmx=True, unheard=unheard(page, on=None))

    assert same.status == 503
    assert "could not confirm" in same.topic(DUE).note


@pytest.mark.parametrize("is_written_down", [True, False])
def test_the_same_again_is_simply_saved(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    parts: Parts,
    is_written_down: bool,
) -> None:
    page = visitor.open(alice)
    if is_written_down:
        visitor.change(page, DUE, on=None)
    off = unheard(page, on=None)

    again = visitor.change(page, DUE, htmx=True, on=None, unheard=off * 9 + "on=%")

    assert again.status == 200
    assert len(parts.ledger.history(Recipient("user-ada"))) == 1
    assert len(peer.writes()) == 1
