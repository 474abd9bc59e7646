"""The trail as a file: whole or seen to be cut off, and harmless in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select

from app.desk.exporting import CUT_OFF, FORMS, MARK, harmless
from app.ledger.errors import LedgerDown
from app.ledger.stafftables import staff_entries
from app.parts import Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.staff import Entry, Kind
from app.preferences.trail import Filter, Line, Source
from tests.conftest import ALICE, BOB, Clock
from tests.staff.conftest import ANA, Colleague

IN = Standing(Status.OPTED_IN, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())
HARMLESS = ["", "plain", "a=b", "2026-11-22", "user-ada", "a - b", "7F3K-22", "1,5"]
FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\tplain", "\rplain"),
    *("  =1+1", "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b=1", "\n=1", " \t @x"),
    *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", '="x"', "=cmd|'/C calc'!A0"),
]


def record(parts: Parts, whom: Recipient = ALICE, name: str = "Product news") -> str:
    draft = Draft("news", name, IN, OFF)
    trace = Trace(Door.STAFF, actor=ANA.actor, reason="Ticket 7")
    return parts.ledger.record(whom, [draft], trace)[0].reference


def told(colleague: Colleague, address: str = "/staff/trail.csv") -> list[list[str]]:
    data = colleague.raw("GET", address).get_data().decode("utf-8")
    assert data.startswith(MARK)
    return list(csv.reader(io.StringIO(data.removeprefix(MARK), newline="")))


def breaking(lines: list[Line]) -> Iterator[list[Line]]:
    """A database that goes away after the first batch."""
    yield lines
    raise LedgerDown("gone")


LINE = Line(1.0, Source.ENTRY, 1, Kind.OPENED, actor="a")


def test_csv_has_one_line_of_names_and_one_for_each_act(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    reference = record(parts, BOB)
    clock.seconds += 1

    names, entry, choice = told(ana)

    assert dict(zip(names, entry, strict=True))["kind"] == "exported_trail"
    row = dict(zip(names, choice, strict=True))
    assert row["user_id"] == "lin wei 07"
    assert row["tenant_id"] == "harbor-collective"
    assert row["at"] == "2027-01-15T08:00:00.000+00:00"
    assert row["at_utc"] == "2027-01-15 08:00:00"
    assert (row["door"], row["actor"]) == ("staff", ANA.actor)
    assert (row["topic_name"], row["what"]) == ("Product news", "OPTED_OUT")
    assert (row["reference"], row["reason"]) == (reference, "Ticket 7")


def test_csv_is_what_spreadsheets_take_for_utf_8_and_rfc_4180(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    record(parts, name='Ünï "quoted", 通知\nin two lines')
    clock.seconds += 1

    response = ana.raw("GET", "/staff/trail.csv")

    data = response.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 3
    assert 'Ünï ""quoted"", 通知\nin two lines'.encode() in data
    assert told(ana)[-1][9] == 'Ünï "quoted", 通知\nin two lines'
    assert response.content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_is_saved_under_the_day_and_kept_by_nobody(
    ana: Colleague, kind: str
) -> None:
    response = ana.raw("GET", f"/staff/trail.{kind}")

    name = f'attachment; filename="trail-2027-01-15.{kind}"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert str(harmless(cell)).startswith("'")


@pytest.mark.parametrize("divider", [";", "\t", "\n", "\r", "|", "; "])
def test_no_part_of_a_cell_is_either_where_another_divider_counts(
    divider: str,
) -> None:
    assert "'" in str(harmless(f"x{divider}=1+1"))


@pytest.mark.parametrize("cell", HARMLESS)
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


def test_formulas_in_every_column_that_others_write_are_defused(
    parts: Parts, ana: Colleague
) -> None:
    whom, bad = Recipient("=1+1", "@x"), "=HYPERLINK(1)"
    parts.trail.note(Entry(Kind.ASKED, bad, whom, bad, bad, bad, bad, bad, bad))
    record(parts, Recipient("+49 170"), name=bad)

    cells = [cell for line in told(ana)[1:] for cell in line]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{bad}" in cells
    assert "'+49 170" in cells


def test_json_is_an_array_of_exact_values(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    record(parts, Recipient("=1+1"))
    clock.seconds += 1

    entry, choice = json.loads(ana.raw("GET", "/staff/trail.json").get_data())

    assert (entry["source"], entry["kind"]) == ("entry", "exported_trail")
    assert (choice["source"], choice["user_id"]) == ("choice", "=1+1")
    assert choice["tenant_id"] is None
    assert choice["kind"] is None


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_valid_whatever_the_number_of_batches(count: int) -> None:
    batches = iter([[LINE, LINE]] * count or [[]])

    assert len(json.loads("".join(FORMS["json"](batches)))) == 2 * count


def test_the_filters_of_the_page_are_those_of_the_file(
    parts: Parts, ana: Colleague
) -> None:
    record(parts, BOB)
    record(parts)

    lines = told(ana, "/staff/trail.csv?recipient=user-ada&door=staff")
    asked = json.loads(ana.raw("GET", "/staff/trail.json?agent=nobody").get_data())

    assert {line[6] for line in lines[1:]} == {"user-ada"}
    assert len(lines) == 3
    assert asked == []


def test_filters_that_cannot_be_lead_back_to_the_page_which_says_why(
    ana: Colleague,
) -> None:
    response = ana.raw("GET", "/staff/trail.csv?since=yesterday")

    assert response.status_code == 303
    assert response.headers["Location"] == "/staff/trail?since=yesterday"
    assert ana.open("/staff/trail?since=yesterday").status == 400


def test_an_export_is_written_down_with_whom_it_was_about_before_it_is_sent(
    parts: Parts, ana: Colleague
) -> None:
    with ana.raw("GET", "/staff/trail.csv?recipient=user-ada&topic=news") as response:
        (entry,) = parts.trail.of("user-ada")
        response.get_data()

    assert (entry.kind, entry.actor) == (Kind.EXPORTED_TRAIL, ANA.actor)
    assert (entry.topic_id, entry.detail) == ("news", "csv, topic news")


def test_an_export_is_written_down_with_all_that_was_asked_for(
    parts: Parts, ana: Colleague
) -> None:
    asked = "agent=a@b.example&door=api&since=2027-01-02&until=2027-01-03T04:05"

    ana.raw("GET", f"/staff/trail.json?{asked}").get_data()
    ana.raw("GET", "/staff/trail.csv").get_data()

    whole, some = parts.trail.of_kind(Kind.EXPORTED_TRAIL, 0.0)
    assert whole.detail == "csv, everything"
    assert some.detail == (
        "json, agent a@b.example, door api, from 2027-01-02T00:00:00.000+00:00, "
        "until 2027-01-03T04:05:00.000+00:00"
    )


def test_a_file_names_who_had_made_the_link_that_a_choice_came_by(
    parts: Parts, clock: Clock, ana: Colleague
) -> None:
    parts.trail.note(Entry(Kind.SHOWED_LINK, "=amir", ALICE, link="0f" * 8))
    draft = Draft("news", "Product news", IN, OFF)
    parts.ledger.record(ALICE, [draft], Trace(Door.PAGE, "0f" * 8))
    clock.seconds += 1

    names, _, choice, *_ = told(ana)
    read = json.loads(ana.raw("GET", "/staff/trail.json?door=page").get_data())

    row = dict(zip(names, choice, strict=True))
    assert (row["actor"], row["link_made_by"]) == ("", "'=amir")
    assert [line["link_made_by"] for line in read] == ["=amir"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_other_page_has_an_admin_take_a_file(
    parts: Parts, ana: Colleague, kind: str, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site}

    response = ana.raw("GET", f"/staff/trail.{kind}", headers=headers)

    assert response.status_code == 403
    assert "Content-Disposition" not in response.headers
    assert parts.trail.of_kind(Kind.EXPORTED_TRAIL, 0.0) == []


def test_who_types_the_address_of_a_file_gets_it(ana: Colleague) -> None:
    headers = {"Sec-Fetch-Site": "none"}

    response = ana.raw("GET", "/staff/trail.csv", headers=headers)

    assert response.status_code == 200


def test_who_asks_for_the_head_of_a_file_takes_none(
    parts: Parts, ana: Colleague
) -> None:
    response = ana.raw("HEAD", "/staff/trail.csv")

    assert response.status_code == 200
    assert response.content_type == "text/csv; charset=utf-8"
    assert parts.trail.of_kind(Kind.EXPORTED_TRAIL, 0.0) == []


def test_a_csv_that_was_cut_off_says_so_in_its_last_line() -> None:
    text = "".join(FORMS["csv"](breaking([LINE])))

    lines = list(csv.reader(io.StringIO(text.removeprefix(MARK))))
    assert lines[-1][0] == CUT_OFF
    assert {len(line) for line in lines} == {len(lines[0])}


def test_a_json_that_was_cut_off_is_none() -> None:
    text = "".join(FORMS["json"](breaking([LINE])))

    assert '"opened"' in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_database_that_is_lost_midway_leaves_no_file_that_looks_whole(
    parts: Parts, ana: Colleague
) -> None:
    many(parts, 1_200)
    with ana.raw("GET", "/staff/trail.json", buffered=False) as response:
        parts_of_it = response.iter_encoded()
        text = next(parts_of_it).decode()
        with parts.database.recording() as connection:
            connection.exec_driver_sql("ALTER TABLE staff_entries RENAME TO gone")
        text += b"".join(parts_of_it).decode()
        with parts.database.recording() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO staff_entries")

    assert text.count('"revealed"') < 1_200
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_large_file_is_whole_and_comes_in_parts(parts: Parts, ana: Colleague) -> None:
    many(parts, 1_800)

    response = ana.raw("GET", "/staff/trail.json")

    assert response.is_streamed
    read = json.loads(response.get_data())
    assert len({row["id"] for row in read}) == 1_801
    with parts.database.reading() as connection:
        ids = connection.execute(select(staff_entries.c.id)).scalars().all()
    assert {row["id"] for row in read} == set(ids)


def test_a_part_of_a_file_is_no_more_than_a_batch(parts: Parts) -> None:
    many(parts, 1_800)

    sizes = [len(part) for part in FORMS["csv"](parts.trail.stream(Filter()))]

    assert len(sizes) == 5
    assert max(sizes) < 2 * min(sizes[1:-1])


def test_only_admins_take_files(amir: Colleague, vera: Colleague) -> None:
    for colleague in (amir, vera):
        for kind in ("csv", "json"):
            assert colleague.raw("GET", f"/staff/trail.{kind}").status_code == 403


def many(parts: Parts, count: int) -> None:
    row = {"at": 1_000, "kind": "revealed", "actor": "a", "tenant_id": ""}
    with parts.database.recording() as connection:
        connection.execute(insert(staff_entries), [row] * count)
