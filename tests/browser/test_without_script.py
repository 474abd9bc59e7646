"""Without scripts, or with scripts that never come, everything is a plain form."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.peer import Peer


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has scripts turned off."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_every_topic_has_a_save_button(plain: Page, alice_url: str) -> None:
    plain.goto(alice_url)

    topics = plain.get_by_role("switch").count()
    saves = plain.get_by_role("button", name=re.compile("^Save "))

    assert saves.count() == topics == 15
    assert all(button.is_visible() for button in saves.all())
    expect(plain.get_by_text("Choose Save after you change a topic.")).to_be_visible()
    expect(plain.get_by_text("Every change is saved at once.")).to_be_hidden()


def test_switch_and_channels_are_saved_by_the_button(
    plain: Page, alice_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    plain.goto(alice_url)
    group = plain.get_by_role("group", name="Due dates", exact=True)
    group.get_by_role("checkbox", name="SMS").uncheck()
    peer.requests()

    plain.get_by_role("button", name="Save Due dates").click()

    expect(
        plain.get_by_text("Saved. Due dates now comes by: Email, Push, and In-app.")
    ).to_be_in_viewport()
    saved = peer.topic("user-ada", topic_ids["Due dates"])
    assert saved["custom_routing"] == ["email", "push", "inbox"]
    plain.reload()
    assert len(peer.writes()) == 1


def test_a_locked_topic_is_refused_on_the_page(
    plain: Page, alice_url: str, peer: Peer
) -> None:
    plain.goto(alice_url)
    peer.requests()

    plain.get_by_role("switch", name="Security alerts").uncheck(force=True)
    plain.get_by_role("button", name="Save Security alerts").click()

    alerts = plain.get_by_role("alert").filter(has_text="is required")
    expect(alerts).to_have_count(2)  # on top, with a way to it, and in its place
    expect(alerts.last).to_be_visible()
    expect(plain.get_by_role("switch", name="Security alerts")).to_be_checked()
    assert peer.writes() == []


def test_everything_can_be_turned_off_and_reset(plain: Page, alice_url: str) -> None:
    plain.goto(alice_url)

    plain.get_by_role("link", name="Turn off everything optional").click()
    plain.get_by_role("button", name="Turn off 10 topics").click()
    expect(plain.get_by_text("You get 2 of 15 topics.")).to_be_visible()

    plain.get_by_role("link", name="Go back to the defaults").click()
    plain.get_by_role("button", name="Go back to the defaults").click()
    expect(plain.get_by_text("You get 12 of 15 topics.")).to_be_visible()


def _never(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("lost", ["preferences.js*", "*.js*"])
def test_where_a_script_never_loads_a_change_brings_its_save_button(
    page: Page, alice_url: str, peer: Peer, topic_ids: dict[str, str], lost: str
) -> None:
    page.route(f"**/{lost}", _never)
    page.goto(alice_url)
    save = page.get_by_role("button", name="Save Due dates")
    expect(save).to_be_hidden()
    page.get_by_role("switch", name="Due dates").click()
    save.click()
    expect(page.get_by_text("Saved. Due dates is now off.")).to_be_visible()

    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_what_was_changed_before_the_script_came_keeps_its_button(
    page: Page, alice_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """A slow line: the page is usable before its scripts, which save nothing alone."""
    held: list[Route] = []
    page.route("**/*.js*", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(alice_url, wait_until="commit")
    page.get_by_role("switch", name="Due dates").click()
    peer.requests()

    for route in held:
        route.continue_()
    expect(page.get_by_text("Every change is saved at once.")).to_be_visible()

    save = page.get_by_role("button", name="Save Due dates")
    expect(save).to_be_visible()
    assert peer.writes() == []
    save.click()
    expect(page.locator("#status")).to_have_text("Saved. Due dates is now off.")
    expect(save).to_be_hidden()
    assert peer.topic("user-ada", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_a_locked_topic_without_htmx_cannot_be_lost(page: Page, alice_url: str) -> None:
    page.route("**/preferences.js*", _never)
    page.goto(alice_url)

    page.get_by_role("switch", name="Security alerts").click(force=True)
    page.get_by_role("button", name="Save Security alerts").click()

    expect(page.get_by_role("switch", name="Security alerts")).to_be_checked()
