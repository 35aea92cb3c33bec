"""The spikes of a result as text, for whatever reads tables."""

from __future__ import annotations

from pathlib import Path

from isospike.results.result import Result

__all__ = ["write_csv"]


def write_csv(result: Result, folder: Path) -> None:
    """Write ``spikes.csv``, with the columns that `Result.spikes` names; times are in ms."""
    result.spikes.to_csv(folder / "spikes.csv", index=False)
