"""Whether the database is there, has our tables, and takes what is written."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import ArgumentError

from app.checks.line import Line, bad, ok, unsure
from app.ledger import schema
from app.ledger.database import Database, missing_file
from app.ledger.errors import LedgerDown, SchemaNewer
from app.ledger.queue import Queue
from app.settings import Settings

GIVEN = "DATABASE_URL"
MIGRATE = "`serve` does it when it starts, or run `python -m app migrate`"


def database(settings: Settings) -> Line:
    return _looked(settings, _tables)


def backlog(settings: Settings) -> Line:
    """What waits for Courier, and whether it has waited for too long."""
    elsewhere = unsure("cannot be counted", "see the line of the database")
    return _looked(settings, _waiting, elsewhere)


def _looked(
    settings: Settings, look: Callable[[Database], Line], instead: Line | None = None
) -> Line:
    """Looks without making a file, which would belong to whoever runs the check.

    `instead`: what to say where it cannot be looked at.
    """
    given = settings.database_url.get_secret_value()
    try:
        path = missing_file(given)
    except (ArgumentError, ValueError):  # whose text may hold the password
        told = f"{GIVEN} cannot be read as an address"
        cure = "write what is special in its password as %40, %3A, %2F"
        return instead or bad(told, cure)
    if path:
        return instead or _unmade(path)
    with closing(Database(given)) as found:
        try:
            return look(found)
        except LedgerDown as fault:
            reason = " ".join(str(fault).split())
            cure = f"see whether the server runs, and {GIVEN}, its user and rights"
            return instead or bad(f"out of reach: {reason}", cure)
        except SchemaNewer as fault:
            told = str(fault).partition(" Start")[0]
            return instead or bad(told, "start the version that made them, or a newer")


def _tables(found: Database) -> Line:
    waiting = schema.waiting(found)
    kind = "SQLite" if found.is_sqlite else "PostgreSQL"
    if waiting:
        schema.try_to_change(found)
        told = f"{kind}, without {len(waiting)} migrations: {', '.join(waiting)}"
        return unsure(told, MIGRATE)
    if not found.can_write():
        cure = "see whether its disk is full, and whether this user may write"
        return bad(f"{kind} can be read, and not written", cure)
    return ok(f"{kind}, up to date, takes writes")


def _waiting(found: Database) -> Line:
    if schema.waiting(found):
        return unsure("there are not all tables yet", MIGRATE)
    waits = Queue(found).backlog()
    if waits.overdue:
        told = f"{waits.overdue} choices could not be delivered for more than a week"
        return bad(told, "see `python -m app ledger drift`, and the log for the reason")
    return ok(f"{waits.pending} choices wait, the oldest for {waits.oldest:.0f} s")


def _unmade(path: Path) -> Line:
    folder = next(parent for parent in path.parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return unsure("there is no file yet, and one can be made", MIGRATE)
    cure = f"let this user write to {folder}, or set {GIVEN}"
    return bad("there is no file, and none can be made", cure)
