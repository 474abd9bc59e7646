"""What the tests of unsubscribing lean on: Courier's own word, and other processes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, create_parts
from app.settings import Settings
from tests.conftest import ALICE
from tests.house.client import Visitor
from tests.pages.acts import Elsewhere, Standings, Start, Work
from tests.peer import Peer


@pytest.fixture
def start(settings: Settings, outside: Outside) -> Iterator[Start]:
    """Starts one more process on the same ledger."""
    with ExitStack() as running:

        def start() -> Visitor:
            anew = create_parts(settings, outside)
            running.callback(anew.center.close)
            migrate(anew.database)
            anew.center.is_ready()
            return Visitor(create_app(settings, outside, anew).test_client())

        yield start


@pytest.fixture
def elsewhere(peer: Peer, topic_ids: dict[str, str]) -> Elsewhere:
    """Chooses at Courier itself, so that the ledger never hears of it."""

    def put(name: str, status: str, *channels: str) -> None:
        routing = {"has_custom_routing": bool(channels), "custom_routing": channels}
        path = f"/users/{ALICE.user_id}/preferences/{topic_ids[name]}"
        peer.replace(path, {"topic": {"status": status, **routing}})
        peer.requests()

    return put


@pytest.fixture
def at_courier(peer: Peer, topic_ids: dict[str, str]) -> Standings:
    def stands(name: str) -> tuple[str, list[str]]:
        topic = peer.topic(ALICE.user_id, topic_ids.get(name, name))
        return str(topic["status"]), list(topic.get("custom_routing") or [])

    return stands


@pytest.fixture
def recover(peer: Peer, deliver: Callable[[], int]) -> Work:
    """Courier is back, and gets all that has waited for it."""

    def recover() -> None:
        peer.mend()
        for _ in range(4):
            deliver()

    return recover
