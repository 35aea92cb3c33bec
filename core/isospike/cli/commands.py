"""The commands that plugins offer, listed beside those of core; each is imported when it is asked for."""

from __future__ import annotations

import copy
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
        own = super().list_commands(ctx)
        return [*own, *(name for name in _offered() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, or ``None`` where there is none of this name."""
        known = super().get_command(ctx, cmd_name)
        if known is not None:
            return _alone(cmd_name, known)
        return _plugged(cmd_name) if cmd_name in _offered() else None


def _offered() -> list[str]:
    from isospike import registry  # brings NumPy, for which --version need not wait

    with boundary():
        return registry.names("commands")


def _alone(name: str, command: Any) -> Any:
    """Return a command of core that, when it runs and not before, refuses that a plugin offers its name too."""
    found = copy.copy(command)

    def run(*args: Any, **given: Any) -> Any:
        if name in _offered():
            with boundary():
                raise PluginError(_taken(name))
        return command.callback(*args, **given)

    found.callback = run
    return found


def _taken(name: str) -> str:
    from isospike import registry

    owner = next(plugin for plugin in registry.plugins() if name in plugin.offers.get("commands", {}))
    return (
        f"plugin {owner} offers a command {name!r}, which isospike has itself: give it another name, or block the "
        f"plugin: ISOSPIKE_BLOCK={owner.name}"
    )


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
