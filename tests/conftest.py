"""What every test may lean on: a Courier, an app in front of it, three people.

Alice has a link; Bob has one in a tenant; Charlie's is not a link at all.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from flask import Flask
from hypothesis import settings as hypothesis_settings

from app.factory import create_app
from app.ledger.database import Database
from app.ledger.schema import migrate
from app.links import DAY, Links, Scope
from app.parts import Outside, Parts, create_links, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.sandbox.seeding import SEED
from app.settings import Settings
from tests.house.client import Visitor
from tests.peer import BUDGET, KEY, Peer, running_peer
from tests.postgres import Cluster, running_cluster

hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.set_exc_info,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

SECRET = "a-secret-key-of-the-tests-long-enough"
ALICE = Recipient("user-ada")
BOB = Recipient("lin wei 07", "harbor-collective")


@dataclass
class Clock:
    """Time that a test moves; seconds since whenever."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Later:
    """Background work that a test does when it wants."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@dataclass
class LedgerFile:
    """The ledger's database as seen from outside, where it can be spoilt."""

    path: Path

    def spoil(self) -> None:
        """Nothing can be recorded any more; what is there can be read."""
        self._run("ALTER TABLE entries RENAME TO elsewhere")

    def mend(self) -> None:
        self._run("ALTER TABLE elsewhere RENAME TO entries")

    def lose(self, table: str = "choices") -> None:
        """Nothing can be read either."""
        self._run(f"ALTER TABLE {table} RENAME TO lost")

    def find(self) -> None:
        self._run("ALTER TABLE lost RENAME TO choices")

    def freeze(self) -> None:
        """What is there can be read and not be changed."""
        self._run(
            "CREATE TRIGGER frozen BEFORE UPDATE ON choices "
            "BEGIN SELECT RAISE(ABORT, 'frozen'); END"
        )

    def _run(self, statement: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")
            connection.execute(statement)


@pytest.fixture(scope="session")
def session_peer() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def peer(session_peer: Peer) -> Peer:
    session_peer.reset()
    return session_peer


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL, started by the first test that asks for it."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def settings(peer: Peer, tmp_path: Path) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": KEY,
            "COURIER_BASE_URL": peer.url,
            "SECRET_KEY": SECRET,
            "PUBLIC_URL": "http://preferences.example",
            "PRODUCT_NAME": "Tidewell",
            "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db",
        }
    )


@pytest.fixture
def outside(clock: Clock, later: Later) -> Outside:
    return Outside(
        now=clock, monotonic=clock, budget=BUDGET, sleep=clock.sleep, spawn=later
    )


def with_tables(database: Database, tables: Path) -> None:
    """Begins a file that is not there yet as a copy: to make them takes a while."""
    path = Path(str(database.url.database))
    if database.is_sqlite and not path.exists():
        shutil.copy(tables, path)


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file with all its tables and nothing in them."""
    path = tmp_path_factory.mktemp("tables") / "ledger.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def parts(settings: Settings, outside: Outside, tables: Path) -> Iterator[Parts]:
    parts = create_parts(settings, outside)
    with_tables(parts.database, tables)
    migrate(parts.database)
    yield parts
    parts.center.close()


@pytest.fixture
def database_url(settings: Settings, tables: Path) -> str:
    """Of a ledger that is there, for a process of its own."""
    url = settings.database_url.get_secret_value()
    path = Path(url.removeprefix("sqlite:///"))
    if not path.exists():
        shutil.copy(tables, path)
    return url


@pytest.fixture
def app(settings: Settings, outside: Outside, parts: Parts) -> Flask:
    return create_app(settings, outside, parts)


@pytest.fixture
def ledger_file(parts: Parts) -> LedgerFile:
    return LedgerFile(Path(str(parts.database.url.database)))


@pytest.fixture
def deliver(parts: Parts, clock: Clock) -> Callable[[], int]:
    """Delivers what waits, a minute and a bit later; gives how many were due."""

    def deliver() -> int:
        clock.seconds += 61
        due = parts.delivery.due(100)
        for choice in due:
            parts.delivery.deliver(choice)
        return len(due)

    return deliver


@pytest.fixture
def links(settings: Settings, clock: Clock) -> Links:
    return create_links(settings, clock)


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


@pytest.fixture
def mint(links: Links) -> Callable[..., str]:
    """A path that unsubscribes Alice: of a topic, a section, or everything."""

    def mint(days: float = 0, **subject: str) -> str:
        earlier = links.ahead(-days * DAY)
        token = earlier.mint(Scope.UNSUBSCRIBE, ALICE, subject=Subject(**subject))
        return f"/u/{token}"

    return mint


@pytest.fixture
def old_alice(links: Links) -> str:
    """Her link of 31 days ago, which can only turn things off."""
    token = links.ahead(-31 * DAY).mint(Scope.PREFERENCES, ALICE, "a•••@example.com")
    return f"/p/{token}"


@pytest.fixture(scope="session")
def topic_ids() -> dict[str, str]:
    """The seeded topics' ids by name."""
    sections = json.loads(SEED.read_text("utf-8"))["sections"]
    return {t["name"]: t["id"] for section in sections for t in section["topics"]}
