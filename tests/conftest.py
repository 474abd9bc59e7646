"""What every test may lean on: a Courier, an app in front of it, three people.

Alice has a link; Bob has one in a tenant; Charlie's is not a link at all.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask

from app.factory import Outside, create_app
from app.links import Links, Scope
from app.preferences.model import Recipient
from app.sandbox.seeding import SEED
from app.settings import Settings
from tests.house.client import Visitor
from tests.peer import KEY, Peer, running_peer

SECRET = "a-secret-key-of-the-tests-long-enough"
ALICE = Recipient("user-ada")
BOB = Recipient("lin wei 07", "harbor-collective")


@dataclass
class Clock:
    """Time that a test moves; seconds since whenever."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Later:
    """Background work that a test does when it wants."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@pytest.fixture(scope="session")
def session_peer() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def peer(session_peer: Peer) -> Peer:
    session_peer.reset()
    return session_peer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def settings(peer: Peer) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": KEY,
            "COURIER_BASE_URL": peer.url,
            "SECRET_KEY": SECRET,
            "PUBLIC_URL": "http://preferences.example",
            "PRODUCT_NAME": "Tidewell",
        }
    )


@pytest.fixture
def outside(clock: Clock, later: Later) -> Outside:
    return Outside(now=clock, monotonic=clock, budget=2.0, spawn=later)


@pytest.fixture
def app(settings: Settings, outside: Outside) -> Iterator[Flask]:
    app = create_app(settings, outside)
    yield app
    app.extensions["center"].close()


@pytest.fixture
def links(settings: Settings, clock: Clock) -> Links:
    return Links(settings.keys, clock)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody with a browser and no script, whose every page is checked."""
    return Visitor(app.test_client())


@pytest.fixture
def alice(links: Links) -> str:
    token = links.mint(Scope.PREFERENCES, ALICE, "a•••@example.com")
    return f"/p/{token}"


@pytest.fixture
def bob(links: Links) -> str:
    return f"/p/{links.mint(Scope.PREFERENCES, BOB)}"


@pytest.fixture(scope="session")
def topic_ids() -> dict[str, str]:
    """The seeded topics' ids by name."""
    sections = json.loads(SEED.read_text("utf-8"))["sections"]
    return {t["name"]: t["id"] for section in sections for t in section["topics"]}
