"""Whatever a mail gateway does with the links in a mail, nothing changes.

It fetches them with every safe method, as a prefetch, follows every link of every
page, and opens them in a browser that runs scripts and stays for half a minute.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest
from playwright.sync_api import Page

from app.links import DAY, Links, Scope
from app.preferences.subject import Subject
from tests.asking import NEWS
from tests.conftest import ALICE
from tests.peer import Peer

HREF = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
SCANNERS = [
    ("GET", {"User-Agent": "Mozilla/5.0 (compatible; a gateway)"}),
    ("HEAD", {}),
    ("OPTIONS", {}),
    ("GET", {"Sec-Purpose": "prefetch"}),
    ("GET", {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}),
    ("GET", {"X-Moz": "prefetch", "Accept": "*/*"}),
    ("GET", {"HX-Request": "true"}),
]
MUST_SEE = ("/off", "/reset", "/history", "/back", "/not-mine", "lang=de")
OTHER_LANGUAGES = re.compile(r"[?&]lang=(?!de\b)")
"""Of the sixteen that each page leads to, one is followed: they lead to the same."""
HALF_A_MINUTE = 30_000


@pytest.fixture
def mail(site: str, links: Links, topic_ids: dict[str, str]) -> list[str]:
    """Every kind of link that a mail may have."""
    due, section = topic_ids["Due dates"], Subject(section_id="fwFp64OJxA_6EgQaISMKs")
    old = links.ahead(-40 * DAY)
    unsubscribe = Scope.UNSUBSCRIBE
    asking = replace(NEWS, topic_id=topic_ids["Invitations to research sessions"])
    tokens = [
        f"/p/{links.mint(Scope.PREFERENCES, ALICE)}",
        f"/p/{old.mint(Scope.PREFERENCES, ALICE)}",
        f"/u/{links.mint(unsubscribe, ALICE, subject=Subject(topic_id=due))}",
        f"/u/{old.mint(unsubscribe, ALICE, subject=section)}",
        f"/u/{links.mint(unsubscribe, ALICE)}",
        f"/c/{links.mint(Scope.CONFIRM, ALICE, asking=asking)}",
        "/",
    ]
    return [f"{site}{path}" for path in tokens]


@pytest.fixture(autouse=True)
def nothing_changes(peer: Peer, site: str, tmp_path: Path) -> Iterator[None]:
    """Nothing is written or mailed at Courier, nothing recorded here."""
    assert site
    peer.requests()
    before = peer.topic(ALICE.user_id, peer.sections()[0]["topics"][0]["id"])
    yield
    assert peer.writes() == []
    after = peer.topic(ALICE.user_id, peer.sections()[0]["topics"][0]["id"])
    assert after == before
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        for table in ("entries", "choices", "revocations", "staff_entries"):
            (count,) = ledger.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            assert count == 0, table


def is_followed(href: str, start: list[str]) -> bool:
    return href.startswith(start[-1]) and not OTHER_LANGUAGES.search(href)


def followed(fetch: httpx.Client, start: list[str]) -> set[str]:
    """Every page that the links of pages lead to, each fetched in every way."""
    seen: set[str] = set()
    todo = list(start)
    while todo:
        url = todo.pop()
        if url in seen:
            continue
        seen.add(url)
        for method, headers in SCANNERS:
            answer = fetch.request(method, url, headers=headers)
            assert answer.status_code < 500, url
            assert "Set-Cookie" not in answer.headers
        html = fetch.get(url).text
        found = (urldefrag(urljoin(url, unescape(h))).url for h in HREF.findall(html))
        todo += [href for href in found if is_followed(href, start)]
    return seen


def test_a_gateway_that_follows_every_link_changes_nothing(mail: list[str]) -> None:
    with httpx.Client(timeout=30) as fetch:
        seen = followed(fetch, mail)

    assert set(mail) <= seen
    for path in MUST_SEE:
        assert any(path in url for url in seen), path


def test_a_browser_that_runs_scripts_and_stays_changes_nothing(
    page: Page, mail: list[str]
) -> None:
    seen: set[str] = set()
    todo = list(mail)
    page.clock.install()
    while todo:
        url = urldefrag(todo.pop()).url
        if url in seen:
            continue
        seen.add(url)
        page.goto(url)
        page.clock.run_for(HALF_A_MINUTE)
        page.mouse.wheel(0, 5000)
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        todo += [href for href in hrefs if is_followed(href, mail)]
    page.goto("about:blank")

    assert set(mail) <= seen
    for path in MUST_SEE:
        assert any(path in url for url in seen), path
