"""The commands that plugins offer: listed beside those of core, each imported on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from isospike import registry
from isospike.cli.boundary import boundary
from isospike.errors import PluginError

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of all plugins; one that cannot be imported says so when it is called."""
    for name in registry.names("commands"):
        app.command(name)(_command(name))


def _command(name: str) -> Callable[..., Any]:
    try:
        command: Callable[..., Any] = registry.resolve("commands", name)
    except PluginError as error:
        reason = str(error)

        def command() -> None:
            with boundary():
                raise PluginError(reason)

        command.__doc__ = "Broken: its plugin cannot be imported."
    return command
