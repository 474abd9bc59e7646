"""The trail's page: everybody's choices and what staff did, by what one asks for."""

from urllib.parse import urlencode

import pytest

from app.parts import Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.staff import Entry, Kind
from tests.conftest import ALICE, BOB, Clock
from tests.house.client import Page
from tests.house.rules import elements, text
from tests.staff.conftest import AMIR, Colleague

IN = Standing(Status.OPTED_IN, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())
HOSTILE = '<script>alert("x")</script>=1+1'


def record(
    parts: Parts,
    whom: Recipient = ALICE,
    trace: Trace | None = None,
    topic: str = "news",
    name: str = "Product news",
) -> str:
    draft = Draft(topic, name, IN, OFF)
    trace = trace or Trace(Door.PAGE)
    return parts.ledger.record(whom, [draft], trace)[0].reference


def rows(page: Page) -> list[list[str]]:
    """Who, what, topic, recipient, door, reference of each line."""
    (body,) = elements(page.tree, "tbody")
    lines = elements(body, "tr")
    return [[text(cell) for cell in elements(line, "td")] for line in lines]


def filtered(colleague: Colleague, **asked: str) -> list[list[str]]:
    page = colleague.open(f"/staff/trail?{urlencode(asked)}")
    return rows(page) if list(elements(page.tree, "tbody")) else []


def test_choices_and_acts_of_staff_are_told_as_one_newest_first(
    parts: Parts, clock: Clock, amir: Colleague
) -> None:
    reference = record(parts, BOB, Trace(Door.ONE_CLICK))
    clock.seconds += 60
    parts.trail.note(
        Entry(Kind.ASKED, AMIR.actor, ALICE, "tips", basis="In writing", reason="T 7")
    )

    entry, choice = rows(amir.open("/staff/trail"))

    assert entry[0] == AMIR.actor
    assert "Asked the recipient to confirm" in entry[1]
    assert "Reason: T 7" in entry[1]
    assert "Legal basis: In writing" in entry[1]
    assert entry[2:5] == ["tips", "user-ada", "Support desk"]
    assert choice == [
        "the recipient",
        "Turned off Waits for Courier.",
        "Product news",
        "lin wei 07 in harbor-collective",
        "One click in a mail program",
        reference,
    ]


def test_each_filter_and_all_together_leave_what_matches(
    parts: Parts, clock: Clock, amir: Colleague
) -> None:
    mine = record(parts, BOB, Trace(Door.STAFF, actor=AMIR.actor), "tips", "Tips")
    clock.seconds += 600
    own = record(parts)
    wanted = {
        "agent": AMIR.actor,
        "recipient": BOB.user_id,
        "topic": "tips",
        "door": "staff",
        "until": "2027-01-15T08:05",
    }

    for name, value in wanted.items():
        found = [line for line in filtered(amir, **{name: value}) if line[-1]]
        assert [line[-1] for line in found] == [mine], name
    assert [n[-1] for n in filtered(amir, **wanted) if n[-1]] == [mine]
    late = filtered(amir, since="2027-01-15T08:05")
    assert [line[-1] for line in late if line[-1]] == [own]
    assert filtered(amir, agent="nobody") == []


def test_the_form_keeps_what_was_asked_for_and_works_without_script(
    amir: Colleague,
) -> None:
    asked = {"agent": "a@b", "door": "api", "since": "2027-01-15T08:00"}

    page = amir.open(f"/staff/trail?{urlencode(asked)}")

    form = page.form("Topic")
    fields = {f.get("name"): f for f in elements(form, "input")}
    chosen = [
        o.get("value") for o in elements(form, "option") if "selected" in o.attrib
    ]
    assert form.get("method") == "get"
    assert fields["agent"].get("value") == "a@b"
    assert fields["since"].get("value") == "2027-01-15T08:00"
    assert fields["since"].get("type") == "datetime-local"
    assert chosen == ["api"]
    assert "Nothing matches these filters." in page.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "“yesterday” is no moment"),
        ({"until": "2027-13-01T00:00"}, "is no moment"),
        ({"since": "2027-01-02", "until": "2027-01-01"}, "ends before it begins"),
        ({"door": "cat flap"}, "no door named “cat flap”"),
        ({"since": "<b>"}, "“<b>” is no moment"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_nothing_told(
    parts: Parts, amir: Colleague, asked: dict[str, str], said: str
) -> None:
    record(parts)

    page = amir.open(f"/staff/trail?{urlencode(asked)}")

    assert page.status == 400
    assert said in page.text
    assert not list(elements(page.tree, "tbody"))
    assert page.form("Topic") is not None


@pytest.mark.parametrize("place", ["x", "1-2-3", "1-1-1-1", "-1-1-1"])
def test_a_place_that_no_page_gave_is_a_bad_request(
    amir: Colleague, place: str
) -> None:
    assert amir.open(f"/staff/trail?before={place}").status == 400


def test_odd_bytes_in_a_filter_find_nothing_and_break_nothing(
    amir: Colleague,
) -> None:
    for value in ("%00", "%ff%fe", "%ed%a0%80", "'%20OR%201=1--", "%25", "x" * 2000):
        for name in ("agent", "recipient", "topic"):
            page = amir.open(f"/staff/trail?{name}={value}")

            assert page.status == 200, (name, value)


def test_older_pages_follow_and_keep_the_filters(
    parts: Parts, clock: Clock, amir: Colleague
) -> None:
    references = []
    for _ in range(120):
        clock.seconds += 1
        references.append(record(parts))
    record(parts, BOB)

    page = amir.open("/staff/trail?recipient=user-ada")
    told = [line[-1] for line in rows(page)]
    while "Older" in page.links:
        page = amir.open(page.links["Older"])
        told += [line[-1] for line in rows(page)]

    assert told == references[::-1]
    assert "Newest" in page.links
    assert len(rows(amir.open(page.links["Newest"]))) == 50


def test_recipients_lead_to_their_pages_by_an_address_that_names_nobody(
    parts: Parts, amir: Colleague
) -> None:
    record(parts)

    address = amir.open("/staff/trail").links["user-ada"]

    assert address.startswith("/staff/recipients/")
    assert "user-ada" not in address
    assert amir.open(address).status == 200


def test_what_others_wrote_is_told_and_never_run(parts: Parts, amir: Colleague) -> None:
    whom = Recipient(HOSTILE, HOSTILE)
    record(parts, whom, Trace(Door.STAFF, actor=HOSTILE, reason=HOSTILE), name=HOSTILE)
    noted = Entry(Kind.ASKED, HOSTILE, whom, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    parts.trail.note(noted)

    page = amir.open("/staff/trail")

    assert page.text.count(HOSTILE) >= 10
    assert "<script>alert" not in page.html


def test_only_who_may_export_is_offered_it_with_the_same_filters(
    amir: Colleague, ana: Colleague
) -> None:
    assert "Export as CSV" not in amir.open("/staff/trail").links
    links = ana.open("/staff/trail?door=page&topic=news").links
    assert links["Export as CSV"] == "/staff/trail.csv?topic=news&door=page"
    assert links["Export as JSON"] == "/staff/trail.json?topic=news&door=page"


def test_a_viewer_has_no_trail(vera: Colleague) -> None:
    assert vera.open("/staff/trail").status == 403
