"""The commands; those about the ledger, links and mails have modules of their own."""

import os
import sys
from contextlib import closing

import click

from app import deliver as delivering
from app import logs
from app.cli.environment import in_order, settings_given
from app.cli.ledger import history, ledger
from app.cli.links import inspect, link, revoke
from app.cli.lint import lint
from app.cli.mail import canary, mail
from app.courier.errors import AccessDenied, CourierError
from app.demo import Demo, DemoFault
from app.factory import Outside, create_courier, create_parts
from app.ledger.schema import migrate
from app.preview import run as previewing
from app.sandbox.server import create_sandbox, start
from app.serve import run
from app.settings import Settings


class TwoWords(click.Group):
    """Knows commands of two words beside one of their first word alone."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = " ".join(args[:2])
        if name in self.commands:
            return name, self.commands[name], args[2:]
        return super().resolve_command(ctx, args)


@click.group(cls=TwoWords, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A notification preference center in front of Courier."""


@main.command()
def serve() -> None:
    """Serve the app in production, by the environment."""
    settings = settings_given()
    logs.configure()
    with in_order():
        run(settings, Outside())


@main.command()
@click.option(
    "--workers",
    default=4,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Deliveries at the same time.",
)
def deliver(workers: int) -> None:
    """Deliver what waits in the ledger, without serving."""
    settings = settings_given()
    logs.configure()
    with in_order():
        delivering.run(settings, Outside(), workers)


@main.command()
@click.option("--port", default=8010, show_default=True, help="The port to listen on.")
@click.option(
    "--database",
    default=":memory:",
    show_default="in memory",
    help="The SQLite file to keep everything in.",
)
def sandbox(port: int, database: str) -> None:
    """Serve the embedded Courier alone, on 127.0.0.1."""
    key = os.environ.get("COURIER_API_KEY") or "sandbox-key"
    server = start(create_sandbox(database, api_key=key), port=port)
    click.echo(f"The sandbox answers at http://127.0.0.1:{server.port}", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


@main.command()
@click.option("--port", default=8000, show_default=True, help="The app's port.")
@click.option(
    "--sandbox-port", default=8010, show_default=True, help="The sandbox's port."
)
def demo(port: int, sandbox_port: int) -> None:
    """Run sandbox and app together, and print links to try."""
    try:
        sys.exit(Demo(port, sandbox_port).run())
    except DemoFault as fault:
        raise click.ClickException(str(fault)) from None


@main.command()
@click.option("--port", default=8020, show_default=True, help="The port to listen on.")
def preview(port: int) -> None:
    """Show every state of the pages on one local page, for designers."""
    previewing.quiet()
    try:
        previewing.run(port, _tell_preview)
    except previewing.PreviewFault as fault:
        raise click.ClickException(str(fault)) from None


def _tell_preview(address: str) -> None:
    click.echo(f"Every state of the pages is at {address}")
    click.echo("Press Ctrl-C to stop.")


@main.command()
def check() -> None:
    """Say whether the settings, the database and Courier are in order."""
    settings = settings_given()
    logs.configure()
    click.echo("Settings: in order.")
    _check_ledger(settings)
    try:
        with closing(create_courier(settings, Outside())) as courier:
            catalog = courier.catalog()
    except AccessDenied as fault:
        raise click.ClickException(f"Courier refuses the API key: {fault}") from None
    except CourierError as fault:
        raise click.ClickException(f"Courier does not answer: {fault}") from None
    topics = sum(len(section.topics) for section in catalog.sections)
    click.echo(f"Courier: in order, {topics} topics.")


def _check_ledger(settings: Settings) -> None:
    parts = create_parts(settings, Outside())
    with in_order(), closing(parts.center):
        migrate(parts.database)
        if not parts.database.can_write():
            raise click.ClickException("The database cannot be written.")
        backlog = parts.queue.backlog()
    if backlog.overdue:
        raise click.ClickException(
            f"{backlog.overdue} choices could not be delivered for more than a week."
        )
    click.echo(f"Database: in order, {backlog.pending} choices wait.")


for command in (history, ledger, link, inspect, revoke, mail, canary, lint):
    main.add_command(command)
