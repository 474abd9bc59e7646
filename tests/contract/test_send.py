"""Messages: what preferences make of a send, and what can be looked up later."""

from typing import Any

import pytest

from tests.contract.conftest import Running, Seed


def send(
    sandbox: Running, topic: str | None = None, **message: object
) -> dict[str, Any]:
    """Sends to somebody and reads what became of it."""
    whole = {"to": {"user_id": "someone"}, "template": "t", **message}
    if topic is not None:
        whole["preferences"] = {"subscription_topic_id": topic}
    answer = sandbox.http.post("/send", json={"message": whole})
    assert answer.status_code == 202
    found = sandbox.http.get(f"/messages/{answer.json()['requestId']}")
    return dict(found.json())


def test_an_opted_out_send_is_accepted_and_filtered(
    sandbox: Running, seed: Seed
) -> None:
    due = seed.topic("Due dates")
    assert send(sandbox, due)["status"] == "SENT"
    sandbox.choose(due, status="OPTED_OUT")
    filtered = send(sandbox, due)
    assert (filtered["status"], filtered["reason"]) == ("FILTERED", "UNSUBSCRIBED")
    assert send(sandbox)["status"] == "SENT"


def test_a_required_topic_reaches_a_user_with_an_old_opt_out(
    sandbox: Running, seed: Seed
) -> None:
    terms = seed.topic("Terms")
    assert send(sandbox, terms, to={"user_id": "studio/marco"})["status"] == "SENT"


def test_a_digest_holds_messages_until_it_is_released(
    sandbox: Running, seed: Seed
) -> None:
    tasks = seed.whole_topic("Tasks")
    assert send(sandbox, tasks["id"])["status"] == "SENT"
    weekly = tasks["digest"]["schedules"][2]["schedule_id"]
    sandbox.choose(tasks["id"], status="OPTED_IN", digest_schedule_id=weekly)
    held = send(sandbox, tasks["id"])
    assert held["status"] == "DIGESTED"
    sandbox.sdk.workspace_preferences.topics.release_digest(
        tasks["id"], section_id=seed.section("Projects"), user_id="someone"
    )
    assert sandbox.sdk.messages.retrieve(held["id"]).status == "SENT"


def test_neither_content_nor_template_is_refused(sandbox: Running) -> None:
    answer = sandbox.http.post("/send", json={"message": {"to": {"user_id": "x"}}})
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Invalid Request. Either 'content' or 'template' must be defined."
    )


@pytest.mark.parametrize("to", [None, [], "x", ["x"]])
def test_a_message_to_nobody_is_refused(sandbox: Running, to: object) -> None:
    message = {"to": to, "template": "t"}
    answer = sandbox.http.post("/send", json={"message": message})
    assert answer.status_code == 400


def test_a_mailed_link_can_be_followed(sandbox: Running) -> None:
    link = "https://center.example/p/abc.def?x=1"
    send(
        sandbox,
        context={"tenant_id": "harbor-lisbon"},
        content={"title": "Link", "body": f"Open {link} soon, or ({link})."},
        data={"url": "http://other.example/u/1"},
    )
    (sent,) = sandbox.plain.get("/_sandbox/sent").json()["sent"]
    assert sent["links"] == [link, "http://other.example/u/1"]
    assert (sent["recipient"], sent["tenant"]) == ("someone", "harbor-lisbon")
    assert sent["message"]["content"]["title"] == "Link"


def test_each_of_several_recipients_has_a_message(sandbox: Running) -> None:
    to = [{"user_id": "someone"}, {"email": "x@example.com"}]
    message = {"to": to, "template": "t"}
    answer = sandbox.http.post("/send", json={"message": message})
    request_id = answer.json()["requestId"]
    found = sandbox.sdk.messages.list(recipient="x@example.com").results
    assert [entry.id for entry in found] == [f"{request_id}-1"]
    sent = sandbox.plain.get("/_sandbox/sent").json()["sent"]
    assert [entry["request_id"] for entry in sent] == [request_id] * 2


def test_messages_are_narrowed_by_recipient_tenant_and_status(
    sandbox: Running,
) -> None:
    listed = sandbox.sdk.messages.list
    assert len(listed(recipient="user-ada").results) == 5
    (paid,) = listed(recipient="user-ada", tenant_id="harbor-collective").results
    assert paid.status == "DELIVERED"
    some = listed(recipient="user-ada", status=["OPENED", "UNMAPPED"]).results
    assert [message.status for message in some] == ["OPENED", "UNMAPPED"]
    opened = sandbox.sdk.messages.history(some[0].id).results
    steps = [step["type"] for step in opened]
    assert steps == ["ENQUEUED", "SENT", "DELIVERED", "OPENED"]


def test_messages_are_paged(sandbox: Running) -> None:
    for _ in range(21):
        send(sandbox)
    page = sandbox.sdk.messages.list(recipient="someone")
    assert page.paging.more
    rest = sandbox.sdk.messages.list(recipient="someone", cursor=page.paging.cursor)
    assert (len(page.results), len(rest.results)) == (20, 1)


def test_an_unknown_message_is_404(sandbox: Running) -> None:
    for path in ("", "/history", "/output"):
        assert sandbox.http.get(f"/messages/none{path}").status_code == 404


def test_a_tenant_that_is_no_text_is_refused(sandbox: Running) -> None:
    message = {"to": {"user_id": "x"}, "template": "t", "context": {"tenant_id": {}}}
    answer = sandbox.http.post("/send", json={"message": message})
    assert answer.status_code == 400
    assert "'message.context.tenant_id'" in answer.json()["message"]
