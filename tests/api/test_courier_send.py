"""docs/courier-send.md: its examples are accepted, and it tells the truth.

The sandbox stands for Courier; Courier's own SDK says where fields may stand.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from courier import Courier
from courier.types.send_message_params import Message
from courier.types.shared_params.channel import Channel
from courier.types.shared_params.message_providers_type import MessageProvidersType

from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, create_parts
from app.settings import Settings
from tests.api.conftest import Backend, Json
from tests.conftest import Later
from tests.peer import KEY, Peer

PAGE = Path(__file__).parent.parent.parent / "docs" / "courier-send.md"
TEXT = PAGE.read_text("utf-8")
EXAMPLES: list[Json] = [
    json.loads(block)
    for block in re.findall(r"```json\n(.+?)```", TEXT, flags=re.DOTALL)
]
OF_TOPIC = [e for e in EXAMPLES if "preferences" in e["message"]]
FRESH = EXAMPLES[-1]
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def sdk(peer: Peer) -> Iterator[Courier]:
    with Courier(api_key=KEY, base_url=peer.url, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
def fate(peer: Peer, sdk: Courier) -> Callable[[Json], str]:
    """What becomes of a send: its status at Courier."""

    def fate(body: Json) -> str:
        taken = peer.create("/send", body)
        return str(sdk.messages.retrieve(taken["requestId"]).status)

    return fate


def about(example: Json, topic_id: str) -> Json:
    """The example with a topic of the sandbox in the place of yours."""
    whole: Json = json.loads(json.dumps(example).replace("TOPIC_ID", topic_id))
    whole["message"]["preferences"] = {"subscription_topic_id": topic_id}
    return whole


def choose(peer: Peer, topic_id: str, tenant: str | None = None, **own: object) -> None:
    query = f"?tenant_id={tenant}" if tenant else ""
    path = f"/users/user-ada/preferences/{topic_id}{query}"
    peer.replace(path, {"topic": own})


def test_there_are_the_examples_that_the_page_speaks_of() -> None:
    assert len(EXAMPLES) == 3
    assert len(OF_TOPIC) == 2


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_accepted(example: Json, fate: Callable[[Json], str]) -> None:
    assert fate(example) == "SENT"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_uses_only_fields_that_courier_s_sdk_has(example: Json) -> None:
    message = example["message"]

    assert set(message) <= set(Message.__annotations__)
    for channel in message.get("channels", {}).values():
        assert set(channel) <= set(Channel.__annotations__)
    for provider in message.get("providers", {}).values():
        assert set(provider) <= set(MessageProvidersType.__annotations__)


def test_every_field_in_the_table_is_one_of_the_sdk_s() -> None:
    fields = re.findall(r"^\| `message\.(\w+)", TEXT, flags=re.MULTILINE)

    assert len(set(fields)) >= 7
    assert set(fields) <= set(Message.__annotations__)


@pytest.mark.parametrize("example", OF_TOPIC)
def test_both_headers_are_there_and_lead_to_an_unsubscribe_link(example: Json) -> None:
    (provider,) = example["message"]["providers"].values()
    body = provider["override"]["body"]
    pairs = body.get("headers") or {h["Name"]: h["Value"] for h in body["Headers"]}

    assert set(pairs) == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert re.fullmatch(r"<https://[^/]+/u/[^>]+>", pairs["List-Unsubscribe"])
    assert pairs["List-Unsubscribe-Post"] == ONE_CLICK


@pytest.mark.parametrize("example", OF_TOPIC)
def test_a_send_of_a_topic_is_held_back_by_an_opt_out(
    example: Json,
    peer: Peer,
    topic_ids: dict[str, str],
    fate: Callable[[Json], str],
) -> None:
    send = about(example, topic_ids["Due dates"])
    assert fate(send) == "SENT"
    tenant = example["message"].get("context", {}).get("tenant_id")
    choose(peer, topic_ids["Due dates"], tenant, status="OPTED_OUT")
    assert fate(send) == "FILTERED"


def test_a_choice_within_a_tenant_counts_only_there(
    peer: Peer, topic_ids: dict[str, str], fate: Callable[[Json], str]
) -> None:
    due = topic_ids["Due dates"]
    choose(peer, due, "harbor-collective", status="OPTED_OUT")
    within = about(EXAMPLES[0], due)
    without = about(EXAMPLES[1], due)

    assert within["message"]["context"]["tenant_id"] == "harbor-collective"
    assert fate(within) == "FILTERED"
    assert fate(without) == "SENT"


def test_a_fresh_link_is_what_the_page_says_and_names_no_topic(
    settings: Settings, outside: Outside, peer: Peer, later: Later
) -> None:
    own = settings.model_copy(update={"fresh_link_template": "TEMPLATE_ID"})
    parts = create_parts(own, outside)
    migrate(parts.database)
    backend = Backend(create_app(own, outside, parts))
    backend.post("/api/links/revoke", {"user_ids": ["user-ada"]})
    peer.requests()
    later.run()
    parts.center.close()

    ((_, path, body),) = peer.writes()
    assert path == "/send"
    assert body
    data = body["message"].pop("data")
    expected = json.loads(json.dumps(FRESH))
    expected["message"].pop("data")
    assert set(data) == set(FRESH["message"]["data"]) == {"preferences_url"}
    assert data["preferences_url"].startswith("http://preferences.example/p/")
    assert body == expected


def test_an_optional_topic_or_a_digest_would_swallow_a_fresh_link(
    peer: Peer, topic_ids: dict[str, str], fate: Callable[[Json], str]
) -> None:
    names = ("Due dates", "Tasks assigned to you", "Terms and policy changes")
    due, tasks, terms = (topic_ids[name] for name in names)
    choose(peer, due, status="OPTED_OUT")
    weekly = next(
        topic["digest"]["schedules"][2]["schedule_id"]
        for section in peer.sections()
        for topic in section["topics"]
        if topic["id"] == tasks
    )
    choose(peer, tasks, status="OPTED_IN", digest_schedule_id=weekly)

    assert fate(about(FRESH, due)) == "FILTERED"
    assert fate(about(FRESH, tasks)) == "DIGESTED"
    assert fate(about(FRESH, terms)) == "SENT"
    assert fate(FRESH) == "SENT"


@pytest.mark.parametrize("lacking", ["to", "template"])
def test_what_the_sandbox_judges_is_refused(peer: Peer, lacking: str) -> None:
    message = {k: v for k, v in FRESH["message"].items() if k != lacking}
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        peer.create("/send", {"message": message})
