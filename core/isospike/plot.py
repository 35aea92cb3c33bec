"""The picture of a run: a raster of all spikes above the rates of the populations.

Figures are built from matplotlib's objects, without pyplot: drawing opens no window, needs no display and
changes no setting of the caller's. matplotlib is imported on use only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isospike.analysis import bin_edges, firing_rate, population_rate
from isospike.errors import MissingDependencyError, ResultError
from isospike.result import Population, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["raster"]

# Okabe and Ito (2008): told apart by colour-blind readers, and in print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#666666")
MOST_SPIKES = 200_000  # more are neither seen nor drawn in reasonable time
FEW_CELLS = 60  # up to here a spike is a tick as high as its row, above a dot
MOST_LABELS = 12
BIN_MS = 5.0


@dataclass(frozen=True, eq=False)
class _Band:
    """Cells that share a colour, and their spikes; rows count over all populations."""

    label: str
    colour: str
    size: int
    first: int  # row of the first cell
    steps: NDArray[np.int64]
    rows: NDArray[np.int64]


def raster(result: Result, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw the spikes of a run and, below on the same time axis, the rates of its populations.

    Each group has its colour, or each population that has no groups, and its mean rate in the legend. Where
    there are more than 200 000 spikes, every k-th cell of each group is drawn, always the same ones, and the
    title says so; rates always count all spikes.

    Parameters
    ----------
    result : Result
        What to draw.
    path : path, optional
        Also save the figure here; the suffix gives the format. Points are rasterised, so a PDF stays small.

    Returns
    -------
    Figure

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    ResultError
        If the file cannot be written.

    Examples
    --------
    >>> from isospike.result import Population, Result
    >>> spikes = {"cells": (np.array([3, 9]), np.array([1, 0]))}
    >>> result = Result.from_arrays([Population("cells", 2)], spikes, {}, dt_ms=0.1, steps=1000)
    >>> [axis.get_ylabel() for axis in raster(result).axes]
    ['Neuron', 'Rate (Hz)']
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            f'A plot needs matplotlib ({error}); install it: pip install "isospike[plot]".'
        ) from error

    figure = Figure(figsize=(6.8, 4.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bands = _bands(result)
    _draw_spikes(above, bands, result)
    _draw_rates(below, bands, result)
    _tidy(figure)
    if path is not None:
        _save(figure, path)
    return figure


def _bands(result: Result) -> list[_Band]:
    bands: list[_Band] = []
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
            colour = COLOURS[len(bands) % len(COLOURS)]
            first = offset + ranges[0][0]
            bands.append(_Band(label or population.name, colour, size, first, steps[inside], rows[inside]))
        offset += population.size
    return bands


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


def _draw_spikes(axes: Axes, bands: list[_Band], result: Result) -> None:
    cells = sum(population.size for population in result.recorded)
    spikes = sum(len(band.rows) for band in bands)
    every = -(-spikes // MOST_SPIKES) or 1
    few = cells <= FEW_CELLS
    for band in bands:
        shown = (band.rows - band.first) % every == 0
        axes.plot(
            band.steps[shown] * result.dt_ms,
            band.rows[shown],
            color=band.colour,
            linestyle="none",
            marker="|" if few else ".",
            markersize=min(14.0, 150.0 / max(cells, 1)) if few else 1.6 if spikes < MOST_SPIKES / 4 else 1.1,
            markeredgewidth=0.8 if few else 0.0,
            rasterized=not few,
        )
    axes.locator_params(axis="y", integer=True)
    axes.set_ylim(-0.5, max(cells, 1) - 0.5)
    axes.set_ylabel("Neuron")
    notes = [f"1 in {every} neurons shown"] if every > 1 else []
    notes += [] if bands else ["spikes not recorded"]
    axes.set_title("".join(notes), loc="left", fontsize=8, color="0.35")


def _draw_rates(axes: Axes, bands: list[_Band], result: Result) -> None:
    edges = bin_edges(result.steps, result.dt_ms, BIN_MS)
    times = (edges + result.start_step) * result.dt_ms
    for band in bands:
        local = band.steps - result.start_step
        rate = population_rate(local, band.size, result.dt_ms, result.steps, bin_ms=BIN_MS)
        mean = firing_rate(len(local), band.size, result.duration_ms)
        label = f"{band.label}  {mean:.3g} Hz"
        axes.stairs(rate, times, baseline=None, color=band.colour, linewidth=1.0, label=label)
    axes.set_xlim(times[0], max(times[-1], times[0] + result.dt_ms))
    silent = not any(len(band.steps) for band in bands)
    axes.set_ylim(0.0, 1.0 if silent else None)
    axes.set_ylabel("Rate (Hz)")
    axes.set_xlabel("Time (ms)")


def _tidy(figure: Figure) -> None:
    above, below = figure.axes
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, direction="out")
        axes.xaxis.label.set_fontsize(9)
        axes.yaxis.label.set_fontsize(9)
    figure.align_ylabels()
    handles, labels = below.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles[:MOST_LABELS],
            labels[:MOST_LABELS],
            loc="outside upper right",
            ncols=4,
            frameon=False,
            fontsize=8,
        )


def _save(figure: Figure, path: str | os.PathLike[str]) -> None:
    try:
        figure.savefig(path, dpi=200)
    except (OSError, ValueError) as error:  # matplotlib says ValueError to an unknown suffix
        raise ResultError(
            f"The figure could not be saved as {os.fspath(path)!r}: {error}. Name a file that ends in .png, "
            ".pdf or .svg, in a folder that exists: raster(result, 'raster.png')."
        ) from error
