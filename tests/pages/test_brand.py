"""A page in its brand: color, logo, links; never failing and never waiting for it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import jinja2
import pytest
from flask import Flask

from app.circuit import THRESHOLD
from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_parts
from app.settings import Settings
from app.web import palette, security
from tests.conftest import ALICE, Clock, Later
from tests.house.client import Page, Visitor
from tests.house.rules import elements, text
from tests.peer import Peer
from tests.timing import RUNS, is_within

LOGO = "https://logos.example:8443/tidewell.svg"
HOME = "https://tidewell.example/"
LINKS = (("LinkedIn", "https://linkedin.example/t"), ("Help", "https://help.example/"))
OURS = {"brand_color": "#ffee00", "brand_logo": LOGO, "brand_home": HOME}
BRAND = ("GET", "/brands/brand_tidewell", None)

Branded = Callable[..., Visitor]


@pytest.fixture
def branded(settings: Settings, outside: Outside, peer: Peer) -> Iterator[Branded]:
    """A visitor of an app with these settings, or with this brand for all tenants."""
    with ExitStack() as running:

        def branded(tenants: str | None = None, **changes: object) -> Visitor:
            changed = settings.model_copy(update=changes)
            parts = create_parts(changed, outside)
            running.callback(parts.center.close)
            migrate(parts.database)
            branding = replace(parts.branding, tenant_brand_id=lambda _: tenants)
            parts = replace(parts, branding=branding)
            parts.center.is_ready()
            peer.requests()
            return Visitor(create_app(changed, outside, parts).test_client())

        yield branded


def masthead(page: Page) -> str:
    return " ".join(page.html.partition("<main")[0].partition("<body>")[2].split())


def title(page: Page) -> str:
    return next(text(e) for e in elements(page.tree, "title"))


COLORS = ("0b5c6b", "123456", "7a2e4d", "ffee00")
THEMES = {palette.sheet(f"#{digits}"): f"theme {digits}" for digits in COLORS}


def sheets(page: Page) -> list[str]:
    """Those that stand in the page, and those that are fetched for it."""
    within = (THEMES.get(e.text or "", "ours") for e in elements(page.tree, "style"))
    found = (e.get("href") or "" for e in elements(page.tree, "link"))
    fetched = (href.partition("?")[0] for href in found if ".css" in href)
    return [*within, *fetched]


def policy(page: Page) -> dict[str, str]:
    text = page.response.headers["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in text.split("; "))


def asked_for_brands(peer: Peer) -> list[str]:
    return [path for _, path, _ in peer.requests() if path.startswith("/brands")]


def test_without_a_brand_the_page_has_our_colors_and_its_name(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)

    assert sheets(page) == ["ours"]
    assert title(page).endswith(" Tidewell")
    assert ">Tidewell</p>" in masthead(page)
    assert not set(page.links) & {"Tidewell", "LinkedIn"}
    assert asked_for_brands(peer) == []


def test_a_brand_at_courier_gives_color_home_and_links(
    branded: Branded, alice: str
) -> None:
    page = branded(brand_id="brand_tidewell").open(alice)

    assert sheets(page) == ["ours", "theme 0b5c6b"]
    assert page.links["Tidewell"] == HOME
    assert page.links["LinkedIn"] == "https://linkedin.example/tidewell"
    assert 'aria-label="Tidewell on LinkedIn"' in page.html


def test_a_brand_is_fetched_once_and_kept(
    branded: Branded, alice: str, peer: Peer, clock: Clock, later: Later
) -> None:
    visitor = branded(brand_id="brand_tidewell")

    for _ in range(3):
        visitor.open(alice)
        clock.seconds += 15
    assert peer.requests().count(BRAND) == 1
    clock.seconds += 3600
    visitor.open(alice)
    assert asked_for_brands(peer) == []
    later.run()
    assert peer.requests().count(BRAND) == 1


def test_the_product_keeps_its_name_and_without_one_has_the_brand_s(
    branded: Branded, alice: str
) -> None:
    named = branded(brand_id="brand_harbor").open(alice)
    nameless = branded(brand_id="brand_harbor", product_name="").open(alice)

    assert 'alt="Tidewell"' in masthead(named)
    assert 'alt="Harbor Collective"' in masthead(nameless)
    assert title(nameless).endswith(" Harbor Collective")


def test_settings_stand_in_where_the_key_may_not_read_brands(
    branded: Branded, alice: str, peer: Peer
) -> None:
    visitor = branded(brand_id="brand_tidewell", brand_links=LINKS, **OURS)
    peer.fault(status=403, path="/brands/")
    page = visitor.open(alice)

    assert sheets(page)[-1] == "theme ffee00"
    assert f'src="{LOGO}"' in masthead(page)
    assert page.links["Help"] == "https://help.example/"
    assert 'aria-label="Tidewell on LinkedIn"' in page.html
    assert "Tidewell on Help" not in page.html


def test_settings_fill_what_courier_s_brand_lacks(branded: Branded, alice: str) -> None:
    page = branded(brand_id="brand_tidewell", brand_logo=LOGO).open(alice)

    assert f'src="{LOGO}"' in masthead(page)
    assert sheets(page)[-1] == "theme 0b5c6b"


def test_a_tenant_s_brand_has_its_own_name_and_nothing_of_ours(
    branded: Branded, alice: str, bob: str
) -> None:
    visitor = branded("brand_harbor", brand_links=LINKS, **OURS)
    theirs, ours = visitor.open(bob), visitor.open(alice)

    assert sheets(theirs)[-1] == "theme 7a2e4d"
    assert 'alt="Harbor Collective"' in masthead(theirs)
    assert title(theirs).endswith(" Harbor Collective")
    assert "Tidewell" not in masthead(theirs)
    assert "Help" not in theirs.links
    assert sheets(ours)[-1] == "theme ffee00"


def test_a_tenant_whose_brand_is_the_default_one_goes_by_the_product_s_name(
    branded: Branded, bob: str
) -> None:
    page = branded("brand_harbor", brand_id="brand_harbor").open(bob)

    assert 'alt="Tidewell"' in masthead(page)


def test_a_tenant_without_a_readable_brand_has_the_default_one(
    branded: Branded, bob: str
) -> None:
    page = branded("brand_gone", brand_id="brand_tidewell").open(bob)

    assert sheets(page)[-1] == "theme 0b5c6b"


def test_a_logo_replaces_the_name_and_its_origin_is_allowed_where_it_shows(
    branded: Branded, alice: str
) -> None:
    visitor = branded(**OURS)
    page = visitor.open(alice)
    (image,) = elements(page.tree, "img")

    assert image.get("alt") == "Tidewell"
    assert (image.get("width"), image.get("height")) == ("160", "40")
    assert image.get("referrerpolicy") == "no-referrer"
    assert ">Tidewell<" not in masthead(page)
    assert policy(page)["img-src"] == "'self' data: https://logos.example:8443"
    assert policy(visitor.open(alice)) == policy(page), "kept with the page"
    form = page.topic("Due dates")
    fragment = visitor.send(form.action, form.fields(on=None), htmx=True)
    assert policy(fragment)["img-src"] == "'self' data:"
    assert "logos.example" not in str(visitor.raw("GET", "/healthz").headers)


def test_nothing_else_of_the_policy_changes(branded: Branded, alice: str) -> None:
    with_logo = policy(branded(**OURS).open(alice))
    without = policy(branded().open(alice))

    assert with_logo.keys() == without.keys()
    changed = {k for k in without if without[k] != with_logo[k]}
    assert changed == {"img-src", "style-src"}, "where its logo is, and its colors"
    assert with_logo["style-src"].startswith(without["style-src"] + " 'sha256-")


def test_every_page_has_the_brand_errors_included(branded: Branded, alice: str) -> None:
    visitor = branded(brand_id="brand_tidewell")

    for path in ("/", "/nothing", f"{alice}x", alice, f"{alice}/off"):
        assert sheets(visitor.open(path))[-1] == "theme 0b5c6b", path


def test_while_courier_is_down_the_page_comes_without_its_brand(
    branded: Branded, peer: Peer, clock: Clock
) -> None:
    visitor = branded(brand_id="brand_tidewell", brand_color="#123456")
    peer.fault(status=503)

    assert sheets(visitor.open("/"))[-1] == "theme 123456"
    asked = asked_for_brands(peer)
    assert len(asked) in (1, 2)  # with its retry
    clock.seconds += 59
    visitor.open("/")
    assert asked_for_brands(peer) == []
    peer.mend()
    clock.seconds += 2
    assert sheets(visitor.open("/"))[-1] == "theme 0b5c6b"


def test_a_slow_brand_is_waited_for_once_and_not_for_long(
    branded: Branded, peer: Peer
) -> None:
    branding = [partial(branded, "brand_harbor", brand_id="brand_tidewell")] * RUNS
    waiting, visitors = [make() for make in branding], list[Visitor]()
    peer.fault("accept_late", delay_ms=6000, path="/brands/")

    def come() -> None:
        visitors.append(waiting.pop())
        visitors[-1].open("/")
        assert len(asked_for_brands(peer)) in (1, 2)  # with its retry

    assert is_within(2.5, come)
    assert is_within(0.5, lambda: visitors[-1].open("/"))
    assert asked_for_brands(peer) == []


def test_what_is_kept_serves_on_while_courier_is_down(
    branded: Branded, alice: str, peer: Peer, clock: Clock, later: Later
) -> None:
    visitor = branded(brand_id="brand_tidewell")
    visitor.open(alice)
    peer.fault(status=503)

    for _ in range(20):
        clock.seconds += 3600
        assert sheets(visitor.open("/"))[-1] == "theme 0b5c6b"
        later.run()


def test_while_courier_is_known_to_be_down_it_is_not_asked(
    branded: Branded, alice: str, bob: str, peer: Peer
) -> None:
    visitor = branded("brand_harbor")
    page = visitor.open(alice)
    peer.fault(status=503)
    for name in page.names[2 : 2 + THRESHOLD]:
        visitor.change(page, name, htmx=True, on=None)
    peer.requests()

    visitor.open(bob)

    assert asked_for_brands(peer) == []


def test_a_theme_may_be_kept_for_ever_and_fetched_from_anywhere(
    branded: Branded, links: Links
) -> None:
    """Who prints our page into theirs has it from there."""
    visitor = branded(brand_color="#ffee00")
    embed = links.mint(Scope.EMBED, ALICE)
    printed = visitor.raw("GET", f"/embed/{embed}/fragment").get_data(as_text=True)
    (address,) = re.findall(r'href="[^"]*(/theme/[^"]+)"', printed)
    versioned = visitor.raw("GET", address)
    bare = visitor.raw("GET", "/theme/ffee00.css")

    assert versioned.mimetype == "text/css"
    assert versioned.headers["Cache-Control"].endswith("immutable")
    assert versioned.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert bare.headers["Cache-Control"] == "public, no-cache"
    assert bare.data == versioned.data
    assert b"--accent: light-dark(" in bare.data


@pytest.mark.parametrize(
    "name", ["red", "FFEE00", "ffee0", "ffee000", "ffee0g", "%23ffee00", "..%2fapp", ""]
)
def test_a_theme_of_anything_but_a_color_is_not_found(
    visitor: Visitor, name: str
) -> None:
    assert visitor.raw("GET", f"/theme/{name}.css").status_code == 404


def test_an_operator_s_style_sheet_comes_last(
    branded: Branded, alice: str, tmp_path: Path
) -> None:
    sheet = tmp_path / "mine.css"
    sheet.write_text(":root { --radius: 0 }", "utf-8")
    visitor = branded(stylesheet=str(sheet), brand_color="#ffee00")
    page = visitor.open(alice)

    assert sheets(page)[-1] == "/static/own.css"
    links = [e.get("href") or "" for e in elements(page.tree, "link")]
    answer = visitor.raw("GET", links[-1])
    assert answer.data == b":root { --radius: 0 }"
    assert answer.headers["Cache-Control"].endswith("immutable")


def test_an_operator_s_template_stands_for_ours_and_may_extend_it(
    branded: Branded, tmp_path: Path
) -> None:
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "footer.html").write_text("<footer>Ours</footer>")
    (tmp_path / "base.html").write_text(
        '{% extends "ours/base.html" %}{% block head %}'
        '<meta name="theirs" content="1">{{ super() }}{% endblock %}'
    )
    page = branded(templates=str(tmp_path)).open("/")

    assert "<footer>Ours</footer>" in page.html
    assert 'name="theirs"' in page.html
    assert page.heading == "Notification preferences"


def test_an_operator_s_broken_template_stops_the_start(
    branded: Branded, tmp_path: Path
) -> None:
    (tmp_path / "base.html").write_text("{% block %}")

    with pytest.raises(jinja2.TemplateSyntaxError):
        branded(templates=str(tmp_path))


def test_one_response_may_be_framed_and_the_next_may_not(app: Flask) -> None:
    def framed() -> str:
        security.allow(
            "frame-ancestors", "https://product.example", "https://b.example"
        )
        return "framed"

    app.add_url_rule("/framed", "framed", framed)
    client = app.test_client()
    answer = client.get("/framed")
    parts = answer.headers["Content-Security-Policy"].split("; ")

    assert "frame-ancestors https://product.example https://b.example" in parts
    assert "X-Frame-Options" not in answer.headers
    other = client.get("/healthz")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "source", ["https://a.example; script-src *", "a,b", "a b", "", "ä", "a\n"]
)
def test_what_could_begin_another_directive_cannot_be_allowed(
    app: Flask, source: str
) -> None:
    with app.app_context(), pytest.raises(ValueError, match="cannot stand"):
        security.allow("img-src", source)


def test_a_page_for_nobody_asks_for_no_tenant_s_brand(
    branded: Branded, bob: str, peer: Peer
) -> None:
    visitor = branded("brand_harbor")
    visitor.open("/")

    assert asked_for_brands(peer) == []
    visitor.open(bob)
    assert asked_for_brands(peer) == ["/brands/brand_harbor"]
