"""An app whose disk is full: what an operator and a recipient see of it.

Run as `python -m tests.ops.full_disk HOW DATABASE COURIER`; prints JSON.
"""

import json
import sys
from pathlib import Path

import structlog
from sqlalchemy import Engine, event

from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Scope
from app.parts import Outside, create_links, create_parts
from app.settings import Settings
from tests.conftest import ALICE, SECRET
from tests.house.client import Visitor
from tests.ledger.full_disk import fill, limit_pages
from tests.ops.asked import Operator
from tests.peer import BUDGET, KEY


def main(how: str, database: str, courier: str) -> None:
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    values = {"COURIER_API_KEY": KEY, "SECRET_KEY": SECRET, "DATABASE_URL": database}
    urls = {"COURIER_BASE_URL": courier, "PUBLIC_URL": "http://preferences.example"}
    settings = Settings.from_environ(values | urls)
    outside = Outside(budget=BUDGET)
    if how == "pages":
        event.listen(Engine, "connect", limit_pages)
    parts = create_parts(settings, outside)
    if how == "file":
        migrate(parts.database)
    app = create_app(settings, outside, parts)
    operator, visitor = Operator(app), Visitor(app.test_client())
    path = f"/p/{create_links(settings).mint(Scope.PREFERENCES, ALICE)}"
    page = visitor.open(path)
    fill(how, Path(parts.database.url.database or ""))
    while not parts.database.unrecorded:
        is_on = page.topic("Due dates").is_on
        page = visitor.change(page, "Due dates", on=None if is_on else "1")
        page = visitor.open(path) if page.status == 200 else page
    while how == "file" and parts.database.can_write():
        pass
    status, verdict, bad = operator.ready()
    told = {
        "ready": [status, verdict, bad["database"]],
        "is_up": operator.is_up("database"),
        "full": operator.number("ledger_faults_total", fault="full"),
        "disk": operator.number("ledger_faults_total", fault="disk"),
        "page": visitor.open(path).status,
    }
    print(json.dumps(told))  # noqa: T201  this is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
