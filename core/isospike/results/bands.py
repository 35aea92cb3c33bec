"""The bands of a raster: cells that share a colour, and their spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isospike.results.population import Population
from isospike.results.result import Result

__all__ = ["COLOURS", "Band", "bands"]

# Okabe and Ito (2008): told apart by colour-blind readers, and in print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#666666")


@dataclass(frozen=True, eq=False)
class Band:
    """Cells that share a colour, and their spikes; rows count over all populations."""

    label: str
    colour: str
    size: int
    first: int  # row of the first cell
    steps: NDArray[np.int64]
    rows: NDArray[np.int64]


def bands(result: Result) -> list[Band]:
    """Return one band for each group of each recorded population, from the bottom of the raster upwards."""
    found: list[Band] = []
    offset = 0
    for population in result.recorded:
        steps, neurons = result.train(population.name)
        rows = neurons.astype(np.int64) + offset
        for part, ranges in _parts(population).items():
            inside = np.zeros(len(neurons), bool)
            for start, stop in ranges:
                inside |= (neurons >= start) & (neurons < stop)
            label = ".".join(filter(None, (population.name if len(result.recorded) > 1 else "", part)))
            size = sum(stop - start for start, stop in ranges)
            colour = COLOURS[len(found) % len(COLOURS)]
            first = offset + ranges[0][0]
            found.append(Band(label or population.name, colour, size, first, steps[inside], rows[inside]))
        offset += population.size
    return found


def _parts(population: Population) -> dict[str, list[tuple[int, int]]]:
    """Return the groups, and the cells in none as ``other``; without groups, the population as ``""``."""
    gaps, end = [], 0
    for start, stop in sorted(population.groups.values()):
        if start > end:
            gaps.append((end, start))
        end = max(end, stop)
    if end < population.size or not population.groups:
        gaps.append((end, population.size))
    parts = {group: [ends] for group, ends in population.groups.items()}
    return parts | ({"other" if parts else "": gaps} if gaps else {})
