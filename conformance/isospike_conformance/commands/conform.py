"""``isospike conform``: whether backends and models are as promised; see `isospike_conformance.suite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isospike.cli.boundary import boundary
from isospike.cli.completion import offered

__all__ = ["conform"]


def conform(
    backend: Annotated[
        list[str] | None,
        typer.Option(help="Backend to judge; `isospike backends` lists them.", autocompletion=offered("backends")),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Its device, such as cpu or cuda:0.")] = None,
    engine: Annotated[str | None, typer.Option(help="One of its engines; all that the device has by default.")] = None,
    all_installed: Annotated[bool, typer.Option("--all-installed", help="Judge every installed backend.")] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A model: its name, or package.module:Class.", autocompletion=offered("models")),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(help="Only this case; all cases by default.", autocompletion=offered("conformance_cases")),
    ] = None,
    level: Annotated[list[str] | None, typer.Option(help="Only this level, such as L1; all but L2 by default.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write a certificate.")] = None,
    long: Annotated[bool, typer.Option("--long", help="10 000 steps, a million numbers, every setting.")] = False,
    suite: Annotated[str | None, typer.Option(help="Version of the suite that is relied on, such as 1.0.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Judge backends, or models on all installed backends, by the levels of conformance.

    Exit code 0 where everything that is claimed holds, 1 where something does not, 2 for bad input.
    """
    with boundary(debug):
        from isospike_conformance.commands.conforming import Request, conform_to

        request = Request(
            backends=tuple(backend or ()),
            device=device,
            engine=engine,
            all_installed=all_installed,
            models=tuple(model or ()),
            cases=tuple(case or ()),
            levels=tuple(level or ()),
            long=long,
            suite=suite,
        )
        code = conform_to(request, json, quiet=quiet)
        if code:
            raise typer.Exit(code)
