"""In doubt of what waits, no page says or does what it cannot know."""

from collections.abc import Callable

from app.factory import Parts
from app.links import DAY, Links, Scope
from tests.conftest import ALICE, Clock, LedgerFile
from tests.house.client import Visitor
from tests.peer import Peer

DUE = "Due dates"


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
    page = visitor.open(alice)
    peer.fault(methods=["PUT"])
    visitor.change(page, DUE, on=None)
    peer.mend()
    ledger_file.lose()
    blind = visitor.open(alice)
    peer.writes()

    on = visitor.change(blind, DUE, htmx=True, on=None)
    tried = peer.writes()
    ledger_file.find()
    deliver()

    assert (on.status, tried) == (503, [])
    assert parts.queue.backlog().pending == 0
    assert peer.topic("user-ada", topic_ids[DUE])["status"] == "OPTED_OUT"
