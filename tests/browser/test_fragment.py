"""What a backend prints into its own page: it saves, and no style leaks either way."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, expect

from tests.browser.hosting import Embedding
from tests.peer import Peer

HOSTILE = """
html { font-size: 62.5%; text-transform: uppercase; direction: rtl }
* { all: unset !important; color: lime !important; --accent: red !important }
body { font: italic 30px/3 serif; letter-spacing: 9px; text-align: center;
       word-spacing: 20px; visibility: visible; white-space: pre; cursor: wait }
button, form, input, label, .topic, .page, .card { display: none !important }
:root { --accent: red; --space-4: 90px; --font: fantasy; color-scheme: dark }
"""
"""All that a page could say against it, short of hiding it as a whole."""

COMPUTED = """() => {
  const root = document.querySelector('.courier-preferences').shadowRoot;
  const all = [...root.querySelectorAll('.printed, .printed *')];
  return JSON.stringify(all.map((element) => {
    const style = getComputedStyle(element);
    const told = {};
    for (const name of style) if (!name.startsWith('--')) told[name] = style[name];
    return [element.tagName, element.className, told];
  }));
}"""
OUTSIDE = """() => {
  const style = getComputedStyle(document.querySelector('#outside'));
  return Object.fromEntries([...style].map((name) => [name, style[name]]));
}"""


def printed(embedding: Embedding, page: Page, more: str = "", style: str = "") -> None:
    """The host's page with ours in it, as its backend would make it."""
    back = f"{embedding.host}/"
    query = urlencode({"return_to": back, "theme": "light"}) + more
    html = httpx.get(f"{embedding.link()}/fragment?{query}").raise_for_status().text
    embedding.pages["/"] = (
        f'<!doctype html><html lang="en"><title>Host</title>'
        f'<link rel="stylesheet" href="/own.css"><h1 id="outside">Account</h1>{html}'
    )
    embedding.styles["/own.css"] = style
    page.goto(back, wait_until="networkidle")


def differences(page: Page, before: list[Any]) -> list[tuple[str, str, str, str, str]]:
    """Tag, class, property and both values, where any differs."""
    return [
        (tag, name, key, value, now[key])
        for (tag, name, was), (_, _, now) in zip(
            before, json.loads(page.evaluate(COMPUTED)), strict=True
        )
        for key, value in was.items()
        if now[key] != value
    ]


def test_no_style_leaks_in_or_out(page: Page, embedding: Embedding) -> None:
    printed(embedding, page, style="body { margin: 0 }")
    before = json.loads(page.evaluate(COMPUTED))
    outside = page.evaluate(OUTSIDE)
    printed(embedding, page, style=HOSTILE)
    found = differences(page, before)
    embedding.styles["/own.css"] = "body { margin: 0 }"
    embedding.pages["/"] = (
        '<!doctype html><html lang="en"><title>Host</title>'
        '<link rel="stylesheet" href="/own.css"><h1 id="outside">Account</h1>'
    )
    page.goto(embedding.host)

    assert len(before) > 300
    assert found == []
    without = page.evaluate(OUTSIDE)
    assert {k: v for k, v in outside.items() if without[k] != v} == {}


def test_its_forms_save_and_come_back_to_the_host_s_page(
    page: Page,
    embedding: Embedding,
    peer: Peer,
    topic_ids: dict[str, str],
    complaints: list[str],
) -> None:
    printed(embedding, page)
    topic = page.locator(".topic-form", has_text="Due dates")
    topic.get_by_role("switch").click()
    topic.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{embedding.host}/?notice=*")
    notice = page.url.partition("notice=")[2]
    printed(embedding, page, more=f"&notice={notice}")

    expect(topic.locator(".saved")).to_have_text("Saved. Due dates is now off.")
    expect(topic.get_by_role("switch")).not_to_be_checked()
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"
    assert complaints == []


def test_a_confirmation_on_our_page_leads_back_to_the_host_s(
    page: Page, embedding: Embedding, peer: Peer
) -> None:
    """Browsers hold a redirect after a form against its page's policy as well."""
    printed(embedding, page)
    page.get_by_role("link", name="Turn off everything optional").click()
    peer.requests()
    page.get_by_role("button", name="Turn off").click()

    page.wait_for_url(f"{embedding.host}/?notice=**")
    assert peer.writes()


def test_a_way_back_within_a_frame_leads_out_of_it(
    page: Page, embedding: Embedding
) -> None:
    address = f"{embedding.link()}?{urlencode({'return_to': f'{embedding.host}/'})}"
    embedding.pages["/"] = (
        '<!doctype html><html lang="en"><title>Host</title>'
        f'<iframe title="Preferences" src="{address}"></iframe>'
    )
    page.goto(f"{embedding.host}/")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="History").click()
    frame.get_by_role("link", name="Back to all preferences").click()

    expect(frame.get_by_role("switch").first).to_be_visible()
    assert len(page.frames) == 2, "ours within theirs, and nothing within ours"
    expect(frame.get_by_role("link", name="Back to localhost")).to_have_attribute(
        "target", "_top"
    )
