"""`python -m app lint`: what it prints, and how it ends."""

import json
from typing import Any

import pytest

from app.settings import Settings
from tests.conftest import SECRET
from tests.house.test_cli import run
from tests.house.test_cli_ledger import told
from tests.peer import KEY, Peer

PUBLISH = "/preferences/publish"
SECTIONS = "/preferences/sections"
DRAFT = "unpublished-draft"
PLACE = ["section_id", "section", "topic_id", "topic"]
KEYS = ["rule", "severity", *PLACE]
GOOD: dict[str, Any] = {
    "name": "Replies",
    "description": "When somebody answers you.",
    "default_status": "OPTED_IN",
}


@pytest.fixture
def environ(settings: Settings, peer: Peer) -> dict[str, str]:
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "https://preferences.example.com",
        "DATABASE_URL": settings.database_url.get_secret_value(),
    }


@pytest.fixture
def section(peer: Peer) -> str:
    """The path of the only section's topics, in a catalog without a fault."""
    for old in peer.sections():
        for topic in old["topics"]:
            peer.delete(f"{SECTIONS}/{old['id']}/topics/{topic['id']}")
        peer.delete(f"{SECTIONS}/{old['id']}")
    made = peer.create(SECTIONS, {"name": "Projects", "description": "Your work."})
    path = f"{SECTIONS}/{made['id']}/topics"
    peer.create(path, GOOD)
    peer.create(PUBLISH, {})
    return path


def document(environ: dict[str, str], *words: str) -> tuple[int, dict[str, Any]]:
    result = told(environ, "lint", "--json", *words)
    return result.exit_code, json.loads(result.stdout)


def test_a_catalog_in_order_ends_with_0(environ: dict[str, str], section: str) -> None:
    result = told(environ, "lint")

    assert section
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "0 errors, 0 warnings, 0 notices in 1 topics.\n"
    assert document(environ) == (0, {"findings": [], "unchecked": []})


def test_notices_alone_end_with_0(
    environ: dict[str, str], peer: Peer, section: str
) -> None:
    peer.create(SECTIONS, {"name": "Empty"})
    peer.create(PUBLISH, {})

    result = told(environ, "lint")
    assert section
    assert result.exit_code == 0
    assert "  notice  empty-section: " in result.stdout


@pytest.mark.parametrize(
    ("topic", "severity", "rule"),
    [
        ({"description": ""}, "warning", "no-description"),
        (
            {
                "name": "Newsletter",
                "default_status": "REQUIRED",
                "topic_data": {"required_reason": "So."},
            },
            "error",
            "marketing-required",
        ),
    ],
)
def test_a_warning_or_an_error_ends_with_1_and_is_told_at_its_place(
    environ: dict[str, str],
    peer: Peer,
    section: str,
    topic: dict[str, Any],
    severity: str,
    rule: str,
) -> None:
    made = peer.create(section, {**GOOD, "name": "Mentions", **topic})
    peer.create(PUBLISH, {})
    section_id = section.split("/")[3]

    result, (code, whole) = told(environ, "lint"), document(environ)
    first, second, third, empty, last = result.stdout.splitlines()
    (finding,) = whole["findings"]

    assert (result.exit_code, code) == (1, 1)
    assert first == f'Section "Projects" ({section_id})'
    assert second == f'  Topic "{made["name"]}" ({made["id"]})'
    assert third == f"    {severity}  {rule}: {finding['message']} {finding['advice']}"
    assert (empty, last[-12:]) == ("", "in 2 topics.")
    assert [*finding] == [*KEYS, "message", "advice"]
    place = [section_id, "Projects", made["id"], made["name"]]
    assert [finding[key] for key in KEYS] == [rule, severity, *place]


def test_what_is_newer_than_the_publication_is_told(
    environ: dict[str, str], peer: Peer, section: str
) -> None:
    made = peer.create(section, {**GOOD, "name": "Mentions"})

    code, whole = document(environ)
    assert code == 1
    told_of = [(f["rule"], f["topic_id"]) for f in whole["findings"]]
    assert told_of == [(DRAFT, made["id"])]


@pytest.mark.parametrize("status", [402, 403, 404, 503])
def test_without_audit_events_drafts_are_not_checked_and_the_rest_is(
    environ: dict[str, str], peer: Peer, section: str, status: int
) -> None:
    peer.create(section, {**GOOD, "name": "Mentions"})
    peer.fault(status=status, path="^/audit-events")

    result = told(environ, "lint")
    assert result.exit_code == 0
    assert f"Not checked: {DRAFT}. " in result.stdout
    assert f": {status} " in result.stdout
    assert ("this key or plan may not" in result.stdout) is (status != 503)
    assert result.stdout.endswith("\n0 errors, 0 warnings, 0 notices in 2 topics.\n")


def test_what_was_not_checked_is_in_the_document_and_the_log_is_not(
    environ: dict[str, str], peer: Peer, section: str
) -> None:
    """A process of its own, because within the tests the log goes elsewhere."""
    peer.create(section, {**GOOD, "name": "Mentions", "description": ""})
    peer.fault("not_json", path="^/audit-events")

    result = run(environ, "lint", "--json")
    whole = json.loads(result.stdout)
    (one,) = whole["unchecked"]
    assert result.returncode == 1
    assert [f["rule"] for f in whole["findings"]] == ["no-description"]
    assert one.pop("reason").startswith("Courier does not give its audit events: ")
    assert one == {**dict.fromkeys(PLACE), "rule": DRAFT}


def test_a_publication_long_ago_is_not_looked_for_to_the_end(
    environ: dict[str, str], peer: Peer
) -> None:
    for number in range(100):
        peer.create(SECTIONS, {"name": f"Section {number}"})

    whole = document(environ)[1]
    (one,) = whole["unchecked"]
    assert "know of no publication" in one["reason"]
    assert DRAFT not in {f["rule"] for f in whole["findings"]}


def test_languages_are_those_asked_for_or_those_that_are_there(
    environ: dict[str, str], peer: Peer, section: str
) -> None:
    assert document(environ)[0] == 0
    assert {
        f["rule"] for f in document(environ, "--language", "de")[1]["findings"]
    } == {"missing-translation"}
    words = {"name": "Erwähnungen", "description": "D.", "section_name": "Projekte"}
    data = {"translations": {"de": {**words, "section_description": "Arbeit."}}}
    peer.create(section, {**GOOD, "name": "Mentions", "topic_data": data})
    peer.create(PUBLISH, {})

    (finding,) = document(environ)[1]["findings"]
    assert (finding["topic"], finding["rule"]) == ("Replies", "missing-translation")
    two = document(environ, "--language", "de", "--language", "pt_br")[1]["findings"]
    assert [f["topic"] for f in two] == [None, "Replies", "Replies", "Mentions"]


@pytest.mark.parametrize("language", ["", "deutsch", "de;", "d"])
def test_what_is_no_language_is_told_with_2(
    environ: dict[str, str], language: str
) -> None:
    result = told(environ, "lint", "--language", language)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no language" in result.stderr


def test_settings_that_are_wrong_end_with_2(environ: dict[str, str]) -> None:
    result = told({**environ, "SECRET_KEY": "short"}, "lint")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "SECRET_KEY" in result.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"COURIER_API_KEY": "wrong-key"}, "Error: Courier refuses the API key"),
        ({"COURIER_BASE_URL": "http://127.0.0.1:9"}, "Error: Courier does not give"),
    ],
)
def test_a_courier_that_cannot_be_read_ends_with_2(
    environ: dict[str, str], given: dict[str, str], message: str
) -> None:
    result = run({**environ, **given}, "lint", "--json")

    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_name_cannot_move_the_cursor_of_whoever_reads_it(
    environ: dict[str, str], peer: Peer, section: str
) -> None:
    peer.create(section, {**GOOD, "name": "\x1b[2JMentions\nx", "description": ""})
    peer.create(PUBLISH, {})

    result = told(environ, "lint")
    assert '  Topic " [2JMentions x" (' in result.stdout


def test_nothing_is_changed_at_courier(environ: dict[str, str], peer: Peer) -> None:
    peer.requests()
    told(environ, "lint")

    assert [(method, path) for method, path, _ in peer.requests()] == [
        ("GET", "/preferences/sections"),
        ("GET", "/audit-events"),
    ]
