"""Pictures of spikes and of recorded states."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from isospike.analysis.train import as_train
from isospike.errors import UnknownNameError, nearest
from isospike.results import Population, Result, load_result
from isospike.results.bands import COLOURS
from isospike.results.figure import new_figure, save_figure
from isospike.results.plot import raster

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_raster", "plot_traces"]

MOST_LINES = 7  # of a trace; more cannot be told apart


def plot_raster(source: Any, path: str | os.PathLike[str] | None = None, *, dt: Any = None) -> Figure:
    """Draw spikes, and the rates of the populations below; see :func:`isospike.results.plot.raster`.

    Parameters
    ----------
    source, dt
        See `as_train`.
    path : path, optional
        Also save the figure here.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed: ``pip install "isospike[plot]"``.
    ResultError
        If the file cannot be written.
    """
    if isinstance(source, (str, os.PathLike)):
        source = load_result(source)
    if not isinstance(source, Result):
        train = as_train(source, dt=dt)
        spikes = {"cells": (train.steps, train.neurons)}
        cells = Population("cells", train.size)
        source = Result.from_arrays([cells], spikes, {}, dt_ms=train.dt_ms, steps=train.n_steps)
    return raster(source, path)


def plot_traces(source: Any, *names: str, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw recorded states over time, one panel each, of the first seven cells.

    Parameters
    ----------
    source : Result or path
        A result, or the folder of one.
    *names : str
        Which, such as ``"cells.V"``; all by default.
    path : path, optional
        Also save the figure here.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed: ``pip install "isospike[plot]"``.
    UnknownNameError
        If a state was not recorded.
    ResultError
        If the file cannot be written.
    """
    result = source if isinstance(source, Result) else load_result(source)
    wanted = names or tuple(result.traces)
    for name in wanted or ("",):
        if name not in result.traces:
            listed = ", ".join(result.traces) or "none"
            msg = f"plot_traces: no state {name!r} is recorded.{nearest(name, result.traces)} Recorded: {listed}."
            raise UnknownNameError(msg)
    figure = new_figure(height=1.0 + 1.6 * len(wanted))
    panels = figure.subplots(len(wanted), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, wanted, strict=True):
        trace = result.traces[name]
        values = trace.values.reshape(len(trace.steps), -1)[:, :MOST_LINES]
        for line, colour in zip(values.T, COLOURS, strict=False):
            axes.plot(trace.steps * result.dt_ms, line, color=colour, linewidth=0.9)
        axes.set_ylabel(name if trace.unit == "1" else f"{name} ({trace.unit})", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    panels[-1].set_xlabel("Time (ms)", fontsize=9)
    if path is not None:
        save_figure(figure, path)
    return figure
