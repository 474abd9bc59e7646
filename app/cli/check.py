"""The commands of an operator: is all in order, and are the tables up to date?"""

from contextlib import closing

import click
import structlog
from structlog.typing import EventDict

from app import checks
from app.cli.environment import in_order, log_to_stderr, settings_given
from app.ledger import schema
from app.ledger.database import Database


@click.command()
def check() -> None:
    """Say of everything that serving needs whether it is in order.

    A line for each: ok, !! with what to do, ?? for what deserves a look, and -- for
    what is not set. The exit code is 1 where any line has !!.
    """
    settings = settings_given()
    _say_nothing_else()
    lines = list(checks.run(settings))
    for name, line in lines:
        click.echo(line.told(name))
    raise click.exceptions.Exit(int(any(line.is_bad for _, line in lines)))


@click.command()
def migrate() -> None:
    """Bring the ledger's tables up to date, and do nothing else.

    `serve` and `deliver` do so as well when they start.
    """
    settings = settings_given()
    log_to_stderr()
    with (
        in_order(),
        closing(Database(settings.database_url.get_secret_value())) as found,
    ):
        made = schema.waiting(found)
        schema.migrate(found)
    click.echo(f"Done: {', '.join(made)}." if made else "Nothing to do.")


def _say_nothing_else() -> None:
    """A line of the check says all; the log's would be the same in other words."""
    structlog.configure(processors=[_drop])


def _drop(_logger: object, _name: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent
