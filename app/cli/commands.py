"""The commands, each read from its module when it is wanted: serving needs few."""

import gc
import sys
from importlib import import_module
from types import ModuleType

import click

MODULES = {
    "serving": ("serve", "deliver"),
    "trying": ("demo", "sandbox", "provider", "preview"),
    "check": ("check", "migrate"),
    "ledger": ("history", "ledger"),
    "links": ("link", "link inspect", "revoke"),
    "lint": ("lint",),
    "mail": ("mail", "canary"),
}
"""The names of the commands, some of two words, by the module that has them."""

FOUND = {name: module for module, names in MODULES.items() for name in names}


class Lazily(click.Group):
    """Reads a command's module when it is wanted, and knows some of two words.

    Reference: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click
        return sorted(FOUND)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  click's own
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in FOUND:
            return None
        module = _read(f"app.cli.{FOUND[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.rsplit(maxsplit=1)[-1])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = " ".join(args[:2])
        if name in FOUND:
            return name, self.get_command(ctx, name), args[2:]
        return super().resolve_command(ctx, args)


def _read(name: str) -> ModuleType:
    """What is imported stays: to look through it for garbage takes a while, in vain."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A notification preference center in front of Courier."""
