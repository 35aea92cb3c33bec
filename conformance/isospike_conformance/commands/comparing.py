"""What ``isospike compare`` does: run, print as it goes, write the reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from isospike.cli.boundary import say
from isospike.config import load
from isospike.config.quantities import parse_time
from isospike.errors import ParameterError
from isospike.units import convert, parse_unit
from isospike_conformance.comparison import Comparison, parse_ways
from isospike_conformance.comparison.text import summary, verdict
from isospike_conformance.destination import check_file, write_file

__all__ = ["compare_file"]


def compare_file(
    file: Path,
    backends: str,
    settings: Mapping[str, Any],
    seeds: int,
    seed_duration: str,
    files: Mapping[str, Path | None],
    *,
    force: bool,
    quiet: bool,
) -> bool:
    """Compare a network file on several backends and return whether what is promised holds.

    Parameters
    ----------
    file : Path
        TOML, or Python with ``build()``.
    backends : str
        The reference and others; see `isospike_conformance.comparison.parse_ways`.
    settings : mapping
        Run settings that win over those of the file; ``None`` leaves the file's.
    seeds : int
        Seeds of each side for level L2.
    seed_duration : str
        Length of each.
    files : mapping of str to Path or None
        Where the reports ``html`` and ``json`` go.
    force : bool
        Replace earlier reports.
    quiet : bool
        Print nothing.
    """
    plan = load(file).with_options(**settings)
    ways = parse_ways(backends, plan.run.precision or "float32")
    comparison = Comparison(plan, ways, _checked(seeds), _seconds(seed_duration))
    for path in filter(None, files.values()):
        check_file(path, force=force)
    render = _renderer() if files["html"] else None
    console = Console(highlight=False, soft_wrap=True, markup=False, quiet=quiet)
    progress = not quiet and sys.stderr.isatty()
    comparison.run(progress=progress)
    console.print(summary(comparison))
    comparison.sample(progress=progress, note=say if progress else lambda text: None)
    for candidate in comparison.candidates:
        console.print(f"\n{verdict(comparison, candidate)}")
    if render and files["html"]:
        write_file(files["html"], render(comparison), force=force)
    if files["json"]:
        text = json.dumps(comparison.as_json(), indent=2, allow_nan=False)
        write_file(files["json"], text + "\n", force=force)
    return comparison.passed


def _renderer() -> Any:
    """Return what makes the report; a missing library is told before the runs, not after."""
    from isospike_conformance.html import render_report, require_libraries

    require_libraries()
    return render_report


def _checked(seeds: int) -> int:
    if seeds == 1:
        raise ParameterError(
            "--seeds 1: one seed shows no spread; expected at least 2, such as --seeds 8, or --seeds 0 to leave level "
            "L2 out."
        )
    return seeds


def _seconds(duration: str) -> float:
    return float(convert(parse_time(duration), parse_unit("second"), what="--seed-duration"))
