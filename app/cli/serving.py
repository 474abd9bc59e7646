"""What runs for good: the app, and delivery by itself."""

import click

from app import deliver as delivering
from app import logs
from app.cli.environment import in_order, settings_given
from app.parts import Outside
from app.serve import run


@click.command()
def serve() -> None:
    """Serve the app in production, by the environment."""
    settings = settings_given()
    logs.configure()
    with in_order():
        run(settings, Outside())


@click.command()
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
