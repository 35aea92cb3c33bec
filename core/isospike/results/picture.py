"""The picture of a result."""

from __future__ import annotations

from pathlib import Path

from isospike.results.plot import raster
from isospike.results.result import Result

__all__ = ["write_raster"]


def write_raster(result: Result, folder: Path) -> None:
    """Draw ``raster.png``; see `isospike.results.plot.raster`."""
    raster(result, folder / "raster.png")
