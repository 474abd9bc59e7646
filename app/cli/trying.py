"""What newcomers and designers try: the demo, its parts alone, and every page."""

import os
import sys

import click

from app.demo import Demo, DemoFault
from app.preview import run as previewing
from app.provider import server as providing
from app.provider.memory import Client
from app.sandbox.server import create_sandbox, start


@click.command()
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


@click.command()
@click.option("--port", default=8011, show_default=True, help="The port to listen on.")
def provider(port: int) -> None:
    """Serve a small OpenID provider for trying out the desk, on 127.0.0.1.

    The one app that it knows is the environment's: PUBLIC_URL, OIDC_CLIENT_ID and
    OIDC_CLIENT_SECRET.
    """
    names = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise click.ClickException(f"Needed as well: {', '.join(missing)}.")
    client = Client(*(os.environ[name] for name in names))
    click.echo(f"The provider answers at http://127.0.0.1:{port}", err=True)
    try:
        providing.run(port, (client,))
    except KeyboardInterrupt:
        return


@click.command()
@click.option("--port", default=8000, show_default=True, help="The app's port.")
@click.option(
    "--sandbox-port", default=8010, show_default=True, help="The sandbox's port."
)
@click.option(
    "--provider-port", default=8011, show_default=True, help="The provider's port."
)
def demo(port: int, sandbox_port: int, provider_port: int) -> None:
    """Run sandbox, provider and app together, and print links to try."""
    try:
        sys.exit(Demo(port, sandbox_port, provider_port).run())
    except DemoFault as fault:
        raise click.ClickException(str(fault)) from None


@click.command()
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
