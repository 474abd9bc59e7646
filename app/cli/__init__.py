"""The command line, and the only place that reads the environment."""

from app.cli.commands import main

__all__ = ["main"]
