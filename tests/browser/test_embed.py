"""The page within a page of another site: what it shows, saves, tells and survives."""

from math import ceil
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page, Route, expect

from app.links import Scope
from tests.browser.hosting import BEN, Embedding, until
from tests.browser.test_accessible import RULES
from tests.browser.test_brand import SHIFTS
from tests.peer import Peer

SANDBOX = 'sandbox="allow-scripts allow-forms"'
HOURS = 60 * 60.0
WHOLE = "document.body.getBoundingClientRect().height"
SETTLED = """([height]) => {
  const { shadowRoot } = document.querySelector('courier-preferences');
  const frame = shadowRoot.querySelector('iframe');
  return Math.abs(frame.getBoundingClientRect().height - height) < 1.01;
}"""


def is_as_tall_as_it_is(page: Page, embedding: Embedding) -> float:
    """Waits until the element has its page's height; gives it."""
    height = float(embedding.frame(page).evaluate(WHOLE))
    until(page, SETTLED, [height])
    assert float(embedding.frame(page).evaluate(WHOLE)) == height
    return height


def stranger_in(page: Page) -> Frame:
    """The frame of ours that stands beside the element, once it is there."""
    page.frame_locator("body > iframe").locator("h1").wait_for(state="attached")
    return page.main_frame.child_frames[1]


def events(page: Page) -> list[str]:
    return list(page.evaluate("told.map((it) => it.name)"))


# Saving


@pytest.mark.parametrize("attributes", ["", SANDBOX], ids=["plain", "opaque"])
def test_a_toggle_in_a_frame_reaches_courier_and_the_host_hears_of_it(
    page: Page,
    embedding: Embedding,
    peer: Peer,
    topic_ids: dict[str, str],
    complaints: list[str],
    attributes: str,
) -> None:
    embedding.show(page, embedding.element(attributes))
    assert embedding.told(page, "ready") == [{"name": "ready", "lang": "en"}]
    embedding.switch(page, "Due dates").click()
    embedding.is_saved(page, "Saved. Due dates is now off.")
    embedding.switch(page, "Cash flow report").click()
    embedding.is_saved(page, "Saved. Cash flow report is now on.")

    off, on = embedding.told(page, "change", 2)
    assert off == {
        "name": "change",
        "topic": topic_ids["Due dates"],
        "status": "OPTED_OUT",
        "channels": [],
        "kept": False,
    }
    assert (on["status"], on["channels"]) == ("OPTED_IN", ["email", "sms"])
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"
    assert page.context.cookies() == []
    assert complaints == []


def test_a_frame_without_scripts_saves_as_well(
    page: Page, embedding: Embedding, peer: Peer, topic_ids: dict[str, str]
) -> None:
    embedding.show(page, embedding.element('sandbox="allow-forms" height="900"'))
    embedding.switch(page, "Due dates").click()
    topic = embedding.inside(page).locator(".topic-form", has_text="Due dates")
    topic.get_by_role("button", name="Save").click()

    expect(topic.locator(".saved")).to_be_visible()
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"
    assert events(page) == []


def test_what_is_kept_for_later_and_what_failed_is_told(
    page: Page, embedding: Embedding, peer: Peer
) -> None:
    embedding.show(page, embedding.element())
    embedding.told(page, "ready")
    peer.fault(status=503)
    embedding.switch(page, "Due dates").click()
    (change,) = embedding.told(page, "change")
    page.route("**/topics/*", lambda route: route.abort())
    embedding.switch(page, "Cash flow report").click()
    (error,) = embedding.told(page, "error")

    assert (change["status"], change["kept"]) == ("OPTED_OUT", True)
    assert error["status"] == 0
    assert error["topic"]


def test_a_page_that_is_none_is_told_with_its_status(
    page: Page, embedding: Embedding
) -> None:
    embedding.show(page, embedding.element(src=f"{embedding.url}/embed/damaged"))

    (error,) = embedding.told(page, "error")
    assert error == {"name": "error", "topic": None, "status": 404}
    heading = embedding.inside(page).get_by_role("heading", level=1)
    expect(heading).to_have_text("This link does not work")
    is_as_tall_as_it_is(page, embedding)


def test_a_site_that_may_not_embed_it_is_told_so(
    page: Page, embedding: Embedding
) -> None:
    page.clock.install()
    embedding.host = embedding.host.replace("localhost", "127.0.0.1")
    embedding.show(page, embedding.element())
    expect(embedding.inside(page).get_by_role("switch")).to_have_count(0)
    page.clock.fast_forward(5_000)

    (error,) = embedding.told(page, "error")
    assert error == {"name": "error", "topic": None, "status": 0}


# Height


def test_the_height_is_right_after_one_round_trip(
    page: Page, embedding: Embedding
) -> None:
    held: list[Route] = []
    page.route("**/static/**", lambda route: held.append(route))  # noqa: PLW0108
    page.route("**/static/js/embed.js", lambda route: route.continue_())
    embedding.show(page, embedding.element() + "<p>Below</p>", until="commit")
    while len(held) < 2:  # were one of them asked for by another, they never all come
        page.wait_for_timeout(10)
    for route in held:
        route.continue_()

    embedding.told(page, "ready")
    height = is_as_tall_as_it_is(page, embedding)
    assert height > 800
    assert len(held) == 2
    whole = embedding.frame(page).evaluate("document.documentElement.scrollHeight")
    assert whole == ceil(height)


def test_nothing_moves_and_the_height_follows_what_the_page_becomes(
    page: Page, embedding: Embedding
) -> None:
    embedding.show(page, embedding.element() + "<p>Below</p>")
    embedding.told(page, "ready")
    before = is_as_tall_as_it_is(page, embedding)
    frame = embedding.frame(page)
    assert (page.evaluate(SHIFTS), frame.evaluate(SHIFTS)) == (0, 0)
    embedding.switch(page, "Cash flow report").click()
    embedding.is_saved(page, "Saved. Cash flow report is now on.")
    more = is_as_tall_as_it_is(page, embedding)
    embedding.switch(page, "Cash flow report").click()
    embedding.is_saved(page, "Saved. Cash flow report is now off.")
    less = is_as_tall_as_it_is(page, embedding)
    page.set_viewport_size({"width": 340, "height": 700})
    page.wait_for_timeout(50)
    narrow = is_as_tall_as_it_is(page, embedding)

    assert before < more > less
    assert narrow > less


# What the host says


def test_theme_language_and_background_are_the_host_s(
    page: Page, embedding: Embedding
) -> None:
    attributes = 'theme="dark" lang="de" background="transparent"'
    embedding.show(page, embedding.element(attributes))
    assert embedding.told(page, "ready")[0]["lang"] == "de"
    frame = embedding.frame(page)
    root = "getComputedStyle(document.documentElement)"
    assert frame.evaluate(f"{root}.backgroundColor") == "rgba(0, 0, 0, 0)"
    assert frame.evaluate(f"{root}.colorScheme") == "dark"

    page.evaluate("document.querySelector('courier-preferences').theme = 'light'")
    until(frame, f"{root}.colorScheme === 'light'")
    page.evaluate("document.querySelector('courier-preferences').lang = 'fr'")
    assert embedding.told(page, "ready", 2)[1]["lang"] == "fr"
    again = embedding.frame(page)
    assert again.evaluate(f"{root}.colorScheme") == "light"


def test_a_topic_is_marked_and_the_host_scrolls_to_it(
    page: Page, embedding: Embedding, topic_ids: dict[str, str]
) -> None:
    last = list(topic_ids)[-1]
    embedding.show(page, embedding.element(f'topic="{topic_ids[last]}" label="Mine"'))
    embedding.told(page, "ready")

    wanted = embedding.inside(page).locator(".wanted")
    expect(wanted).to_contain_text(last)
    expect(wanted).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") > 0
    expect(page.locator("courier-preferences iframe")).to_have_attribute(
        "title", "Mine"
    )


# Renewing


@pytest.mark.parametrize("attributes", ["", SANDBOX], ids=["plain", "opaque"])
def test_what_was_toggled_after_the_end_is_done_by_a_fresh_link(
    page: Page,
    embedding: Embedding,
    peer: Peer,
    topic_ids: dict[str, str],
    attributes: str,
) -> None:
    embedding.show(page, embedding.element(f"{attributes} data-renews"))
    embedding.told(page, "ready")
    frame = embedding.frame(page)
    frame.evaluate("window.same = true")
    frame.evaluate("document.querySelectorAll('[name=channel]')[1].checked ^= 1")
    ticks = "[...document.querySelectorAll('[name=channel]')][1].checked"
    ticked = frame.evaluate(ticks)
    embedding.clock.seconds += 13 * HOURS
    names = ("Due dates", "Cash flow report")
    for name in names:
        embedding.switch(page, name).click()
    scrolled = page.evaluate("scrollY")

    embedding.told(page, "change", 2)
    expect(embedding.switch(page, "Due dates")).not_to_be_checked()
    expect(embedding.switch(page, "Cash flow report")).to_be_checked()
    expect(embedding.switch(page, "Cash flow report")).to_be_focused()
    stand = [peer.topic("user-ben", topic_ids[name])["status"] for name in names]
    assert stand == ["OPTED_OUT", "OPTED_IN"]
    assert frame.evaluate("window.same")
    assert frame.evaluate(ticks) == ticked
    assert page.evaluate("scrollY") == scrolled
    assert events(page).count("expired") == 1
    expect(embedding.inside(page).locator("#problem")).to_be_empty()
    embedding.switch(page, "Due dates").click()
    embedding.is_saved(page, "Saved. Due dates is now on.")


def test_what_many_were_turned_off_by_is_sent_again_by_a_fresh_link(
    page: Page, embedding: Embedding, peer: Peer, topic_ids: dict[str, str]
) -> None:
    embedding.show(page, embedding.element("data-renews"))
    embedding.inside(page).get_by_role(
        "link", name="Turn off everything optional"
    ).click()
    embedding.clock.seconds += 13 * HOURS
    embedding.inside(page).get_by_role("button", name="Turn off").click()

    expect(embedding.inside(page).locator(".notice")).to_contain_text("off")
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"
    assert embedding.told(page, "change")[0]["topic"] is None


def test_a_link_that_is_too_old_from_the_start_is_renewed(
    page: Page, embedding: Embedding
) -> None:
    old = embedding.link()
    embedding.clock.seconds += 13 * HOURS
    embedding.show(page, embedding.element("data-renews lang=de", src=old))

    assert embedding.told(page, "ready")[0]["lang"] == "de"
    assert events(page) == ["expired", "ready"]
    expect(embedding.inside(page).get_by_role("switch").first).to_be_visible()


def test_without_a_fresh_link_it_says_so_and_asks_no_end_of_times(
    page: Page, embedding: Embedding
) -> None:
    page.clock.install()
    embedding.show(page, embedding.element())
    embedding.told(page, "ready")
    embedding.clock.seconds += 13 * HOURS
    old = embedding.links.ahead(-14 * HOURS)
    src = embedding.link().rpartition("/")[0] + "/" + old.mint(Scope.EMBED, BEN)
    page.evaluate(
        "(src) => { const it = document.querySelector('courier-preferences');"
        "it.addEventListener('expired', () => it.src = src); }",
        src,
    )
    embedding.switch(page, "Due dates").click()

    assert embedding.told(page, "error")[-1]["status"] == 410
    assert events(page) == ["ready", "expired", "error"]
    expect(embedding.switch(page, "Due dates")).to_be_checked()
    said = embedding.inside(page).locator("#problem")
    expect(said).to_be_empty()
    page.clock.fast_forward(10_000)
    expect(said).to_contain_text("it was not saved yet")


# Whom it believes

FORGED: list[dict[str, Any]] = [
    {"type": "height", "height": 7},
    {"type": "expired"},
    {"type": "error", "topic": None, "status": 500},
]
MISSHAPEN: list[object] = [
    None,
    "height",
    {"source": "courier-preferences", "type": "height", "height": "7px"},
    {"source": "courier-preferences", "type": "height", "height": -1},
    {"source": "courier-preferences", "type": "height", "height": 1e9},
    {"source": "courier-preferences", "type": "toString"},
    {"source": "courier-preferences", "type": "change", "topic": 1, "status": "x"},
    {"source": "courier-preferences", "type": "error", "topic": {}, "status": 500},
]


def test_the_element_believes_only_its_own_frame_and_only_sound_words(
    page: Page, embedding: Embedding
) -> None:
    embedding.show(page, embedding.element())
    embedding.told(page, "ready")
    height = is_as_tall_as_it_is(page, embedding)
    forged = [{"source": "courier-preferences", **said} for said in FORGED]
    page.evaluate("(all) => all.forEach((it) => postMessage(it, '*'))", forged)
    frame = embedding.frame(page)
    frame.evaluate(
        "(all) => all.forEach((it) => parent.postMessage(it, '*'))", MISSHAPEN
    )
    frame.evaluate("parent.postMessage({source: 'else', type: 'expired'}, '*')")
    page.evaluate(
        """(url) => {
          const other = document.createElement('iframe');
          other.src = url;
          document.body.append(other);
        }""",
        embedding.link(),
    )
    stranger = stranger_in(page)
    stranger.evaluate(
        "(all) => all.forEach((it) => parent.postMessage(it, '*'))", forged
    )
    page.wait_for_timeout(100)

    assert events(page) == ["ready"]
    assert is_as_tall_as_it_is(page, embedding) == height


def test_the_page_believes_only_its_parent_and_only_fresh_links_of_ours(
    page: Page, embedding: Embedding
) -> None:
    embedding.show(page, embedding.element())
    embedding.told(page, "ready")
    frame = embedding.frame(page)
    theme = {"source": "courier-preferences-host", "type": "theme", "theme": "dark"}
    frame.evaluate("(it) => postMessage(it, '*')", theme)
    bad: list[object] = [
        None,
        {**theme, "theme": "evil"},
        {**theme, "source": "else"},
        {**theme, "type": "constructor"},
        *(
            {"source": theme["source"], "type": "link", "src": src}
            for src in (
                "https://evil.example/embed/x",
                "javascript:alert(1)",
                f"{embedding.url}/p/x",
                f"{embedding.url}/embed/x/off",
                7,
            )
        ),
    ]
    page.evaluate(
        """(all) => {
          const element = document.querySelector('courier-preferences');
          const frame = element.shadowRoot.querySelector('iframe');
          all.forEach((it) => frame.contentWindow.postMessage(it, '*'));
        }""",
        bad,
    )
    page.wait_for_timeout(100)

    assert frame.evaluate("document.documentElement.dataset.theme") is None
    embedding.switch(page, "Due dates").click()
    embedding.is_saved(page, "Saved. Due dates is now off.")


# Among other things of the host's


def test_elements_come_go_and_move_and_know_nothing_of_each_other(
    page: Page, embedding: Embedding
) -> None:
    inside = '<a href="/elsewhere">Your preferences</a>'
    two = embedding.element('id="one"', inside=inside) + embedding.element('id="two"')
    script = f'<script src="{embedding.url}/static/js/embed.js"></script>'
    embedding.show(page, f"{two}<div></div>{script}", is_module=False)
    embedding.told(page, "ready", 2)
    page.evaluate("document.querySelector('div').append(one)")
    embedding.told(page, "ready", 3)
    page.evaluate("two.remove()")
    page.frame_locator("#one iframe").get_by_role("switch", name="Due dates").click()
    embedding.told(page, "change")

    assert events(page).count("change") == 1
    expect(page.get_by_text("Your preferences")).to_be_hidden()
    names = ("ATTRIBUTES", "CourierPreferences", "SHAPES")
    told = page.evaluate("(all) => all.map((name) => eval(`typeof ${name}`))", names)
    assert told == ["undefined"] * 3


def test_what_stands_in_the_element_is_shown_where_no_script_runs(
    browser: Browser, embedding: Embedding
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    link = embedding.link()
    embedding.show(page, embedding.element(inside=f'<a href="{link}">Choose</a>'))
    page.get_by_role("link", name="Choose").click()

    expect(page.get_by_role("switch", name="Due dates")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_keyboard_goes_through(
    browser: Browser,
    embedding: Embedding,
    scheme: Any,  # noqa: ANN401
) -> None:
    context = browser.new_context(
        color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    body = f"<main>{embedding.element()}<a href='/after'>After</a></main>"
    embedding.show(page, body)
    embedding.told(page, "ready")
    results = Axe().run(embedding.frame(page), options=RULES)
    history = embedding.inside(page).get_by_role("link", name="History")
    history.focus()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Shift+Tab")
    expect(history).to_be_focused()
    page.keyboard.press("Enter")
    heading = embedding.inside(page).get_by_role("heading", level=1)

    expect(heading).to_have_text("History of your choices")
    assert focused == "After"
    assert results.violations_count == 0, results.generate_report()
    context.close()
