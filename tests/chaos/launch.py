"""Starts a part of the app with a clock that can be stepped from outside.

`python -m tests.chaos.launch serve --clock FILE`: the file holds the seconds by
which its clock is wrong. All else comes from the environment, as for the app.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from app import deliver, logs, serve
from app.parts import Outside
from app.settings import Settings


def stepped(file: Path) -> Callable[[], float]:
    def now() -> float:
        return time.time() + float(file.read_text("utf-8"))

    return now


@click.command()
@click.argument("part", type=click.Choice(["serve", "deliver"]))
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--workers", default=4, show_default=True)
def main(part: str, clock: Path, workers: int) -> None:
    settings = Settings.from_environ(os.environ)  # noqa: TID251
    logs.configure()
    outside = Outside(now=stepped(clock))
    if part == "serve":
        serve.run(settings, outside)
    else:
        deliver.run(settings, outside, workers)


if __name__ == "__main__":
    main()
