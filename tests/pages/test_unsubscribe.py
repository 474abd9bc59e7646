"""Unsubscribing by a link of its own: by a mail program, and on the page."""

from collections.abc import Callable

import pytest

from app.parts import Parts
from app.preferences.choice import Choice, Door, State
from tests.conftest import Clock, LedgerFile
from tests.house.client import Page, Visitor
from tests.house.rules import elements
from tests.pages.acts import redefine
from tests.peer import Peer

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
Mint = Callable[..., str]
USER = "user-ada"


@pytest.fixture
def due(mint: Mint, topic_ids: dict[str, str]) -> str:
    return mint(topic_id=topic_ids["Due dates"])


@pytest.fixture
def status(peer: Peer, topic_ids: dict[str, str]) -> Callable[[str], str]:
    return lambda name: str(peer.topic(USER, topic_ids[name])["status"])


def choices(parts: Parts) -> list[Choice]:
    return parts.evidence.choices_of(USER)


def submit(visitor: Visitor, page: Page, words: str) -> Page:
    """Presses the button of the form with these words, as a browser does."""
    form = page.form(words)
    fields = {
        str(i.get("name")): i.get("value")
        for i in elements(form, "input")
        if i.get("name")
    }
    return visitor.send(form.get("action") or "", fields)


# By a mail program (RFC 8058)


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"data": ONE_CLICK, "content_type": "multipart/form-data"},
        {},
        {"data": b""},
        {"data": b"whatever", "content_type": "text/plain"},
        {"json": {"x": 1}},
    ],
    ids=["urlencoded", "multipart", "none", "empty", "other", "json"],
)
def test_one_post_unsubscribes_whatever_its_body(
    visitor: Visitor,
    due: str,
    status: Callable[[str], str],
    parts: Parts,
    body: dict[str, object],
) -> None:
    answer = visitor.raw("POST", due, **body)

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text == "You have been unsubscribed from Due dates.\n"
    assert status("Due dates") == "OPTED_OUT"
    (choice,) = choices(parts)
    assert choice.trace.door is Door.ONE_CLICK
    assert answer.headers["Choice-Reference"] == choice.reference
    assert not {"Set-Cookie", "Location"} & set(answer.headers.keys())


def test_the_routing_is_carried_over(
    visitor: Visitor, due: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    path = f"/users/{USER}/preferences/{topic_ids['Due dates']}"
    routing = {"has_custom_routing": True, "custom_routing": ["sms"]}
    peer.replace(path, {"topic": {"status": "OPTED_IN", **routing}})

    visitor.raw("POST", due, data=ONE_CLICK)

    topic = peer.topic(USER, topic_ids["Due dates"])
    assert (topic["status"], topic["custom_routing"]) == ("OPTED_OUT", ["sms"])


def test_repeated_posts_are_a_success_and_write_nothing_more(
    visitor: Visitor, due: str, parts: Parts, peer: Peer
) -> None:
    visitor.raw("POST", due, data=ONE_CLICK)
    peer.writes()

    again = visitor.raw("POST", due, data=ONE_CLICK)

    assert again.status_code == 200
    assert again.text == "You were unsubscribed from Due dates already.\n"
    assert peer.writes() == []
    assert len(choices(parts)) == 1


def test_it_works_while_courier_is_down_and_is_delivered_later(
    visitor: Visitor,
    due: str,
    peer: Peer,
    topic_ids: dict[str, str],
    deliver: Callable[[], int],
    parts: Parts,
) -> None:
    """Of somebody nothing is known about; what they had chosen is not lost."""
    path = f"/users/{USER}/preferences/{topic_ids['Due dates']}"
    routing = {"has_custom_routing": True, "custom_routing": ["sms"]}
    peer.replace(path, {"topic": {"status": "OPTED_IN", **routing}})
    peer.fault()
    answer = visitor.raw("POST", due, data=ONE_CLICK)
    again = visitor.raw("POST", due, data=ONE_CLICK)
    page = visitor.open(due)
    peer.mend()
    for _ in range(3):
        deliver()

    reference = answer.headers["Choice-Reference"]
    assert answer.status_code == again.status_code == 200
    assert answer.text.endswith(f"as soon as possible. Reference {reference}.\n")
    assert again.headers["Choice-Reference"] == reference
    assert page.heading == "You will be unsubscribed from this"
    topic = peer.topic(USER, topic_ids["Due dates"])
    assert (topic["status"], topic["custom_routing"]) == ("OPTED_OUT", ["sms"])
    others = [c.topic_id for c in choices(parts) if c.topic_id in topic_ids.values()]
    assert others == [topic_ids["Due dates"]], "no other topic was touched"


def test_a_section_that_was_not_seen_is_turned_off_later_and_no_other(
    visitor: Visitor,
    mint: Mint,
    peer: Peer,
    deliver: Callable[[], int],
    status: Callable[[str], str],
) -> None:
    section = next(s for s in peer.sections() if s["name"] == "Invoices and payments")
    peer.fault()
    answer = visitor.raw("POST", mint(section_id=section["id"]), data=ONE_CLICK)
    peer.mend()
    for _ in range(3):
        deliver()

    assert answer.status_code == 200
    assert status("Payment reminders") == status("Invoice receipts") == "OPTED_OUT"
    assert status("Due dates") == "OPTED_IN"


def test_with_neither_courier_nor_ledger_it_says_to_come_again(
    visitor: Visitor, due: str, peer: Peer, ledger_file: LedgerFile
) -> None:
    peer.fault()
    ledger_file.spoil()

    answer = visitor.raw("POST", due, data=ONE_CLICK)

    assert answer.status_code == 503
    assert answer.text.startswith("We could not unsubscribe you")
    assert int(answer.headers["Retry-After"]) > 0


def test_without_a_ledger_it_counts_once_courier_took_it(
    visitor: Visitor,
    due: str,
    status: Callable[[str], str],
    ledger_file: LedgerFile,
) -> None:
    ledger_file.spoil()

    answer = visitor.raw("POST", due, data=ONE_CLICK)

    assert (answer.status_code, status("Due dates")) == (200, "OPTED_OUT")


def test_what_is_required_is_refused_in_one_line_and_written_down(
    visitor: Visitor, mint: Mint, topic_ids: dict[str, str], parts: Parts, peer: Peer
) -> None:
    link = mint(topic_id=topic_ids["Security alerts"])

    answers = [visitor.raw("POST", link, data=ONE_CLICK) for _ in range(3)]

    (row,) = choices(parts)  # and not one per attempt
    assert (row.state, row.trace.door) == (State.REFUSED, Door.ONE_CLICK)
    assert row.last_error == "required: locked"
    for answer in answers:
        assert answer.status_code == 409
        assert answer.text == "It is required, so it goes on: Security alerts.\n"
        assert answer.headers["Choice-Reference"] == row.reference
    assert peer.writes() == []


def test_what_is_required_is_found_out_later_where_courier_is_down(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
    peer: Peer,
    deliver: Callable[[], int],
) -> None:
    """It may be so no more: a choice is not refused by what was known yesterday."""
    link = mint(topic_id=topic_ids["Security alerts"])
    visitor.open(link)
    peer.fault()
    answer = visitor.raw("POST", link, data=ONE_CLICK)
    peer.mend()
    deliver()

    assert answer.status_code == 200
    (row,) = choices(parts)
    assert (row.state, row.last_error) == (State.REFUSED, "required: locked")
    assert visitor.open(link).heading == "Security alerts cannot be turned off"


def test_an_unknown_topic_is_a_success_and_a_warning(
    visitor: Visitor, mint: Mint, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    link = mint(topic_id="GONE-TOPIC")

    answer = visitor.raw("POST", link, data=ONE_CLICK)
    page = visitor.open(link)

    assert (answer.status_code, answer.text) == (200, "You do not get this any more.\n")
    assert page.heading == "You do not get this any more"
    assert choices(parts) == []
    log = capsys.readouterr().out
    assert "unsubscribed_from_unknown" in log
    assert "GONE-TOPIC" in log
    assert USER not in log


def test_everything_optional_leaves_what_is_required(
    visitor: Visitor, mint: Mint, peer: Peer, topic_ids: dict[str, str]
) -> None:
    answer = visitor.raw("POST", mint(), data=ONE_CLICK)

    assert answer.text == "You have been unsubscribed from everything optional.\n"
    standing = {n: peer.topic(USER, id_)["status"] for n, id_ in topic_ids.items()}
    on = {name for name, status in standing.items() if status != "OPTED_OUT"}
    assert on == {"Security alerts", "Terms and policy changes"}


def test_a_mail_program_that_asks_for_a_page_gets_one_without_a_redirect(
    visitor: Visitor, due: str
) -> None:
    answer = visitor.raw("POST", due, data=ONE_CLICK, headers=HTML)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert Page.checked(answer).heading == "You have unsubscribed from Due dates"


# On the page


def test_the_page_asks_then_tells_and_can_undo(
    visitor: Visitor, due: str, status: Callable[[str], str], parts: Parts
) -> None:
    asking = visitor.open(due)
    after = submit(visitor, asking, "Unsubscribe")
    was = status("Due dates")
    undone = submit(visitor, after, "Undo")

    assert asking.heading == "Unsubscribe from Due dates?"
    assert "Due dates" in asking.response.text
    assert after.heading == "You have unsubscribed from Due dates"
    assert "This goes on" in after.text
    assert "Mentions and replies" in after.text
    assert "Security alerts Required" in after.text
    assert was == "OPTED_OUT"
    assert undone.notice == "Undone. Due dates is as it was before: on."
    assert status("Due dates") == "OPTED_IN"
    doors = [c.trace.door for c in choices(parts)]
    assert doors == [Door.UNSUBSCRIBE_PAGE, Door.UNDO]


def test_who_is_unsubscribed_already_is_told_so_calmly(
    visitor: Visitor, due: str
) -> None:
    visitor.raw("POST", due, data=ONE_CLICK)

    page = visitor.open(due)

    assert page.status == 200
    assert page.heading == "You have already unsubscribed from Due dates"
    assert page.form("Undo") is not None


def test_an_unsubscribe_link_undoes_nothing_but_its_own(
    visitor: Visitor, alice: str, due: str, status: Callable[[str], str], parts: Parts
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    (choice,) = choices(parts)

    answer = visitor.raw("POST", f"{due}/undo/{choice.reference}")
    page = visitor.open(due)

    assert answer.status_code == 404
    assert status("Due dates") == "OPTED_OUT"
    assert "Undo" not in page.text


def test_an_undo_comes_too_late_where_something_was_chosen_since(
    visitor: Visitor, alice: str, due: str, status: Callable[[str], str]
) -> None:
    first = visitor.raw("POST", due, data=ONE_CLICK).headers["Choice-Reference"]
    visitor.change(visitor.open(alice), "Due dates", on="1")
    visitor.change(visitor.open(alice), "Due dates", on=None)

    answer = visitor.raw("POST", f"{due}/undo/{first}")

    assert "it has been changed again since then" in answer.text
    assert status("Due dates") == "OPTED_OUT"


def test_a_required_topic_s_page_says_why_and_what_can_be_chosen(
    visitor: Visitor, mint: Mint, topic_ids: dict[str, str]
) -> None:
    link = mint(topic_id=topic_ids["Security alerts"])

    page = visitor.open(link)
    posted = visitor.send(link, {"asked": "1"})
    html = visitor.raw("POST", link, headers=HTML)

    assert page.heading == "Security alerts cannot be turned off"
    assert "We always tell you when something affects the safety" in page.text
    assert "How it reaches you" not in page.text, "it has no channels to choose"
    assert [b for b in elements(page.tree, "button") if "Unsub" in str(b.text)] == []
    assert html.status_code == 409
    assert posted.status == 409


def test_a_required_topic_s_page_says_what_can_be_chosen(
    visitor: Visitor, due: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    redefine(peer, "Projects", topic_ids["Due dates"], "Due dates", "REQUIRED")

    page = visitor.open(due)

    assert page.heading == "Due dates cannot be turned off"
    assert "How it reaches you, you can choose in your preferences." in page.text


def test_while_courier_is_down_the_page_asks_from_the_link_alone(
    visitor: Visitor, due: str, peer: Peer, parts: Parts, clock: Clock
) -> None:
    peer.fault()

    page = visitor.open(due)
    after = submit(visitor, page, "Unsubscribe")
    undone = submit(visitor, after, "Undo")

    assert page.status == 200
    assert page.heading == "Unsubscribe from this?"
    assert "we keep your choice" in page.text
    assert after.heading == "You will be unsubscribed from this"
    assert undone.heading == "Unsubscribe from this?"
    clock.seconds += 61
    assert parts.delivery.due(10) == []


def test_the_page_of_a_section_lists_what_stops(
    visitor: Visitor, mint: Mint, peer: Peer
) -> None:
    section = next(s for s in peer.sections() if s["name"] == "Invoices and payments")

    page = visitor.open(mint(section_id=section["id"]))
    after = submit(visitor, page, "Unsubscribe")

    assert (
        page.heading == "Unsubscribe from everything optional in Invoices and payments?"
    )
    assert "Payment reminders" in page.text.partition("This goes on")[0]
    assert "Due dates" in page.text.partition("This goes on")[2]
    assert after.heading == (
        "You have unsubscribed from everything optional in Invoices and payments"
    )


def test_an_old_link_still_unsubscribes_and_tells_nothing_else(
    visitor: Visitor, mint: Mint, topic_ids: dict[str, str]
) -> None:
    """It never expires; what else its recipient gets is not told any more."""
    link = mint(days=4000, topic_id=topic_ids["Due dates"])

    page = submit(visitor, visitor.open(link), "Unsubscribe")

    assert page.heading == "You have unsubscribed from Due dates"
    assert "Mentions and replies" not in page.text
    assert (
        "It can only unsubscribe and undo that, and never stops working." in page.text
    )


def test_what_a_mail_program_did_is_told_at_the_next_visit_with_undo(
    visitor: Visitor, due: str, alice: str, clock: Clock
) -> None:
    visitor.raw("POST", due, data=ONE_CLICK)
    page = visitor.open(alice)
    clock.seconds += 31 * 86400
    later = visitor.open(alice)
    clock.seconds -= 31 * 86400

    told = "Due dates was turned off from your mail program on"
    assert page.topic("Due dates").note.startswith(told)
    assert "Undo the last change of Due dates" in page.topic("Due dates").buttons
    assert later.topic("Due dates").note == ""
    visitor.change(page, "Due dates", on="1")
    assert visitor.open(alice).topic("Due dates").note == ""


def test_what_was_done_on_the_page_is_not_told_as_a_mail_program_s(
    visitor: Visitor, due: str, alice: str
) -> None:
    submit(visitor, visitor.open(due), "Unsubscribe")

    assert visitor.open(alice).topic("Due dates").note == ""


def test_a_refusal_is_told_in_the_history(
    visitor: Visitor, mint: Mint, alice: str, topic_ids: dict[str, str]
) -> None:
    visitor.raw("POST", mint(topic_id=topic_ids["Security alerts"]), data=ONE_CLICK)

    assert "Security alerts" in visitor.open(f"{alice}/history").text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(
    visitor: Visitor, due: str, parts: Parts, peer: Peer, method: str
) -> None:
    peer.writes()
    for path in (due, f"{due}/sent", f"{due}/fresh", f"{due}/undo/7F3K-22"):
        visitor.raw(method, path, headers={"Sec-Purpose": "prefetch;prerender"})

    assert peer.writes() == []
    assert choices(parts) == []
