"""A brand in a real browser: its colors in light and dark, its logo in its place."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from pydantic import SecretStr

from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_parts
from app.settings import Settings
from app.web.palette import DARK, LIGHT, tokens
from tests.browser.conftest import serving
from tests.browser.hosting import until
from tests.browser.test_accessible import RULES
from tests.conftest import ALICE
from tests.peer import BUDGET, Peer

AWKWARD = "#ffee00"
LOGO = "https://logos.example/tidewell.svg"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 60"/>'
SHIFTS = """() => new Promise((done) => {
  const seen = [];
  new PerformanceObserver((list) => seen.push(...list.getEntries()))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const after = seen.filter((entry) => entry.startTime > paint.startTime);
    done(after.reduce((sum, entry) => sum + entry.value, 0));
  }, 300);
})"""
"""What moved after the first paint; before it there is nothing to be seen moving."""
LOADED = "document.querySelector('.logo').complete"

Branded = Callable[..., str]


@pytest.fixture
def branded(
    site_settings: Settings, peer: Peer, links: Links, tmp_path: Path
) -> Iterator[Branded]:
    """Alice's page in an app with these settings."""
    peer.mend()
    with ExitStack() as running:

        def branded(**changes: Any) -> str:  # noqa: ANN401  as settings are
            database = SecretStr(f"sqlite:///{tmp_path}/ledger.db")
            whole = {"database_url": database, **changes}
            settings = site_settings.model_copy(update=whole)
            parts = create_parts(settings, Outside(budget=BUDGET))
            migrate(parts.database)
            serve = contextmanager(serving)
            url = running.enter_context(serve(create_app(settings, parts=parts)))
            return f"{url}/p/{links.mint(Scope.PREFERENCES, ALICE, 'a•••@example.com')}"

        yield branded


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def look(browser: Browser, scheme: str) -> Iterator[Page]:
    # axe puts itself into the page, which the page's own policy would not allow
    context = browser.new_context(
        viewport={"width": 390, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def computed(page: Page, selector: str, name: str) -> str:
    """A computed color as `#rrggbb`."""
    script = f"(e) => getComputedStyle(e).getPropertyValue({name!r})"
    value = str(page.locator(selector).first.evaluate(script))
    digits = value.partition("(")[2].strip(")").split(",")[:3]
    return "#" + "".join(f"{int(digit):02x}" for digit in digits)


def test_colors_follow_the_brand_in_light_and_dark(
    look: Page, branded: Branded, scheme: str
) -> None:
    expected = tokens("#0b5c6b", LIGHT if scheme == "light" else DARK)
    look.goto(branded(brand_id="brand_tidewell"))

    switch = ".switch:checked:not([aria-disabled])"
    assert computed(look, switch, "background-color") == expected["--accent"]
    assert computed(look, ".link", "color") == expected["--link"]
    chosen = ".chip:has(:checked)"
    assert computed(look, chosen, "background-color") == expected["--accent-soft"]


def test_an_attribute_says_light_or_dark_against_the_system(
    look: Page, branded: Branded, scheme: str
) -> None:
    other = "dark" if scheme == "light" else "light"
    expected = tokens("#0b5c6b", LIGHT if other == "light" else DARK)
    look.goto(branded(brand_id="brand_tidewell"))
    look.evaluate(f"document.documentElement.dataset.theme = {other!r}")

    assert computed(look, ".link", "color") == expected["--link"]


def test_axe_finds_nothing_even_with_an_awkward_color(
    look: Page, branded: Branded
) -> None:
    look.route("https://logos.example/**", lambda route: route.fulfill(status=404))
    links = (("LinkedIn", "https://linkedin.example/t"), ("Help", "https://h.example/"))
    url = branded(
        brand_color=AWKWARD,
        brand_logo=LOGO,
        brand_home="https://tidewell.example/",
        brand_links=links,
    )
    for path in ("", "/off"):
        look.goto(f"{url}{path}")
        results = Axe().run(look, options=RULES)

        assert results.violations_count == 0, results.generate_report()


def test_a_logo_shows_and_moves_nothing_when_it_comes(
    page: Page, branded: Branded, complaints: list[str]
) -> None:
    held: list[Route] = []
    page.route("https://logos.example/**", lambda route: held.append(route))  # noqa: PLW0108
    with page.expect_request(LOGO):
        page.goto(branded(brand_logo=LOGO), wait_until="domcontentloaded")
    logo, heading = page.get_by_role("img", name="Tidewell"), page.locator("h1")
    expect(heading).to_be_visible()
    before, place = logo.bounding_box(), heading.bounding_box()
    (request,) = held
    request.fulfill(body=SVG, content_type="image/svg+xml")
    until(page, LOADED)

    after = logo.bounding_box()
    assert before
    assert after
    assert logo.evaluate("(e) => e.naturalWidth") > 0
    assert (before["x"], before["y"], before["height"]) == (
        after["x"],
        after["y"],
        after["height"],
    )
    assert heading.bounding_box() == place
    assert page.evaluate(SHIFTS) == 0
    assert complaints == []


def test_a_logo_that_never_comes_stops_nothing(page: Page, branded: Branded) -> None:
    held: list[Route] = []
    page.route("https://logos.example/**", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(branded(brand_logo=LOGO), wait_until="domcontentloaded")
    page.get_by_role("switch", name="Due dates").click()

    expect(page.locator(".saved")).to_be_visible()
    for route in held:
        route.abort()


def test_a_broken_logo_shows_its_name_in_its_place(
    look: Page, branded: Branded
) -> None:
    look.route("https://logos.example/**", lambda route: route.abort())
    look.goto(branded(brand_logo=LOGO))
    logo = look.get_by_role("img", name="Tidewell")

    expect(logo).to_be_visible()
    box = logo.bounding_box()
    assert box
    assert box["height"] == 40
    assert logo.evaluate("(e) => getComputedStyle(e).fontWeight") == "650"
    assert computed(look, ".logo", "color") == "#565c69"


def test_no_referrer_goes_out_with_a_logo(page: Page, branded: Branded) -> None:
    headers: list[dict[str, str]] = []

    def logo(route: Route) -> None:
        headers.append(route.request.all_headers())
        route.fulfill(body=SVG, content_type="image/svg+xml")

    page.route("https://logos.example/**", logo)
    page.goto(branded(brand_logo=LOGO), wait_until="networkidle")

    assert headers
    assert "referer" not in headers[0]
    assert "cookie" not in headers[0]
