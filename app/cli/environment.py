"""What every command asks of its surroundings: settings, and a ledger in order."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from app.factory import Outside, Parts, create_parts
from app.ledger.errors import LedgerDown, SchemaNewer
from app.ledger.schema import migrate
from app.settings import Settings, SettingsFault


def settings_given() -> Settings:
    try:
        return Settings.from_environ(os.environ)
    except SettingsFault as fault:
        raise click.ClickException(f"The settings are not in order.\n{fault}") from None


@contextmanager
def in_order() -> Iterator[None]:
    """Turns the ledger's faults into one line and exit code 1."""
    try:
        yield
    except SchemaNewer as fault:
        raise click.ClickException(str(fault)) from None
    except (LedgerDown, OSError) as fault:
        raise click.ClickException(f"The database is out of reach: {fault}") from None


@contextmanager
def opened() -> Iterator[Parts]:
    """The parts of this process, with the ledger's tables up to date."""
    parts = create_parts(settings_given(), Outside())
    with in_order(), closing(parts.center):
        migrate(parts.database)
        yield parts
