"""Brings the tables up to date, once for all who start at the same time.

Refuses a database at which a newer version of this program has been.
"""

from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.ledger.database import Database
from app.ledger.errors import SchemaNewer

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = sorted(
    path.stem.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py")
)
"""All that this version knows, the oldest first; their files are named by them."""

NEWEST = REVISIONS[-1]


class _NothingDone(Exception):
    """Takes back what was only tried."""


def migrate(database: Database) -> None:
    """Raises `SchemaNewer`, or `LedgerDown` where the database is out of reach."""
    with database.reading() as connection:
        if _known_or_refuse(connection) == NEWEST:
            return  # without waiting for whoever writes
    with database.recording() as connection:
        if _known_or_refuse(connection) != NEWEST:
            _upgrade(connection)


def waiting(database: Database) -> list[str]:
    """The migrations that it lacks, the next one first; raises as `migrate`."""
    with database.reading() as connection:
        current = _known_or_refuse(connection)
    return [revision for revision in REVISIONS if revision > (current or "")]


def try_to_change(database: Database) -> None:
    """Makes a table and takes it back; raises `LedgerDown` where that is refused."""
    with suppress(_NothingDone), database.recording() as connection:
        connection.exec_driver_sql("CREATE TABLE only_tried (number INTEGER)")
        raise _NothingDone


def _known_or_refuse(connection: Connection) -> str | None:
    current = _current(connection)
    if current is not None and current not in REVISIONS:
        raise SchemaNewer(
            f"The ledger's tables are of revision {current}, which this version does "
            "not know. Start the version that made them, or a newer one."
        )
    return current


def _current(connection: Connection) -> str | None:
    """As Alembic notes it; None where it has never been there."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    """Alembic takes a while to read, which only who has something to do shall wait."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


class Age(StrEnum):
    """How the tables are to what this version of the program expects."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


def age(database: Database) -> Age:
    """Raises `LedgerDown`."""
    with database.reading() as connection:
        found = _current(connection)
    if found == NEWEST:
        return Age.CURRENT
    return Age.OLDER if found is None or found in REVISIONS else Age.NEWER
