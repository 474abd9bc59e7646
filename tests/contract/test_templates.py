"""Templates of messages: both kinds in one list, narrowed and paged, with topics."""

from typing import Any

from courier import Courier
from courier.types.notification_list_response import ResultNotification
from courier.types.notification_template_summary import NotificationTemplateSummary

from app.sandbox.server import create_sandbox
from app.sandbox.templates import save_template
from tests.contract.conftest import Running, Seed, running

STATUSES = {
    "CANCELED",
    "CLICKED",
    "DELAYED",
    "DELIVERED",
    "DIGESTED",
    "ENQUEUED",
    "FILTERED",
    "OPENED",
    "SENT",
    "SIMULATED",
    "THROTTLED",
    "UNDELIVERABLE",
    "UNMAPPED",
    "UNROUTABLE",
}


def names(answer: Any) -> list[str]:  # noqa: ANN401 - of the SDK
    return [found.id for found in answer.results]


def test_both_kinds_of_template_are_listed_with_their_topics(
    sdk: Courier, seed: Seed
) -> None:
    found = {template.id: template for template in sdk.notifications.list().results}

    legacy, newer = found["mention-created"], found["product-news"]
    assert isinstance(legacy, ResultNotification)
    assert legacy.topic_id == seed.topic("Mentions")
    assert isinstance(newer, NotificationTemplateSummary)
    assert newer.topic_id == newer.subscription_topic_id == seed.topic("🚀")
    without = found["preferences-link"]
    assert isinstance(without, NotificationTemplateSummary)
    assert without.topic_id is None


def test_every_seeded_message_has_a_template_but_for_the_unmapped(
    sdk: Courier, seed: Seed
) -> None:
    found = {template.id: template for template in sdk.notifications.list().results}

    for message in seed.whole["messages"]:
        if message["status"] == "UNMAPPED":
            assert message["notification"] not in found
        else:
            topic_id = found[message["notification"]].topic_id
            assert topic_id == message["extras"]["topic_id"]


def test_messages_of_these_statuses_and_reasons_are_seeded(seed: Seed) -> None:
    messages = seed.whole["messages"]

    assert {message["status"] for message in messages} == STATUSES
    assert {message.get("reason") for message in messages} == {
        None,
        "BOUNCED",
        "NO_CHANNELS",
        "NO_PROVIDERS",
        "OPT_IN_REQUIRED",
        "PROVIDER_ERROR",
        "UNPUBLISHED",
        "UNSUBSCRIBED",
    }


def test_templates_are_narrowed_by_event_and_by_all_of_the_tags(sdk: Courier) -> None:
    listed = sdk.notifications.list

    assert names(listed(event_id="invoice-paid")) == ["invoice-paid"]
    assert names(listed(tags="MONEY")) == ["invoice-paid", "invoice-due"]
    assert names(listed(tags="money,tenants")) == ["invoice-paid"]
    assert names(listed(tags="news")) == ["spring-campaign"]
    assert names(listed(tags="money,nothing")) == []


def test_notes_are_told_where_they_are_asked_for(sdk: Courier) -> None:
    def notes(answer: Any) -> set[str | None]:  # noqa: ANN401 - of the SDK
        return {getattr(template, "note", None) for template in answer.results}

    assert notes(sdk.notifications.list()) == {None}
    assert len(notes(sdk.notifications.list(notes=True))) == 2


def test_templates_are_paged() -> None:
    app = create_sandbox(api_key="sandbox-key", seed=None)
    with app.app_context():
        for number in range(21):
            save_template({**TEMPLATE, "id": f"template-{number:02}"})

    with running(app) as sandbox:
        assert_paged(sandbox)


TEMPLATE = {
    "created": 1,
    "creator": "ines",
    "name": "A template",
    "state": "DRAFT",
    "tags": [],
}


def assert_paged(sandbox: Running) -> None:
    first = sandbox.sdk.notifications.list()
    rest = sandbox.sdk.notifications.list(cursor=first.paging.cursor)

    assert (len(first.results), first.paging.more) == (20, True)
    assert (names(rest), rest.paging.more) == (["template-20"], False)
