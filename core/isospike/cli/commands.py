"""The commands that plugins offer, listed beside those of core; each is imported when it is asked for."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from isospike.cli.boundary import boundary
from isospike.errors import PluginError

__all__ = ["Commands"]


class Commands(TyperGroup):
    """The commands of core, and those of plugins by their names in the registry."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names, those of core first."""
        return [*super().list_commands(ctx), *_offered()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, or ``None`` where there is none of this name."""
        known = super().get_command(ctx, cmd_name)
        return _plugged(cmd_name) if known is None and cmd_name in _offered() else known


def _offered() -> list[str]:
    from isospike import registry  # brings NumPy, for which --version need not wait

    with boundary():
        return registry.names("commands")


def _plugged(name: str) -> Any:
    """Return the command of a plugin; one that cannot be imported says so when it is called."""
    from isospike import registry

    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    try:
        single.command(name)(registry.resolve("commands", name))
    except PluginError as error:
        single.command(name, help="Broken: its plugin cannot be imported.")(_raising(error))
    return typer.main.get_command(single)


def _raising(error: PluginError) -> Any:
    def command() -> None:
        with boundary():
            raise error

    return command
