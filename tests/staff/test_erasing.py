"""Whoever was erased at the desk is not named again by what was there before."""

from collections.abc import Callable

import pytest

from app.access import LinkRevoked
from app.links import Links, Scope
from app.parts import Parts
from app.preferences.staff import Entry
from tests.conftest import ALICE, Clock, LedgerFile
from tests.staff.conftest import Colleague

Told = Callable[..., list[Entry]]


def erase(ana: Colleague) -> int:
    """Straight to the form, without a look at the page."""
    given = {"sure": "1", "reason": "Ticket 7"}
    return int(ana.raw("POST", f"{ana.address()}/erase", data=given).status_code)


def test_links_that_were_made_before_end_with_an_erasure(
    ana: Colleague, parts: Parts, links: Links, clock: Clock
) -> None:
    """A question that was asked is not known any more, so nobody may answer it."""
    old = links.mint(Scope.PREFERENCES, ALICE)
    leave = links.mint(Scope.UNSUBSCRIBE, ALICE)

    assert erase(ana) == 303

    with pytest.raises(LinkRevoked):
        parts.access.open(Scope.PREFERENCES, old)
    assert parts.access.open(Scope.UNSUBSCRIBE, leave).recipient == ALICE
    clock.seconds += 2
    fresh = links.mint(Scope.PREFERENCES, ALICE)
    assert parts.access.open(Scope.PREFERENCES, fresh).recipient == ALICE


def test_where_links_cannot_be_revoked_nothing_is_erased(
    ana: Colleague, entries: Told, ledger_file: LedgerFile
) -> None:
    ana.see()
    ledger_file.lose("revocations")

    assert erase(ana) == 503

    assert entries(ALICE)
