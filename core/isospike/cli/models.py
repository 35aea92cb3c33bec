"""``isospike models``: the models that can be named, and the page of each."""

from __future__ import annotations

import inspect
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isospike import registry
from isospike.config.part import accepted, find_class
from isospike.errors import IsospikeError
from isospike.parameter import REQUIRED, Choice, Component, Field, Parameter

__all__ = ["show_model", "show_models"]


def show_models() -> None:
    """Print all models by kind, each with the first line of its page."""
    console = Console(highlight=False)
    for kind in registry.MODEL_KINDS:
        if names := registry.names(kind):
            table = Table(box=None, show_header=False, padding=(0, 1, 0, 1))
            for name in names:
                table.add_row(name, Text(_first_line(kind, name)))
            console.print(Text(kind, style="bold"))
            console.print(table)


def show_model(name: str) -> None:
    """Print a model's signature, its docstring and a table of its declared parameters.

    Raises
    ------
    UnknownNameError
        No plugin offers it.
    """
    cls = find_class(registry.MODEL_KINDS, name)
    typer.echo(f"{name}({', '.join(map(_argument, accepted(cls).items()))})\n\n{inspect.getdoc(cls) or ''}")
    if fields := {key: field for key, field in accepted(cls).items() if isinstance(field, Field)}:
        typer.echo("\nDeclared parameters, as a network file spells them\n")
        Console(highlight=False).print(_parameters(fields))


def _first_line(kind: str, name: str) -> str:
    try:
        return (inspect.getdoc(registry.resolve(kind, name)) or "").partition("\n")[0]
    except IsospikeError as error:
        return f"broken: {error}"


def _argument(item: tuple[str, Field | inspect.Parameter]) -> str:
    name, declared = item
    if declared.default is REQUIRED or declared.default is inspect.Parameter.empty:
        return name
    return f"{name}={declared.default!r}" if isinstance(declared, inspect.Parameter) else f"{name}={_default(declared)}"


def _parameters(fields: dict[str, Field]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("parameter", "unit", "default", "limits", "meaning"):
        table.add_column(column)
    for name, field in fields.items():
        unit = (field.unit or "1") if isinstance(field, Parameter) else ""
        table.add_row(*map(Text, (name, unit, _default(field), _limits(field), field.doc)))
    return table


def _default(field: Field) -> str:
    if field.default is REQUIRED:
        return "required"
    if isinstance(field, Parameter):
        return f'"{field.default:g} {field.unit}"' if field.unit else f"{field.default:g}"
    value: Any = field.default_for(None)
    return repr(value) if isinstance(field, Component) else f'"{value}"'


def _limits(field: Field) -> str:
    if isinstance(field, Choice):
        return " or ".join(field.options)
    if not isinstance(field, Parameter):
        return ""
    sign = "> 0" if field.positive else ">= 0" if field.nonnegative else ""
    usual = "usually {:g} to {:g}".format(*field.plausible) if field.plausible else ""
    return ", ".join(filter(None, (sign, usual)))
