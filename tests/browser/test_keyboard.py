"""By keyboard alone: everything is reached in order, used, and never loses focus."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.peer import Peer

pytestmark = pytest.mark.usefixtures("complaints")


def tab_to(page: Page, role: str, name: str, most: int = 120) -> None:
    """Presses Tab until the control has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached the {role} {name!r}")


def test_a_topic_is_turned_off_on_and_routed_by_keyboard(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(ben_url)

    tab_to(page, "switch", "Due dates")
    page.keyboard.press("Space")
    expect(page.locator("#status")).to_have_text("Saved. Due dates is now off.")
    page.keyboard.press("Space")
    expect(page.locator("#status")).to_have_text("Saved. Due dates is now on.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="Push").nth(2)).to_be_focused()
    page.keyboard.press("Space")

    expect(page.locator("#status")).to_have_text(re.compile("Email, SMS, and In-app"))
    saved = peer.topic("user-ben", topic_ids["Due dates"])
    assert saved["custom_routing"] == ["email", "sms", "inbox"]


def test_a_schedule_is_chosen_with_the_arrow_keys(
    page: Page, alice_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(alice_url)
    group = page.get_by_role("radiogroup", name=re.compile("Tasks assigned to you"))

    group.get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowUp")

    expect(page.locator("#status")).to_have_text(re.compile("Every day at 8:30"))
    chosen = group.get_by_role("radio", checked=True)
    expect(chosen).to_be_focused()
    saved = peer.topic("user-ada", topic_ids["Tasks assigned to you"])
    assert saved["digest_schedule_id"] == chosen.get_attribute("value")


def test_a_locked_switch_is_in_the_tab_order_and_explains_itself(
    page: Page, alice_url: str
) -> None:
    page.goto(alice_url)

    tab_to(page, "switch", "Security alerts", most=3)
    page.keyboard.press("Space")

    locked = page.get_by_role("switch", name="Security alerts")
    expect(locked).to_be_checked()
    expect(locked).to_be_focused()


def test_everything_is_turned_off_by_keyboard(page: Page, alice_url: str) -> None:
    page.goto(alice_url)

    tab_to(page, "link", "Turn off everything optional")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{alice_url}/off")
    tab_to(page, "button", "Turn off 10 topics")
    page.keyboard.press("Enter")

    expect(page.locator(".notice")).to_be_focused()


def test_what_has_the_focus_can_be_seen(page: Page, alice_url: str) -> None:
    page.goto(alice_url)

    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const e = document.activeElement;
                const marked = e.matches(".chip input") ? e.closest(".chip") : e;
                const style = getComputedStyle(marked);
                const width = parseFloat(style.outlineWidth);
                return style.outlineStyle !== "none" && width >= 2;
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")
