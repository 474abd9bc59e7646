"""The preview's index in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from app.preview.run import serving


@pytest.fixture
def index() -> Iterator[str]:
    with serving(0) as address:
        yield address


@pytest.fixture
def heard(page: Page) -> Iterator[list[str]]:
    """What the console complains about; some states are errors, and a frame of
    another origin may not take the focus."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    yield heard
    meant = ("Failed to load resource", "Blocked autofocusing")
    assert not [text for text in heard if not text.startswith(meant)]


@pytest.mark.usefixtures("heard")
def test_the_index_shows_pages_that_can_be_used_and_stays_where_it_is(
    page: Page, index: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{index}?lang=de&theme=dark")
    first = page.locator("iframe[title=fresh-page]")
    inside = first.content_frame

    expect(inside.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    assert first.evaluate("frame => frame.clientWidth") == 390
    inside.get_by_role("switch", name="Fälligkeiten").click()
    expect(inside.get_by_text("Gespeichert. „Fälligkeiten“").first).to_be_visible()
