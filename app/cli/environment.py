"""What every command asks of its surroundings: settings, and a ledger in order."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click
import structlog

from app import logs
from app.ledger.database import missing_file
from app.ledger.errors import LedgerDown, SchemaNewer
from app.ledger.schema import waiting
from app.parts import Outside, Parts, create_parts
from app.settings import Settings, SettingsFault

MAKE_IT = (
    "The database that DATABASE_URL names has no tables yet, or older ones. Is it the "
    "right one? `python -m app migrate` makes what is missing, as `serve` does."
)


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
    """The parts of this process, on a ledger that is there and as this version has it.

    A look makes no file and changes no table, or a wrong path would look well.
    """
    settings = settings or settings_given()
    log_to_stderr()
    with in_order():
        if missing_file(settings.database_url.get_secret_value()):
            raise click.ClickException(MAKE_IT)
        parts = create_parts(settings, Outside())
        with closing(parts.center):
            if waiting(parts.database):
                raise click.ClickException(MAKE_IT)
            yield parts
