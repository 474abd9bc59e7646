"""The command line as a tree: every group's commands, read as they are wanted."""

import click

from app.cli import main


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """A group's own, by name; a name may have two words."""
    context = click.Context(group)
    names = group.list_commands(context)
    found = {name: group.get_command(context, name) for name in names}
    return {name: command for name, command in found.items() if command}


COMMANDS = commands_of(main)
