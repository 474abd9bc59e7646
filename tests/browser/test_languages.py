"""Every language in a real browser: it fits, reads aloud right, needs no script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.links import DAY, Links, Scope
from app.web import i18n
from tests.browser.test_accessible import RULES
from tests.browser.test_brand import SHIFTS
from tests.conftest import ALICE

TAGS = [code.replace("_", "-") for code in i18n.codes()]
NARROW = 320
TOO_WIDE = f"""() => [...document.querySelectorAll('body *')]
  .filter((e) => !e.closest('.announcer, .heard'))
  .filter((e) => e.getBoundingClientRect().right > {NARROW} + 0.5
    || e.getBoundingClientRect().left < -0.5)
  .map((e) => `${{e.tagName}}.${{e.className}}: ${{e.textContent.slice(0, 60)}}`)"""


@pytest.fixture
def everywhere_url(site: str, links: Links) -> str:
    token = links.mint(Scope.PREFERENCES, ALICE, has_all_tenants=True)
    return f"{site}/p/{token}"


@pytest.fixture
def addresses(site: str, links: Links, everywhere_url: str) -> list[str]:
    old = links.ahead(-40 * DAY).mint(Scope.PREFERENCES, ALICE)
    leave = links.mint(Scope.UNSUBSCRIBE, ALICE)
    return [
        everywhere_url,
        f"{everywhere_url}/everywhere",
        f"{everywhere_url}/off",
        f"{everywhere_url}/history",
        f"{everywhere_url}/not-mine",
        f"{site}/p/{old}",
        f"{site}/u/{leave}",
        f"{site}/p/damaged",
        site + "/",
    ]


def test_no_page_overflows_at_320_pixels_in_any_language(
    browser: Browser, addresses: list[str]
) -> None:
    size = {"width": NARROW, "height": 640}
    with browser.new_context(viewport=size) as context:  # type: ignore[arg-type]
        page = context.new_page()
        faults = []
        for tag in TAGS:
            for number, address in enumerate(addresses):
                page.goto(f"{address}?lang={tag}")
                assert page.locator("html").get_attribute("lang") == tag
                wide = page.evaluate(TOO_WIDE)
                faults += [f"{tag} page {number}: {what}" for what in wide]

    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tag", ["ar", "de"])
def test_axe_finds_nothing_in_either_direction(
    browser: Browser, everywhere_url: str, tag: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": NARROW, "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    faults = []
    for path in ("", "/everywhere"):
        page.goto(f"{everywhere_url}{path}?lang={tag}")
        found = Axe().run(page, options=RULES)
        faults += [str(fault["id"]) for fault in found.response["violations"]]
    context.close()

    assert faults == []


def test_the_language_and_the_organization_are_switched_without_any_script(
    browser: Browser, everywhere_url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(everywhere_url)
    page.get_by_role("link", name="العربية").click()

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_role("link", name="Harbor Lisbon").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator(".places [aria-current]")).to_have_text("Harbor Lisbon")
    assert context.cookies() == []
    context.close()


def test_a_right_to_left_page_is_a_mirror_of_the_other(
    page: Page, everywhere_url: str
) -> None:
    def middle(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box
        return box["x"] + box["width"] / 2

    width = page.viewport_size["width"] if page.viewport_size else 0
    page.goto(everywhere_url)
    left_to_right = middle(".topic-switch")
    page.goto(f"{everywhere_url}?lang=he")

    assert abs(left_to_right + middle(".topic-switch") - width) < width / 20
    for selector in ("h1", ".group-head h2", ".topic-name"):
        edge = page.locator(selector).first.evaluate(
            "(e) => getComputedStyle(e).textAlign"
        )
        assert edge in ("right", "start", "-webkit-match-parent"), (selector, edge)


def test_nothing_moves_after_the_first_paint(page: Page, everywhere_url: str) -> None:
    for tag in ("en", "ar"):
        page.goto(f"{everywhere_url}?lang={tag}", wait_until="networkidle")
        assert page.evaluate(SHIFTS) == 0
