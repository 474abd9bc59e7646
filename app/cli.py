"""The command line, and the only place that reads the environment."""

import os
import sys
from contextlib import closing

import click

from app import logs
from app.courier.errors import AccessDenied, CourierError
from app.demo import Demo, DemoFault
from app.factory import Outside, create_app, create_courier
from app.links import Links, Scope
from app.preferences.model import Recipient
from app.sandbox.server import create_sandbox, start
from app.serve import Server
from app.settings import Settings, SettingsFault


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A notification preference center in front of Courier."""


@main.command()
def serve() -> None:
    """Serve the app in production, by the environment."""
    settings = _settings()
    logs.configure()
    Server(create_app(settings), settings).run()


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
@click.argument("user_id")
@click.option("--tenant", help="The tenant in whose context the link opens.")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in Scope]),
    default=Scope.PREFERENCES.value,
    show_default=True,
    help="What the link is for.",
)
@click.option("--label", help="Whom the page shows it is for, such as a***@b.com.")
def link(user_id: str, tenant: str | None, scope: str, label: str | None) -> None:
    """Print one signed link for USER_ID and nothing else."""
    settings = _settings()
    try:
        token = Links(settings.keys).mint(
            Scope(scope), Recipient(user_id, tenant), label
        )
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="USER_ID") from None
    click.echo(f"{settings.public_url}/p/{token}")


@main.command()
def check() -> None:
    """Say whether the settings and Courier are in order."""
    settings = _settings()
    logs.configure()
    click.echo("Settings: in order.")
    try:
        with closing(create_courier(settings, Outside())) as courier:
            catalog = courier.catalog()
    except AccessDenied as fault:
        raise click.ClickException(f"Courier refuses the API key: {fault}") from None
    except CourierError as fault:
        raise click.ClickException(f"Courier does not answer: {fault}") from None
    topics = sum(len(section.topics) for section in catalog.sections)
    click.echo(f"Courier: in order, {topics} topics.")


def _settings() -> Settings:
    try:
        return Settings.from_environ(os.environ)
    except SettingsFault as fault:
        raise click.ClickException(f"The settings are not in order.\n{fault}") from None
