"""A one-click POST as it comes over the wire: its body, its address, and its answer."""

from typing import Any

import pytest

from app.links import Links, Scope
from app.parts import Parts
from app.signing import Signing
from tests.conftest import ALICE, SECRET, Clock
from tests.house.client import Page, Visitor
from tests.pages.acts import (
    DAY,
    DUE,
    ONE_CLICK,
    REQUIRED,
    Mint,
    Standings,
    choices,
)

PART = '--b\r\nContent-Disposition: form-data; name="a{}"\r\n\r\n1\r\n'
PARTS = "".join(PART.format(i) for i in range(1200)) + "--b--\r\n"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BODIES: dict[str, dict[str, Any]] = {
    "large": {"data": b"x" * 70_000},
    "many fields": {"data": "a=1&" * 5000, "content_type": FORM},
    "many parts": {"data": PARTS, "content_type": f"{MULTIPART}; boundary=b"},
    "no boundary": {"data": b"x", "content_type": MULTIPART},
    "cut off": {"data": "--b\r\nCont", "content_type": f"{MULTIPART}; boundary=b"},
    "utf-16": {
        "data": "a=1".encode("utf-16"),
        "content_type": f"{FORM}; charset=utf-16",
    },
}
TAILS = ["/", "./", "=", "=3D", "%3E", "%20", ";x=1", "?x=1", "?asked=1", "&"]
TAILS += ["&utm_source=x", "&amp;utm_source=x"]


@pytest.fixture
def due(mint: Mint, topic_ids: dict[str, str]) -> str:
    return mint(topic_id=topic_ids[DUE])


@pytest.mark.parametrize("body", BODIES)
def test_an_odd_body_unsubscribes_as_any_other(
    visitor: Visitor, due: str, at_courier: Standings, body: str
) -> None:
    answer = visitor.raw("POST", due, **BODIES[body])

    assert answer.text == "You have been unsubscribed from Due dates.\n"
    assert (answer.status_code, at_courier(DUE)[0]) == (200, "OPTED_OUT")


@pytest.mark.parametrize("tail", TAILS)
def test_what_programs_leave_behind_an_address_costs_no_unsubscribing(
    visitor: Visitor, due: str, at_courier: Standings, tail: str
) -> None:
    answer = visitor.raw("POST", f"{due}{tail}", data=ONE_CLICK)

    assert (answer.status_code, at_courier(DUE)[0]) == (200, "OPTED_OUT")
    assert not {"Location", "Set-Cookie"} & set(answer.headers.keys())


@pytest.mark.parametrize("tail", ["/", "&utm_source=x", "=3D"])
def test_such_an_address_opens_the_page_and_its_forms_work(
    visitor: Visitor, due: str, tail: str
) -> None:
    page = visitor.open(f"{due}{tail}")

    assert (page.status, page.heading) == (200, "Unsubscribe from Due dates?")
    assert page.form("Unsubscribe").get("action") == due


@pytest.mark.parametrize("fault", ["damaged", "foreign", "too often", "too large"])
def test_every_error_is_one_line_of_text(
    visitor: Visitor, due: str, alice: str, fault: str
) -> None:
    paths = {"damaged": f"{due[:-3]}AAA", "foreign": f"/u/{alice[3:]}"}
    path, data = paths.get(fault, due), b"x" * (2**21 if fault == "too large" else 1)
    for _ in range(60 if fault == "too often" else 0):
        visitor.raw("POST", path)

    answer = visitor.raw("POST", path, data=data)

    expected = {"too often": 429, "too large": 413}.get(fault, 404)
    assert (answer.status_code, answer.mimetype) == (expected, "text/plain")
    assert len(answer.text.splitlines()) == 1
    assert "<" not in answer.text


def test_the_same_error_is_a_page_for_a_browser(visitor: Visitor, due: str) -> None:
    answer = visitor.raw("POST", f"{due[:-3]}AAA", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert Page.checked(answer).heading


@pytest.mark.parametrize(
    "claims", [{"o": ""}, {"s": ""}, {"o": None, "s": ""}, {"o": "x", "s": "y"}]
)
def test_a_link_about_nothing_is_no_link(
    visitor: Visitor, clock: Clock, parts: Parts, claims: dict[str, str | None]
) -> None:
    """An empty variable of a template elsewhere: whoever minted it must see that."""
    token = Signing([SECRET], clock).sign("unsubscribe", {"u": "user-ada", **claims})

    answer = visitor.raw("POST", f"/u/{token}", data=ONE_CLICK)

    assert (answer.status_code, choices(parts)) == (404, [])


def test_a_refusal_is_written_down_once_a_day(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
    clock: Clock,
) -> None:
    """So a program that tries again for hours fills nobody's history."""
    link = mint(topic_id=topic_ids[REQUIRED])
    statuses = set()
    for _ in range(50):
        statuses.add(visitor.raw("POST", link, data=ONE_CLICK).status_code)
        clock.seconds += DAY / 25

    assert statuses == {409}
    assert len(choices(parts)) == 2


def test_other_refusals_between_do_not_write_it_down_again(
    visitor: Visitor,
    mint: Mint,
    topic_ids: dict[str, str],
    parts: Parts,
) -> None:
    """Two required topics whose mails are tried again in turns."""
    names = (REQUIRED, "Terms and policy changes")
    both = [mint(topic_id=topic_ids[name]) for name in names]

    for link in both * 5:
        visitor.raw("POST", link, data=ONE_CLICK)

    assert len(choices(parts)) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_can_tell_a_damaged_link_from_a_foreign_or_an_unknown_one(
    visitor: Visitor, due: str, method: str
) -> None:
    token = due.removeprefix("/u/")
    foreign = Links(["f" * 40]).mint(Scope.UNSUBSCRIBE, ALICE)
    elsewhere = Links([SECRET]).mint(Scope.PREFERENCES, ALICE)
    tokens = [f"{token[:-4]}AAAA", token[:-1], foreign, elsewhere, "unknown"]

    answers = [visitor.raw(method, f"/u/{token}") for token in tokens]
    for answer in answers:
        assert answer.headers.pop("X-Request-ID"), "drawn by lot for each"

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
