"""``isospike nir``: what isospike makes of a NIR graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isospike.cli.boundary import boundary

__all__ = ["nir"]


def nir(
    file: Annotated[Path, typer.Argument(help="A graph, FILE.nir.")],
    profile: Annotated[str, typer.Option(help="exact, norse, snntorch or sinabs.")] = "exact",
    dt: Annotated[str | None, typer.Option(help='The step, such as "0.1 ms"; that of the library, or 1 ms.')] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Show how a NIR graph is read: every choice that the file leaves open, node by node."""
    with boundary(debug):
        from isospike import environ
        from isospike.config.quantities import parse_time
        from isospike_nir.loading import load

        with environ.context(dt=parse_time("1 ms")):
            graph = load(file, profile=profile, dt=None if dt is None else parse_time(dt))
        typer.echo(str(graph.audit))
