"""The picture of a run: a raster of all spikes above the rates of the populations.

Figures are built from matplotlib's objects, without pyplot: drawing opens no window, needs no display and
changes no setting of the caller's. matplotlib is imported on use only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from isospike.results.bands import Band, bands
from isospike.results.figure import new_figure, save_figure
from isospike.results.rates import bin_edges, firing_rate, population_rate
from isospike.results.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["raster"]

MOST_SPIKES = 200_000  # more are neither seen nor drawn in reasonable time
FEW_CELLS = 60  # up to here a spike is a tick as high as its row, above a dot
MOST_LABELS = 12
BIN_MS = 5.0


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
    >>> import numpy as np
    >>> from isospike.results import Population, Result
    >>> spikes = {"cells": (np.array([3, 9]), np.array([1, 0]))}
    >>> result = Result.from_arrays([Population("cells", 2)], spikes, {}, dt_ms=0.1, steps=1000)
    >>> [axis.get_ylabel() for axis in raster(result).axes]
    ['Neuron', 'Rate (Hz)']
    """
    figure = new_figure(height=4.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    drawn = bands(result)
    _draw_spikes(above, drawn, result)
    _draw_rates(below, drawn, result)
    _tidy(figure)
    if path is not None:
        save_figure(figure, path)
    return figure


def _draw_spikes(axes: Axes, drawn: list[Band], result: Result) -> None:
    cells = sum(population.size for population in result.recorded)
    spikes = sum(len(band.rows) for band in drawn)
    every = -(-spikes // MOST_SPIKES) or 1
    few = cells <= FEW_CELLS
    for band in drawn:
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
    notes += [] if drawn else ["spikes not recorded"]
    axes.set_title("".join(notes), loc="left", fontsize=8, color="0.35")


def _draw_rates(axes: Axes, drawn: list[Band], result: Result) -> None:
    edges = bin_edges(result.steps, result.dt_ms, BIN_MS)
    times = (edges + result.start_step) * result.dt_ms
    for band in drawn:
        local = band.steps - result.start_step
        rate = population_rate(local, band.size, result.dt_ms, result.steps, bin_ms=BIN_MS)
        mean = firing_rate(len(local), band.size, result.duration_ms)
        label = f"{band.label}  {mean:.3g} Hz"
        axes.stairs(rate, times, baseline=None, color=band.colour, linewidth=1.0, label=label)
    axes.set_xlim(times[0], max(times[-1], times[0] + result.dt_ms))
    silent = not any(len(band.steps) for band in drawn)
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
