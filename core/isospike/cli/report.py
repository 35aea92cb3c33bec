"""The summary of a run, as it is printed."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console
from rich.table import Table

from isospike.results.result import Result

__all__ = ["print_report"]


def print_report(result: Result, folder: Path, files: list[Path], write_s: float) -> None:
    """Print rates and regularity of each population and group, the timings and where the result is."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(_rates(result))
    timings = {**result.manifest["timings"], "write_s": write_s}
    console.print("  ".join(f"{name.removesuffix('_s')} {seconds:.2f} s" for name, seconds in timings.items()))
    backend, factor = result.manifest["backend"], result.manifest["real_time_factor"]
    console.print(f"backend {backend['name']} ({backend['chosen_by']}), {result.manifest['precision']}", markup=False)
    if factor is not None:
        console.print(f"real-time factor {factor:.3g} (seconds of simulation for each second of the network)")
    console.print(f"{folder}: {', '.join(path.name for path in files)}", markup=False)


def _rates(result: Result) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("population")
    for name in ("cells", "spikes", "rate (Hz)", "CV of ISI"):
        table.add_column(name, justify="right")
    for row in result.rates().itertuples():
        name = f"{row.population}.{row.group}" if row.group else row.population
        cv = "-" if math.isnan(row.cv_isi) else f"{row.cv_isi:.2f}"
        table.add_row(name, str(row.size), str(row.spikes), f"{row.rate_hz:.2f}", cv)
    return table
