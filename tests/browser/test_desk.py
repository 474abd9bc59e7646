"""The desk in a real browser: by keyboard, watched by axe, with scripts and without."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.factory import create_app
from app.ledger.schema import migrate
from app.ledger.sessions import Sessions
from app.links import DAY, Links, Scope
from app.parts import Outside, Parts, create_parts
from app.preferences.staff import Agent
from app.settings import Settings
from tests.browser.conftest import serving
from tests.browser.test_accessible import faults_of
from tests.conftest import ALICE, SECRET
from tests.peer import BUDGET, Peer
from tests.staff.conftest import AMIR, ANA, ISSUER, VERA, staffed

MOST_KEYS = 12
Enter = Callable[[BrowserContext, Agent], Page]


@pytest.fixture
def desk_parts(site_settings: Settings, peer: Peer, tmp_path: Path) -> Parts:
    peer.mend()
    url = f"sqlite:///{tmp_path}/ledger.db"
    settings = staffed(site_settings, PUBLIC_URL="http://127.0.0.1", DATABASE_URL=url)
    parts = create_parts(settings, Outside(budget=BUDGET))
    migrate(parts.database)
    return parts


@pytest.fixture
def desk(site_settings: Settings, desk_parts: Parts) -> Iterator[str]:
    settings = staffed(site_settings, PUBLIC_URL="http://127.0.0.1")
    yield from serving(create_app(settings, Outside(budget=BUDGET), desk_parts))


@pytest.fixture
def enter(desk: str, desk_parts: Parts) -> Enter:
    """Somebody's page of the desk, signed in."""
    sessions = Sessions(desk_parts.database, time.time, 1800.0, 36000.0)

    def enter(context: BrowserContext, agent: Agent) -> Page:
        secret = sessions.open(agent, ISSUER, "", "")
        context.add_cookies([{"name": "staff", "value": secret, "url": desk}])
        page = context.new_page()
        page.goto(f"{desk}/staff/")
        return page

    return enter


class Keys:
    """Counts what somebody presses; a paste is one press, as with Ctrl and V."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)
            self.count += 1

    def paste(self, text: str) -> None:
        self._page.keyboard.insert_text(text)
        self.count += 1


def see(page: Page, text: str = "user-ada") -> None:
    page.get_by_label("User id, link, reference").fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("user-ada")
    page.wait_for_load_state()  # its script listens


def test_a_topic_of_a_pasted_link_is_turned_off_in_twelve_key_presses(
    context: BrowserContext, enter: Enter, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = enter(context, AMIR)
    keys = Keys(page)
    old = Links([SECRET]).ahead(-400 * DAY).mint(Scope.PREFERENCES, ALICE)

    expect(page.get_by_label("User id, link, reference")).to_be_focused()
    keys.paste(f"https://preferences.example/p/{old}")
    keys.press("Enter")
    expect(page.get_by_label("Find a topic")).to_be_focused()
    page.wait_for_load_state()  # its script listens
    keys.press("d", "u", "e", "Enter")
    expect(page.get_by_role("switch", name="Due dates")).to_be_focused()
    keys.press("Space")

    expect(page.locator("#status")).to_contain_text("Saved. Due dates is now off.")
    assert keys.count <= MOST_KEYS
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_slash_goes_to_the_look_up_from_anywhere(
    context: BrowserContext, enter: Enter
) -> None:
    page = enter(context, AMIR)
    see(page)
    page.get_by_role("switch", name="Due dates").focus()
    page.keyboard.press("/")

    expect(page.get_by_label("Look somebody up")).to_be_focused()


def test_turning_on_asks_in_place_and_mails_the_recipient(
    context: BrowserContext, enter: Enter, peer: Peer
) -> None:
    page = enter(context, AMIR)
    see(page)
    page.get_by_role("switch", name="Cash flow report").click()
    basis = page.get_by_label("Legal basis")
    expect(basis).to_be_visible()
    expect(page.get_by_role("switch", name="Cash flow report")).not_to_be_checked()

    basis.select_option("The customer asked for it on the phone")
    page.get_by_role("button", name="Ask them to confirm Cash flow report").click()

    expect(page.locator("#status")).to_contain_text("mailed a link to confirm")
    expect(basis).to_have_count(0)
    assert len(peer.mailed_links()) == 1


def test_what_a_colleague_does_shows_by_itself(
    browser: Browser, context: BrowserContext, enter: Enter
) -> None:
    page = enter(context, AMIR)
    see(page)
    other = browser.new_context()
    there = enter(other, ANA)
    see(there)
    there.get_by_role("switch", name="Due dates").click()
    expect(there.locator("#status")).to_contain_text("Due dates is now off.")
    other.close()

    news = page.get_by_text("Somebody else was here meanwhile.")
    expect(news).to_be_visible()
    expect(page.get_by_text("Due dates was turned off")).to_be_visible()


def test_without_scripts_everything_works(browser: Browser, enter: Enter) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = enter(context, AMIR)
    see(page)
    page.get_by_role("switch", name="Due dates").uncheck()
    page.get_by_role("button", name="Save Due dates").click()
    expect(page.get_by_text("Saved. Due dates is now off.")).to_be_visible()

    page.get_by_role("switch", name="Cash flow report").check()
    page.get_by_role("button", name="Save Cash flow report").click()
    page.get_by_label("Legal basis").select_option(
        "The customer asked for it in writing"
    )
    page.get_by_role("button", name="Ask them to confirm Cash flow report").click()
    expect(page.get_by_text("mailed a link to confirm").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("agent", [VERA, ANA], ids=lambda a: a.role.value)
def test_axe_finds_nothing_on_the_pages_of_the_desk(
    browser: Browser, enter: Enter, agent: Agent
) -> None:
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    page = enter(context, agent)
    found = {"home": faults_of(page)}
    see(page)
    found["recipient"] = faults_of(page)
    names = ["See what they see"]
    if agent is ANA:
        page.get_by_role("switch", name="Cash flow report").click()
        expect(page.get_by_label("Legal basis")).to_be_visible()
        found["asking"] = faults_of(page)
        names += ["Turn off everything optional", "Revoke every link"]
        names += ["Erase everything we hold"]
    address = page.url
    for name in names:
        page.goto(address)
        page.get_by_role("link", name=name).click()
        found[name] = faults_of(page)
    for name in ("Trail", "Health", "Sessions") if agent is ANA else ("Health",):
        page.get_by_role("link", name=name, exact=True).click()
        found[name] = faults_of(page)
    context.close()

    assert not {name: faults for name, faults in found.items() if faults}


def test_a_page_whose_session_has_ended_says_so_and_keeps_what_was_typed(
    context: BrowserContext, enter: Enter, desk_parts: Parts
) -> None:
    page = enter(context, AMIR)
    see(page)
    page.get_by_label("Reason or ticket").first.fill("TICKET-7")
    sessions = Sessions(desk_parts.database, time.time, 1800.0, 36000.0)
    for session in sessions.all():
        sessions.end(session.id)

    notice = page.locator("#news").get_by_text("Your session has ended.")
    expect(notice).to_be_visible()
    expect(page.locator("#news [hx-trigger]")).to_have_count(0)
    expect(page.get_by_label("Reason or ticket").first).to_have_value("TICKET-7")
    page.get_by_role("switch", name="Due dates").click()
    expect(page.locator("#problem")).to_contain_text("Nothing was changed.")
    expect(page.get_by_role("switch", name="Due dates")).to_be_checked()
