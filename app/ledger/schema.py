"""Brings the tables up to date, once for all who start at the same time.

Refuses a database at which a newer version of this program has been.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.ledger.database import Database
from app.ledger.errors import SchemaNewer

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Raises `SchemaNewer`, or `LedgerDown` where the database is out of reach."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with database.reading() as connection:
        if _known_or_refuse(connection, config) == newest:
            return  # without waiting for whoever writes
    with database.recording() as connection:
        if _known_or_refuse(connection, config) != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _known_or_refuse(connection: Connection, config: Config) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    if current is not None and current not in {r.revision for r in revisions}:
        raise SchemaNewer(
            f"The ledger's tables are of revision {current}, which this version does "
            "not know. Start the version that made them, or a newer one."
        )
    return current
