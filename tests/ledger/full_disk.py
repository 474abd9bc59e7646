"""A process whose disk is full: what it says of the ledger and of a choice.

Run as `python -m tests.ledger.full_disk HOW DATABASE COURIER TOPIC`; prints JSON.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event

from app.ledger.errors import LedgerDown
from app.outcome import Outcome, Rendered
from app.parts import Outside, Parts, create_parts
from app.preferences.rules import Wish
from app.settings import Settings
from tests.conftest import SECRET, Clock
from tests.ledger.acts import OFF, SAM, TRACE, WAS_ON, Books
from tests.peer import BUDGET, KEY


def fill(how: str, path: Path) -> None:
    """No file may grow beyond its size; or the database may have no page more."""
    sizes = [file.stat().st_size for file in path.parent.iterdir()]
    if how == "file":
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes), max(sizes)))


def limit_pages(connection: Any, _record: object) -> None:  # noqa: ANN401
    connection.execute("PRAGMA max_page_count=1").close()


def recorded(books: Books, size: int) -> str:
    try:
        for n in range(400):
            books.choose(OFF, f"{n} {'x' * size}")
    except LedgerDown as fault:
        return str(fault)
    return ""


def chosen(parts: Parts, topic: str) -> Outcome | None:
    was = Rendered(topic, "Due dates", WAS_ON)
    outcome = parts.center.choosing.choose(SAM, was, Wish(is_on=False), TRACE)
    return outcome if isinstance(outcome, Outcome) else None


def main(how: str, database: str, courier: str, topic: str) -> None:
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    if how == "pages":
        event.listen(Engine, "connect", limit_pages)
    clock = Clock()
    books = Books.opened(database, clock)
    values = {"COURIER_API_KEY": KEY, "SECRET_KEY": SECRET, "DATABASE_URL": database}
    urls = {"COURIER_BASE_URL": courier, "PUBLIC_URL": "http://preferences.example"}
    settings = Settings.from_environ(values | urls)
    parts = create_parts(settings, Outside(now=clock, monotonic=clock, budget=BUDGET))
    fill(how, Path(books.database.url.database or ""))
    fault = "".join(recorded(books, size) for size in (4000, 0))
    outcome = chosen(parts, topic)
    told = {
        "fault": fault,
        "trouble": outcome and outcome.trouble,
        "reference": outcome and outcome.reference,
        "is_kept": outcome and outcome.is_kept,
        # A row may need more room than is left, and the probe less: until that is full.
        "can_write": all(parts.database.can_write() for _ in range(400)),
    }
    print(json.dumps(told))  # noqa: T201  this is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
