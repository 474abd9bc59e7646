"""Starts the server with other bounds than its own, so that a test need not wait.

`python -m tests.serving.launch '{"head": 1}'`: all else comes from the environment.
"""

import json
import os
from dataclasses import replace

import click

from app import logs, serve
from app.parts import Outside
from app.serving.bounds import Bounds
from app.settings import Settings
from tests.peer import BUDGET


@click.command()
@click.argument("changes")
def main(changes: str) -> None:
    settings = Settings.from_environ(os.environ)  # noqa: TID251
    logs.configure()
    bounds = replace(Bounds(), **json.loads(changes))
    serve.run(settings, Outside(budget=BUDGET), bounds)


if __name__ == "__main__":
    main()
