"""``isospike contract``: whether a model or a backend keeps what every one has to."""

from __future__ import annotations

from typing import Annotated

import typer

from isospike.cli.boundary import BUG, boundary
from isospike.cli.completion import offered

__all__ = ["contract"]


def contract(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Models or backends: names, or package.module:Class.", autocompletion=offered("models", "backends")
        ),
    ],
    backend: Annotated[
        list[str] | None,
        typer.Option(
            help="Backend for the checks of models; all installed by default.", autocompletion=offered("backends")
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Check models and backends: units, shapes, batches, precisions, bits, gradients, checkpoints, pages.

    Exit code 0 where all checks pass, 1 where one does not, 2 for bad input.
    """
    with boundary(debug):
        from isospike_conformance.commands.contracting import check_contracts

        if not check_contracts(names, backend):
            raise typer.Exit(BUG)
