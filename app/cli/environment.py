"""What every command asks of its surroundings: settings, and a ledger in order."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click
import structlog

from app import logs
from app.ledger.errors import LedgerDown, SchemaNewer
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.settings import Settings, SettingsFault


def settings_given() -> Settings:
    try:
        return Settings.from_environ(os.environ)
    except SettingsFault as fault:
        raise click.ClickException(f"The settings are not in order.\n{fault}") from None


def log_to_stderr() -> None:
    """Unless whoever runs the command has seen to the log already."""
    if not structlog.is_configured():
        logs.configure()


@contextmanager
def in_order() -> Iterator[None]:
    """Turns the ledger's faults into one line and exit code 1."""
    try:
        yield
    except SchemaNewer as fault:
        raise click.ClickException(str(fault)) from None
    except (LedgerDown, OSError) as fault:
        reason = " ".join(str(fault).split())
        raise click.ClickException(f"The database is out of reach: {reason}") from None


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Parts]:
    """The parts of this process, with the ledger's tables up to date."""
    settings = settings or settings_given()
    with in_order():
        parts = create_parts(settings, Outside())
        with closing(parts.center):
            migrate(parts.database)
            yield parts
