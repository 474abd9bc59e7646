"""axe finds nothing, in light and dark, narrow and wide, in every state of a page."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.links import DAY, Links, Scope
from app.preferences.subject import Subject
from app.sandbox.seeding import SEED
from tests.conftest import ALICE, SECRET
from tests.peer import Peer

RULES = {
    "resultTypes": ["violations"],
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
Go = Callable[[Page, str, Peer], None]


@pytest.fixture
def look(browser: Browser) -> Iterator[Page]:
    # axe puts itself into the page, which the page's own policy would not allow
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def faults_of(page: Page) -> list[str]:
    """What axe finds, and what overflows: light and dark, narrow and wide."""
    found = []
    for scheme, width in product(SCHEMES, (320, 1280)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        results = Axe().run(page, options=RULES)
        where = f"{scheme}, {width} pixels"
        if results.violations_count:
            found.append(f"{where}: {results.generate_report()}")
        if page.evaluate(SIDEWAYS) > 0:
            found.append(f"{where}: the page scrolls sideways")
    return found


def older(url: str) -> str:
    """Alice's link of more than a month ago."""
    token = Links([SECRET]).ahead(-31 * DAY).mint(Scope.PREFERENCES, ALICE)
    return f"{url.partition('/p/')[0]}/p/{token}"


def leaving(url: str, topic: str = "") -> str:
    """Her link that unsubscribes from a topic, or from everything optional."""
    sections = json.loads(SEED.read_text("utf-8"))["sections"]
    ids = {t["name"]: t["id"] for section in sections for t in section["topics"]}
    subject = Subject(topic_id=ids.get(topic))
    token = Links([SECRET]).mint(Scope.UNSUBSCRIBE, ALICE, subject=subject)
    return f"{url.partition('/p/')[0]}/u/{token}"


def show(page: Page, url: str, _peer: Peer) -> None:
    page.goto(url)


def bad_link(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}x")


def saved(page: Page, url: str, _peer: Peer) -> None:
    page.goto(url)
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".saved")).to_be_visible()


def failed(page: Page, url: str, peer: Peer) -> None:
    page.goto(url)
    peer.fault(status=400, methods=["PUT"])
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".problem")).to_be_visible()


def kept(page: Page, url: str, peer: Peer) -> None:
    page.goto(url)
    peer.fault(status=503, methods=["PUT"])
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".kept")).to_be_visible()


def unreachable(page: Page, url: str, _peer: Peer) -> None:
    page.goto(url)
    page.context.set_offline(True)
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator(".problem")).to_be_visible()
    page.context.set_offline(False)


def old_link(page: Page, url: str, _peer: Peer) -> None:
    page.goto(older(url))
    expect(page.get_by_role("button", name="fresh link")).to_be_visible()


def not_mine(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/not-mine")


def switched_off(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/not-mine")
    page.get_by_role("button", name="Switch this link off").click()
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "This link was switched off"
    )


def check_inbox(page: Page, url: str, _peer: Peer) -> None:
    page.goto(older(url))
    page.get_by_role("button", name="fresh link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def ask_unsubscribe(page: Page, url: str, _peer: Peer) -> None:
    page.goto(leaving(url, "Due dates"))


def unsubscribed(page: Page, url: str, _peer: Peer) -> None:
    page.goto(leaving(url, "Due dates"))
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def cannot_unsubscribe(page: Page, url: str, _peer: Peer) -> None:
    page.goto(leaving(url, "Security alerts"))


def unsubscribe_all(page: Page, url: str, _peer: Peer) -> None:
    page.goto(leaving(url))


def unsubscribe_down(page: Page, url: str, peer: Peer) -> None:
    peer.fault(status=503)
    page.goto(leaving(url, "Due dates"))


def ask_off(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/off")


def all_off(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/off")
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator(".notice")).to_be_visible()


def off_failed(page: Page, url: str, peer: Peer) -> None:
    page.goto(f"{url}/off")
    peer.fault(status=400, methods=["POST", "PUT"])
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator(".notice-problem")).to_be_visible()


def ask_reset(page: Page, url: str, _peer: Peer) -> None:
    page.goto(f"{url}/reset")


def down(page: Page, url: str, peer: Peer) -> None:
    peer.fault(status=503)
    page.goto(url)


def down_with_catalog(page: Page, url: str, peer: Peer) -> None:
    page.goto(url)
    peer.fault(status=503)
    page.goto(url)


def wrong_key(page: Page, url: str, peer: Peer) -> None:
    peer.fault(status=401)
    page.goto(url)


def no_channels(page: Page, url: str, peer: Peer) -> None:
    peer.switch(channels_on_plan=False)
    page.goto(url)
    group = page.get_by_role("group", name="Due dates", exact=True)
    group.get_by_role("checkbox", name="SMS").click()
    expect(page.locator(".problem")).to_be_visible()


def empty(page: Page, url: str, peer: Peer) -> None:
    for section in peer.sections():
        path = f"/preferences/sections/{section['id']}"
        for topic in section["topics"]:
            peer.delete(f"{path}/topics/{topic['id']}")
        peer.delete(path)
    page.goto(url)


def front(page: Page, url: str, _peer: Peer) -> None:
    page.goto(url.partition("/p/")[0])


STATES = [
    show,
    bad_link,
    saved,
    failed,
    kept,
    unreachable,
    ask_off,
    all_off,
    off_failed,
    ask_reset,
    down,
    down_with_catalog,
    wrong_key,
    no_channels,
    empty,
    front,
    old_link,
    not_mine,
    switched_off,
    check_inbox,
    ask_unsubscribe,
    unsubscribed,
    cannot_unsubscribe,
    unsubscribe_all,
    unsubscribe_down,
]


@pytest.mark.parametrize("go", STATES, ids=lambda go: go.__name__)
def test_axe_finds_nothing(look: Page, alice_url: str, peer: Peer, go: Go) -> None:
    go(look, alice_url, peer)

    assert faults_of(look) == []


def test_a_tenant_s_page_passes_as_well(look: Page, bob_url: str) -> None:
    look.goto(bob_url)

    assert faults_of(look) == []
