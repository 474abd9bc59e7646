"""The history of choices: one entry per change, newest first, with what was before."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from courier.types.preference_change_log_entry import PreferenceChangeLogEntry

from app.sandbox.paging import encode
from app.sandbox.server import create_sandbox
from tests.contract.conftest import KEY, Running, Seed, running

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def hourly(seed: Seed) -> Iterator[Running]:
    """A sandbox whose clock goes on by a minute whenever somebody looks."""
    ticks = itertools.count()
    app = create_sandbox(
        api_key=KEY, clock=lambda: NOON + timedelta(minutes=next(ticks))
    )
    assert seed.topics()
    with running(app) as sandbox:
        yield sandbox


def entries(sandbox: Running, **query: str | int) -> list[PreferenceChangeLogEntry]:
    return sandbox.sdk.workspace_preferences.list_logs(
        extra_query={"user_id": "someone", **query}
    ).items


def test_every_change_has_one_entry_with_what_was_before(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    sandbox.choose(due, status="OPTED_OUT")
    sandbox.choose(due, status="OPTED_OUT")
    sandbox.choose(
        due, status="OPTED_IN", has_custom_routing=True, custom_routing=["sms"]
    )
    sandbox.http.delete(f"/users/someone/preferences/{due}")
    newest, middle, oldest = entries(sandbox)
    assert oldest.previous is None
    assert (oldest.status, oldest.topic_name) == ("OPTED_OUT", "Due dates")
    assert middle.previous
    assert (middle.previous.status, middle.custom_routing) == ("OPTED_OUT", ["sms"])
    assert newest.previous
    assert (newest.status, newest.previous.custom_routing) == ("OPTED_IN", ["sms"])
    assert newest.custom_routing == []


def test_bulk_changes_and_deletions_are_logged_too(
    sandbox: Running, seed: Seed
) -> None:
    topics = [
        {"topic_id": seed.topic(name), "status": "OPTED_OUT"}
        for name in ("Due dates", "Mentions")
    ]
    path = "/users/someone/preferences"
    sandbox.http.post(path, json={"topics": topics})
    sandbox.http.put(path, json={"topics": topics[:1]})
    logged = [(entry.topic_name, entry.status) for entry in entries(sandbox)]
    assert logged == [
        ("Mentions and replies", "OPTED_IN"),
        ("Mentions and replies", "OPTED_OUT"),
        ("Due dates", "OPTED_OUT"),
    ]


def test_a_refused_change_is_not_logged(sandbox: Running, seed: Seed) -> None:
    sandbox.choose(seed.topic("Security"), status="OPTED_OUT")
    assert entries(sandbox) == []


def test_the_topics_name_is_the_one_at_the_time(sandbox: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    sandbox.choose(due, status="OPTED_OUT")
    sandbox.sdk.workspace_preferences.topics.replace(
        due,
        section_id=seed.section("Projects"),
        name="Deadlines",
        default_status="OPTED_IN",
    )
    assert entries(sandbox)[0].topic_name == "Due dates"


def test_pages_do_not_move_when_new_entries_arrive(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    for status in ("OPTED_OUT", "OPTED_IN", "OPTED_OUT"):
        sandbox.choose(due, status=status)
    logs = sandbox.sdk.workspace_preferences.list_logs
    first = logs(user_id="someone", limit=2)
    assert first.paging.more
    assert first.paging.cursor
    sandbox.choose(due, status="OPTED_IN")
    second = logs(user_id="someone", limit=2, cursor=first.paging.cursor)
    assert [entry.previous for entry in second.items] == [None]
    assert second.paging.more is False
    assert second.paging.cursor is None


def test_the_default_page_has_25_entries(sandbox: Running) -> None:
    page = sandbox.sdk.workspace_preferences.list_logs()
    assert len(page.items) == 25
    stamps = [entry.timestamp for entry in page.items]
    assert stamps == sorted(stamps, reverse=True)


def test_since_is_a_date_or_a_moment(hourly: Running, seed: Seed) -> None:
    due = seed.topic("Due dates")
    for status in ("OPTED_OUT", "OPTED_IN"):
        hourly.choose(due, status=status)
    newest, oldest = entries(hourly)
    assert newest.timestamp > oldest.timestamp
    assert entries(hourly, since=newest.timestamp) == [newest]
    assert len(entries(hourly, since="2026-11-20")) == 2
    assert entries(hourly, since="2026-11-21") == []


def test_a_tenant_narrows_the_changes_of_a_user(sandbox: Running, seed: Seed) -> None:
    sandbox.choose(seed.topic("Due dates"), status="OPTED_OUT")
    sandbox.choose(
        seed.topic("Mentions"), tenant="harbor-collective", status="OPTED_OUT"
    )
    (entry,) = entries(sandbox, tenant_id="harbor-collective")
    assert (entry.topic_id, entry.tenant_id) == (
        seed.topic("Mentions"),
        "harbor-collective",
    )
    assert len(entries(sandbox)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "tenant_id=x",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B23:59",
        "since=9999-12-31T23:59:59-23:59",
        "limit=0",
        "limit=x",
        "limit=" + "9" * 5000,
        "cursor=nonsense",
        "cursor=" + encode("x|²"),
        "cursor=" + encode("x|" + "9" * 30),
        "cursor=é",
    ],
)
def test_a_faulty_query_is_refused(sandbox: Running, query: str) -> None:
    answer = sandbox.http.get(f"/preferences/logs?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid_request_error"
