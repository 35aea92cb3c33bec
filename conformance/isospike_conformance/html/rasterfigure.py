"""The spikes of the reference and of a candidate, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare import Train
from isospike_conformance.comparison import Candidate, Comparison
from isospike_conformance.html.svg import ACCENT, INK, new_figure, tidy, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_SPIKES", "raster_figure"]

MOST_SPIKES = 40_000  # on a side; of more, every k-th cell is drawn
_FEW_CELLS = 60
_SHARED = "#8a8f98"

Points = tuple[NDArray[Any], NDArray[Any]]


def raster_figure(comparison: Comparison, candidate: Candidate, key: str) -> str:
    """Return as SVG both rasters on the same axes: grey where both sides spike, in colour where one does alone."""
    dt, sizes = comparison.case.dt_ms, comparison.sizes
    sides = [_stacked(trains, sizes) for trains in (comparison.reference.trains, candidate.lane.trains)]
    every = max(1, -(-max(len(steps) for steps, _ in sides) // MOST_SPIKES))
    sides = [(s[r % every == 0], r[r % every == 0]) for s, r in sides]
    cells = sum(sizes.values())
    figure = new_figure(9.6, 3.6)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    names = (f"reference: {comparison.ways[0].name}", candidate.name)
    for axes, name, own, other in zip(panels, names, sides, sides[::-1], strict=True):
        alone = ~np.isin(_keys(own, cells), _keys(other, cells))
        _draw(axes, own, ~alone, _SHARED, cells, dt)
        _draw(axes, own, alone, ACCENT, cells, dt)
        axes.set_title(name, loc="left", fontsize=9, color=INK)
        axes.set_xlabel("Time (ms)")
        _mark(axes, candidate, dt)
        tidy(axes)
    panels[0].set_xlim(0, comparison.n_steps * dt)
    panels[0].set_ylim(-0.5, cells - 0.5)
    panels[0].locator_params(axis="y", integer=True)
    panels[0].set_ylabel("Neuron" if every == 1 else f"Neuron (1 in {every} shown)")
    title = f"Spikes of the reference (left) and of {candidate.name} (right); in colour those of one side alone"
    return to_svg(figure, f"{key}-rasters", title)


def _draw(axes: Axes, points: Points, shown: NDArray[np.bool_], colour: str, cells: int, dt: float) -> None:
    few = cells <= _FEW_CELLS
    axes.plot(
        points[0][shown] * dt,
        points[1][shown],
        color=colour,
        linestyle="none",
        marker="|" if few else ".",
        markersize=min(14.0, 150.0 / cells) if few else 2.6 if shown.size < MOST_SPIKES / 4 else 1.8,
        markeredgewidth=0.8 if few else 0.0,
        rasterized=not few,
    )


def _mark(axes: Axes, candidate: Candidate, dt: float) -> None:
    """Mark the first step at which a State differs, and that of the first spike that does."""
    report = candidate.report
    if report.first_divergent_step is not None:
        axes.axvline(report.first_divergent_step * dt, color=INK, linewidth=1.2)
    if report.first_spike_mismatch is not None:
        axes.axvline(report.first_spike_mismatch.step * dt, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))


def _stacked(trains: dict[str, Train], sizes: dict[str, int]) -> Points:
    """Return steps and rows of all populations, one above the other."""
    first, steps, rows = 0, [], []
    for name, size in sizes.items():
        steps.append(trains[name][0])
        rows.append(trains[name][1] + first)
        first += size
    return np.concatenate(steps), np.concatenate(rows)


def _keys(points: Points, cells: int) -> NDArray[np.int64]:
    return points[0].astype(np.int64) * cells + points[1]
