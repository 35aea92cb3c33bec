"""``python -m isospike_conformance.golden [CASE ...]``: write golden chains anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isospike import registry
from isospike.cli.boundary import boundary
from isospike_conformance.golden.writing import write_golden
from isospike_conformance.plugin import isospike_conformance_cases

CASES = Annotated[list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases to write; all by default.")]
FOLDER = Annotated[Path, typer.Option(help="Where to write; this package by default.", file_okay=False, exists=True)]


def main(cases: CASES = None, folder: FOLDER = Path(__file__).parent) -> None:
    """Run cases on the reference in exact numerics and write what their bits are."""
    with boundary():
        for name in cases or isospike_conformance_cases():
            path = write_golden(registry.resolve("conformance_cases", name), folder)
            typer.echo(f"{path} ({path.stat().st_size} bytes)")


if __name__ == "__main__":
    typer.run(main)
