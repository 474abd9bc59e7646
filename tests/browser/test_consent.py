"""The page that asks the recipient to confirm, in a real browser."""

from dataclasses import replace

from playwright.sync_api import Page

from app.links import Links, Scope
from tests.asking import NEWS
from tests.conftest import ALICE

LEFT = "all => all.map(one => Math.round(one.getBoundingClientRect().left))"


def test_what_it_tells_stands_in_one_column_on_a_phone_as_well(
    page: Page, site: str, links: Links, topic_ids: dict[str, str]
) -> None:
    name = "Cash flow report"
    asking = replace(NEWS, topic_id=topic_ids[name], topic_name=name)
    token = links.mint(Scope.CONFIRM, ALICE, asking=asking)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site}/c/{token}?lang=de")

        found = page.locator(".turns dd").evaluate_all(LEFT)

        assert len(found) == 3
        assert len(set(found)) == 1
        assert page.evaluate("document.documentElement.scrollWidth") == width
