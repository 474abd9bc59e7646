"""What runs for good: the app, and delivery by itself."""

import socket

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
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where it tells /healthz, /readyz and /metrics; else it listens nowhere.",
)
def deliver(workers: int, port: int | None) -> None:
    """Deliver what waits in the ledger, without serving."""
    settings = settings_given()
    logs.configure()
    door = _listening(settings.host, port) if port else None
    with in_order():
        delivering.run(settings, Outside(), workers, door)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as fault:
        reason = f"{host}, port {port}: {fault.strerror}"
        raise click.ClickException(f"Cannot listen at {reason}") from None
