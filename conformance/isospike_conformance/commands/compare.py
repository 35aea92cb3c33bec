"""``isospike compare``: one network on several backends; what it does is in `isospike_conformance.comparison`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isospike.cli.boundary import boundary

__all__ = ["compare"]


def compare(
    file: Annotated[Path, typer.Argument(help="A network: FILE.toml, or FILE.py with a build() function.")],
    backends: Annotated[str, typer.Option(help="The reference and others, such as numpy,jax,torch:compiled.")],
    precision: Annotated[str | None, typer.Option(help="float32 or float64.")] = None,
    numerics: Annotated[str | None, typer.Option(help="fast, or exact: the same bits on every backend.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of connectivity, initial values and noise.")] = None,
    duration: Annotated[str | None, typer.Option(help='How long to run side by side, such as "1 s".')] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Seeds of each side for level L2; 0 leaves it out.")] = 8,
    seed_duration: Annotated[str, typer.Option(help="Length of each after a warm-up of 500 ms.")] = "10 s",
    html: Annotated[Path | None, typer.Option(help="Write a report: one file, readable offline.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write everything as JSON.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace earlier reports.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Say whether backends run a network identically, or where, when and why they part.

    Exit code 0 where what the numerics promises holds: the same bits in exact, the same statistics in fast numerics;
    1 where it does not, 2 for bad input.
    """
    with boundary(debug):
        from isospike_conformance.commands.comparing import compare_file

        settings = {"precision": precision, "numerics": numerics, "seed": seed, "duration": duration}
        files = {"html": html, "json": json}
        passed = compare_file(file, backends, settings, seeds, seed_duration, files, force=force, quiet=quiet)
        if not passed:
            raise typer.Exit(1)
