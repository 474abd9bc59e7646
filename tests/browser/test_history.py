"""The history in a browser: clean for axe, narrow and dark, and usable by keyboard."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible import RULES
from tests.peer import Peer

BEFORE = "Put my choices back as they were before this"
Go = Callable[[Page, str, Peer], None]


def history(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/history")


def waiting(page: Page, url: str, peer: Peer) -> None:
    page.goto(url)
    peer.fault(status=503, methods=["PUT"])
    page.get_by_role("switch", name="Payment reminders").click()
    expect(page.locator(".kept")).to_be_visible()
    page.goto(f"{url}/history")


def log_down(page: Page, url: str, peer: Peer) -> None:
    peer.fault(status=503, path="^/preferences/logs")
    page.goto(f"{url}/history")


def ask_back(page: Page, url: str, peer: Peer) -> None:
    history(page, url, peer)
    page.get_by_role("link", name=BEFORE).first.click()
    expect(page.get_by_role("button", name="Put 1 topic back")).to_be_visible()


def bad_moment(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/back?on=2999-01-01T10:00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "go",
    [history, waiting, log_down, ask_back, bad_moment],
    ids=lambda go: go.__name__,
)
def test_axe_finds_nothing(
    browser: Browser, alice_url: str, peer: Peer, go: Go, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 320, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(alice_url)
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".saved")).to_be_visible()
    go(page, alice_url, peer)

    results = Axe().run(page, options=RULES)

    assert results.violations_count == 0, results.generate_report()
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, "the page scrolls sideways"
    context.close()


def test_a_moment_is_chosen_and_everything_put_back(
    page: Page, alice_url: str, complaints: list[str]
) -> None:
    page.goto(alice_url)
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".saved")).to_be_visible()
    page.get_by_role("link", name="History of your choices").click()

    page.get_by_label("Put my choices back as they were on").fill("2026-01-01T00:00")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="Due dates")).to_be_visible()
    page.get_by_role("button", name="back", exact=False).click()

    expect(page.get_by_role("switch", name="Due dates")).to_be_checked()
    assert complaints == []
