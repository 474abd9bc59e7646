"""`python -m tests.chaos --seconds 600`: the storm on demand, as long as wanted."""

import random
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.databases import NAMES
from tests.chaos.proof import prove
from tests.chaos.storm import LANES


@click.command()
@click.option("--seconds", default=36.0, show_default=True, help="Length of the storm.")
@click.option("--database", type=click.Choice(NAMES), help="Both when not given.")
@click.option("--seed", type=int, help="What goes wrong when; a new one by default.")
@click.option(
    "--without",
    type=click.Choice(LANES),
    multiple=True,
    help="A kind of trouble to leave out; as often as wanted.",
)
def main(
    seconds: float, database: str | None, seed: int | None, without: tuple[str, ...]
) -> None:
    """Choose in a storm, and see that no choice is lost."""
    seed = random.randrange(10**6) if seed is None else seed  # noqa: S311
    is_clean = True
    for name in [database] if database else NAMES:
        directory = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
        click.echo(f"seed {seed}, logs and verdict in {directory}\n")
        calm = frozenset(without)
        proof = prove(name, directory, seconds=seconds, seed=seed, without=calm)
        click.echo(proof.table() + "\n")
        is_clean &= proof.is_clean
    sys.exit(0 if is_clean else 1)


if __name__ == "__main__":
    main()
