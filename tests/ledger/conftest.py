"""Every test of the ledger runs on a SQLite file and on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import delete, update

from app.ledger.database import Database
from app.ledger.schema import migrate
from app.ledger.stafftables import (
    erasure_requests,
    staff_entries,
    staff_sessions,
    staff_signins,
)
from app.ledger.tables import answers, choices, entries, erasures
from app.parts import Outside, Parts, create_parts
from app.settings import Settings
from tests.conftest import SECRET, Clock, Later
from tests.ledger.acts import Books
from tests.peer import BUDGET, KEY, Peer
from tests.postgres import Cluster


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Without drawings of every frame, which cost more than what is tested."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgresql_server(cluster: Cluster) -> Iterator[Database]:
    url = cluster.create("ledger")
    database = Database(url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def sqlite(tables: Path, tmp_path: Path) -> str:
    path = tmp_path / "ledger.db"
    shutil.copy(tables, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql(postgresql_server: Database) -> str:
    with postgresql_server.noting() as connection:
        staff = (staff_entries, staff_sessions, staff_signins, erasure_requests)
        for table in (choices, erasures, entries, *staff):
            connection.execute(delete(table))
        connection.execute(update(answers).values(at=0))
    return postgresql_server.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty ledger's address, on either database."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def books(url: str, clock: Clock) -> Iterator[Books]:
    books = Books.opened(url, clock)
    yield books
    books.database.close()


@pytest.fixture
def settings(peer: Peer, url: str) -> Settings:
    """The app's parts over this database: `parts`, `app`, `visitor` follow."""
    return Settings.from_environ(
        {
            "COURIER_API_KEY": KEY,
            "COURIER_BASE_URL": peer.url,
            "SECRET_KEY": SECRET,
            "PUBLIC_URL": "http://preferences.example",
            "PRODUCT_NAME": "Tidewell",
            "DATABASE_URL": url,
        }
    )


@pytest.fixture
def parts(settings: Settings, outside: Outside) -> Iterator[Parts]:
    """As everywhere, over tables that are there already."""
    parts = create_parts(settings, outside)
    yield parts
    parts.center.close()


@pytest.fixture
def patience() -> float:
    """Seconds that the app waits for Courier; a test may say how many."""
    return BUDGET


@pytest.fixture
def outside(clock: Clock, later: Later, patience: float) -> Outside:
    return Outside(now=clock, monotonic=clock, budget=patience, spawn=later)
