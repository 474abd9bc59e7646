"""What a first visit costs: two requests, 23 kilobytes, nobody else's host."""

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, Request

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.peer import Peer

STATIC = Path(__file__).parent.parent.parent / "static"
CHANNELS = ["email", "push", "sms", "inbox"]


def twelve_topics_of_four_channels(peer: Peer) -> None:
    for section in peer.sections():
        path = f"/preferences/sections/{section['id']}"
        for topic in section["topics"]:
            peer.delete(f"{path}/topics/{topic['id']}")
        peer.delete(path)
    for number in range(3):
        body = {
            "name": f"Section {number}",
            "description": "Money coming in, money going out, and what is still open.",
            "has_custom_routing": True,
            "routing_options": CHANNELS,
        }
        section = peer.create("/preferences/sections", body)
        for topic in range(4):
            peer.create(
                f"/preferences/sections/{section['id']}/topics",
                {
                    "name": f"Invoice receipts number {number}{topic}",
                    "description": f"A copy of invoice {topic} the moment it is paid.",
                    "default_status": "OPTED_IN",
                },
            )


def test_a_first_visit_is_light(
    page: Page, site: str, links: Links, peer: Peer
) -> None:
    twelve_topics_of_four_channels(peer)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108

    url = f"{site}/p/{links.mint(Scope.PREFERENCES, Recipient('user-ben'))}"
    page.goto(url, wait_until="networkidle")

    assert page.get_by_role("switch").count() == 12
    assert page.get_by_role("checkbox").count() == 48
    assert {urlsplit(r.url).netloc for r in asked} == {urlsplit(site).netloc}
    assert len(asked) == 2
    with httpx.Client(headers={"Accept-Encoding": "identity"}) as client:
        bodies = [client.get(r.url).content for r in asked]
    assert sum(len(gzip.compress(body)) for body in bodies) <= 23 * 1024


def test_what_is_sent_is_compressed_and_kept(page: Page, alice_url: str) -> None:
    answers = {}
    page.on("response", lambda r: answers.update({urlsplit(r.url).path: r.headers}))
    page.goto(alice_url, wait_until="networkidle")

    for path, headers in answers.items():
        assert headers["content-encoding"] in ("zstd", "br", "gzip"), path
        if path.startswith("/static/"):
            assert headers["cache-control"].endswith("immutable"), path
        else:
            assert headers["cache-control"] == "no-store"


def test_the_first_paint_needs_the_html_alone(page: Page, alice_url: str) -> None:
    """Whatever else is fetched never comes, and the page looks as it should."""
    page.route("**/static/**", lambda route: route.abort())
    page.goto(alice_url)

    switch = page.get_by_role("switch").first
    assert switch.evaluate("e => getComputedStyle(e).appearance") == "none"
    assert page.locator("link[rel=stylesheet]").count() == 0


def test_the_page_can_be_used_before_any_script(page: Page, alice_url: str) -> None:
    page.goto(alice_url)
    scripts = page.locator("script").all()

    assert all(script.get_attribute("defer") is not None for script in scripts)


def test_our_own_script_stays_small() -> None:
    lines = (STATIC / "js/page.js").read_text("utf-8").splitlines()

    assert len(lines) <= 80


def test_what_a_host_loads_stays_small_and_leans_on_nothing() -> None:
    text = (STATIC / "js/embed.js").read_text("utf-8")

    assert len(gzip.compress(text.encode())) <= 4 * 1024
    assert "import" not in text


def test_no_script_of_ours_stores_anything_or_writes_markup() -> None:
    never = r"\beval\b|innerHTML|localStorage|sessionStorage|indexedDB|cookie"
    scripts = {path.name: path for path in (STATIC / "js").glob("*.js")}

    assert set(scripts) == {"page.js", "frame.js", "embed.js", "staff.js"}
    for path in scripts.values():
        assert not re.search(never, path.read_text("utf-8")), path
