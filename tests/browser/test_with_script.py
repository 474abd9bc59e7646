"""With scripts: a topic saves at once, in order, newest wins, focus kept."""

import re
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.peer import Peer

pytestmark = pytest.mark.usefixtures("complaints")


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("switch", name=name, exact=True)


def channel(page: Page, topic: str, name: str) -> Locator:
    group = page.get_by_role("group", name=topic, exact=True)
    return group.get_by_role("checkbox", name=name)


def announced(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#status")).to_have_text(text)


def summary(page: Page, text: str) -> None:
    expect(page.locator(".summary")).to_have_text(re.compile(text))


def test_a_toggle_saves_at_once_and_says_so(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(ben_url)
    peer.requests()

    switch(page, "Due dates").click()

    announced(page, "Saved. Due dates is now off.")
    expect(switch(page, "Due dates")).not_to_be_checked()
    expect(switch(page, "Due dates")).to_be_focused()
    summary(page, "You get 11 of 15 topics")
    assert [method for method, _, _ in peer.requests()] == ["PUT"]
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_channels_appear_under_a_topic_that_is_turned_on(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(ben_url)

    switch(page, "Cash flow report").click()
    channel(page, "Cash flow report", "SMS").click()

    announced(page, "Saved. Cash flow report now comes by: Email.")
    expect(channel(page, "Cash flow report", "SMS")).to_be_focused()
    saved = peer.topic("user-ben", topic_ids["Cash flow report"])
    assert (saved["status"], saved["custom_routing"]) == ("OPTED_IN", ["email"])


@pytest.mark.parametrize("clicks", [2, 3, 4, 5, 6])
def test_fast_clicks_end_where_the_last_click_left_them(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str], clicks: int
) -> None:
    page.goto(ben_url)
    peer.switch(latency_ms=120)

    for _ in range(clicks):
        switch(page, "Due dates").click()
    page.wait_for_load_state("networkidle")

    is_on = clicks % 2 == 0
    expect(page.locator(".topic[aria-busy]")).to_have_count(0)
    expect(switch(page, "Due dates")).to_be_checked(checked=is_on)
    announced(page, re.compile(f"Due dates is (now )?{'on' if is_on else 'off'}"))
    peer.mend()
    saved = peer.topic("user-ben", topic_ids["Due dates"])
    assert saved["status"] == ("OPTED_IN" if is_on else "OPTED_OUT")


def test_fast_clicks_on_many_channels_are_all_kept(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(ben_url)
    peer.switch(latency_ms=120)

    for name in ("Email", "SMS", "Push"):
        channel(page, "Due dates", name).click()
    page.wait_for_load_state("networkidle")

    announced(page, "Saved. Due dates now comes by: In-app.")
    peer.mend()
    saved = peer.topic("user-ben", topic_ids["Due dates"])
    assert saved["custom_routing"] == ["inbox"]


def test_a_schedule_chosen_and_taken_back_quickly_is_the_first_again(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """The second answer must not be judged against the page of the first click."""
    page.goto(ben_url)
    group = page.get_by_role("radiogroup", name=re.compile("Tasks assigned to you"))
    first, other = group.get_by_role("radio").nth(0), group.get_by_role("radio").nth(1)
    chosen, another = (first, other) if first.is_checked() else (other, first)
    value = chosen.get_attribute("value")
    peer.switch(latency_ms=150)

    another.click()
    chosen.click()
    page.wait_for_load_state("networkidle")

    expect(page.locator(".topic[aria-busy]")).to_have_count(0)
    expect(chosen).to_be_checked()
    peer.mend()
    saved = peer.topic("user-ben", topic_ids["Tasks assigned to you"])
    assert saved["digest_schedule_id"] == value


def test_the_last_channel_of_an_optional_topic_turns_it_off(
    page: Page, alice_url: str
) -> None:
    page.goto(alice_url)

    channel(page, "Mentions and replies", "Push").click()
    announced(page, "Saved. Mentions and replies now comes by: In-app.")
    channel(page, "Mentions and replies", "In-app").click()

    announced(page, "Saved. No channel was left, so Mentions and replies is now off.")
    expect(switch(page, "Mentions and replies")).not_to_be_checked()
    expect(switch(page, "Mentions and replies")).to_be_focused()


def test_a_locked_switch_can_be_reached_but_not_turned(
    page: Page, alice_url: str, peer: Peer
) -> None:
    page.goto(alice_url)
    locked = switch(page, "Security alerts")
    peer.requests()

    locked.focus()
    page.keyboard.press("Space")
    locked.click(force=True)

    expect(locked).to_be_focused()
    expect(locked).to_be_checked()
    expect(locked).to_have_accessible_description(re.compile("Required"))
    assert peer.requests() == []


def test_the_last_channel_of_a_required_topic_is_put_back(
    page: Page, bob_url: str, peer: Peer
) -> None:
    page.goto(bob_url)
    last = channel(page, "Invoice receipts", "Email")
    peer.requests()

    last.click()

    expect(
        page.get_by_role("alert").filter(has_text="one channel must stay")
    ).to_be_visible()
    expect(last).to_be_checked()
    expect(last).to_be_focused()
    assert peer.requests() == []


@pytest.mark.parametrize("kind", ["status", "reset", "not_json"])
def test_what_did_not_arrive_is_kept_and_its_mark_goes_away_by_itself(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str], kind: str
) -> None:
    page.goto(ben_url)
    peer.fault(kind, methods=["PUT"])

    switch(page, "Due dates").click()

    kept = page.locator(".kept")
    expect(kept).to_contain_text("Kept. Due dates will be turned off as soon as")
    expect(switch(page, "Due dates")).not_to_be_checked()
    expect(switch(page, "Due dates")).to_be_focused()
    peer.mend()
    announced(page, "Saved. Due dates is now off.")
    expect(kept).to_have_count(0)
    expect(switch(page, "Due dates")).to_be_focused()
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_undo_stays_and_puts_back_where_it_stands(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page.goto(ben_url)
    switch(page, "Due dates").click()
    announced(page, "Saved. Due dates is now off.")

    page.get_by_role("button", name="Undo the last change of Due dates").press("Enter")

    announced(page, "Undone. Due dates is as it was before: on.")
    expect(switch(page, "Due dates")).to_be_checked()
    summary(page, "You get 12 of 15 topics")
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_IN"


def test_only_the_topic_that_was_refused_is_put_back(
    page: Page, ben_url: str, peer: Peer
) -> None:
    page.goto(ben_url)
    switch(page, "Payment reminders").click()
    announced(page, "Saved. Payment reminders is now off.")
    peer.fault(status=400, methods=["PUT"])

    switch(page, "Due dates").click()

    problem = page.get_by_role("alert").filter(has_text="did not accept this change")
    expect(problem).to_contain_text("It is still on.")
    expect(switch(page, "Due dates")).to_be_checked()
    expect(switch(page, "Due dates")).to_be_focused()
    expect(switch(page, "Payment reminders")).not_to_be_checked()
    summary(page, "You get 11 of 15 topics")

    peer.mend()
    switch(page, "Due dates").click()
    announced(page, "Saved. Due dates is now off.")
    expect(problem).to_have_count(0)
    expect(switch(page, "Due dates")).to_be_focused()
    summary(page, "You get 10 of 15 topics")


def test_without_a_connection_the_topic_is_put_back_and_can_be_tried_again(
    page: Page, ben_url: str
) -> None:
    page.goto(ben_url)
    page.context.set_offline(True)

    switch(page, "Due dates").click()

    expect(page.get_by_text("the page could not reach us")).to_be_visible()
    expect(switch(page, "Due dates")).to_be_checked()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    announced(page, "Saved. Due dates is now off.")


def test_a_page_tells_that_it_heard_no_answer_to_what_it_sent_before(
    page: Page, ben_url: str
) -> None:
    page.goto(ben_url)
    sent: list[str | None] = []
    page.on("request", lambda r: sent.extend([r.post_data] * (r.method == "POST")))
    page.context.set_offline(True)
    switch(page, "Due dates").click()
    expect(page.get_by_text("the page could not reach us")).to_be_visible()
    page.context.set_offline(False)

    for _ in range(2):
        switch(page, "Due dates").click()
        announced(page, re.compile("Saved"))
        page.locator("#status").evaluate("it => it.replaceChildren()")

    told = [dict(parse_qsl(str(body))).get("unheard", "") for body in sent]
    assert [text.count("\n") for text in told] == [0, 1, 0]
    assert "on=1" not in told[1], "that it was turned off"


@pytest.mark.parametrize("patience", [3.0])
def test_what_became_of_an_act_without_an_answer_is_asked_of_courier(
    page: Page, ben_url: str, peer: Peer
) -> None:
    page.goto(ben_url)
    peer.fault("accept_late", methods=["PUT"], delay_ms=4500)

    switch(page, "Due dates").click()

    expect(page.get_by_text("Saved. Due dates is now off.").first).to_be_visible()
    assert peer.writes()
    peer.mend()


def test_a_reset_goes_back_to_the_default(page: Page, alice_url: str) -> None:
    page.goto(alice_url)

    page.get_by_role("button", name="Use the default for Mentions and replies").click()

    announced(page, "Saved. Mentions and replies is back to its default: on.")
    expect(channel(page, "Mentions and replies", "Email")).to_be_checked()
    expect(switch(page, "Mentions and replies")).to_be_focused()


def test_a_link_that_died_meanwhile_is_told_on_top_and_the_topic_put_back(
    page: Page, ben_url: str
) -> None:
    page.goto(ben_url)
    form = page.locator("form").filter(has_text="Due dates")
    dead = re.sub("/p/[^/]+", "/p/dead", form.get_attribute("action") or "")
    page.route("**/topics/**", lambda route: route.continue_(url=_at(ben_url, dead)))

    switch(page, "Due dates").click()

    expect(
        page.get_by_role("alert").filter(has_text="This link does not work")
    ).to_be_visible()
    expect(switch(page, "Due dates")).to_be_checked()


def _at(url: str, path: str) -> str:
    return re.sub(r"^(https?://[^/]+).*$", rf"\1{path}", url)


def test_everything_optional_is_turned_off_and_the_result_is_read_first(
    page: Page, alice_url: str
) -> None:
    page.goto(alice_url)

    page.get_by_role("link", name="Turn off everything optional").click()
    page.get_by_role("button", name="Turn off 10 topics").click()

    expect(page.locator(".notice p")).to_have_text("Saved. 10 topics were turned off.")
    expect(page.locator(".notice")).to_be_focused()
    expect(page.get_by_role("switch", checked=True)).to_have_count(2)


@pytest.mark.parametrize("then", ["lost", "link dead"])
def test_what_was_accepted_stays_in_sight_when_the_next_request_fails(
    page: Page, ben_url: str, peer: Peer, topic_ids: dict[str, str], then: str
) -> None:
    """The first answer was overtaken by a click and never shown; it is true all the
    same, and what the second one brings back is that."""
    page.goto(ben_url)
    held: list[tuple[Route, APIResponse]] = []

    def second_fails(route: Route) -> None:
        if not held:
            held.append((route, route.fetch()))
        elif then == "lost":
            route.abort()
        else:
            route.continue_(url=re.sub("/p/[^/]+", "/p/dead", route.request.url))

    page.route("**/topics/**", second_fails)
    switch(page, "Due dates").click()
    channel(page, "Due dates", "SMS").click()
    while not held:
        page.wait_for_timeout(10)
    (first, answer) = held[0]
    first.fulfill(response=answer)
    expect(
        page.get_by_role("alert").filter(has_text=re.compile("confirm|link"))
    ).to_be_visible()

    expect(switch(page, "Due dates")).not_to_be_checked()
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_an_error_of_the_whole_page_is_in_sight_and_goes_with_the_next_act(
    page: Page, ben_url: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(ben_url)
    dead = re.compile("/p/[^/]+")
    page.route(
        "**/topics/**", lambda r: r.continue_(url=dead.sub("/p/dead", r.request.url))
    )
    last = page.get_by_role("switch").last

    last.click()
    expect(page.locator("#problem")).to_be_in_viewport()
    page.unroute("**/topics/**")
    last.click()

    expect(page.locator("#status")).not_to_be_empty()
    expect(page.locator("#problem")).to_be_empty()


def test_what_came_of_an_act_is_not_told_again_after_a_reload(
    page: Page, alice_url: str
) -> None:
    page.goto(f"{alice_url}/off")
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator(".notice")).to_be_visible()

    page.reload()

    expect(page.get_by_role("switch").first).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


def test_no_save_button_comes_and_goes_while_a_switch_is_saved(
    page: Page, alice_url: str
) -> None:
    page.goto(alice_url)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/topics/**", hold)
    form = page.locator(
        "form.topic-form", has=page.get_by_role("switch", name="Due dates")
    )
    height = form.evaluate("form => form.offsetHeight")
    page.get_by_role("switch", name="Due dates").click()
    expect(form.locator(".topic[aria-busy]")).to_be_visible()

    assert not form.locator(".save").is_visible()
    assert form.evaluate("form => form.offsetHeight") == height
    held[0].continue_()
    expect(page.locator("#status")).to_have_text("Saved. Due dates is now off.")
