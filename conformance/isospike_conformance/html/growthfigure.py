"""The distance of two runs as time goes on."""

from __future__ import annotations

import numpy as np

from isospike_conformance.comparison import Candidate, Comparison
from isospike_conformance.html.svg import ACCENT, INK, new_figure, tidy, to_svg

__all__ = ["growth_figure"]

_COLOURS = (ACCENT, "#1f8fc4", "#2f9e5b", "#a869c9", "#c79a1b", "#8a8f98")


def growth_figure(comparison: Comparison, candidate: Candidate, key: str) -> str:
    """Return as SVG the largest difference in each State against time, on a logarithmic axis."""
    growth, dt = candidate.lane.growth, comparison.case.dt_ms
    figure = new_figure(9.6, 3.0)
    axes = figure.subplots()
    shown = {state: curve for state in growth.units if np.isfinite(curve := growth.curve(state)).all() and curve.any()}
    for (state, curve), number in zip(shown.items(), range(len(shown)), strict=True):
        unit = growth.units[state]
        label = state if unit == "1" else f"{state} ({unit})"
        kept = curve > 0
        colour, style = _COLOURS[number % len(_COLOURS)], ("-", "--", ":")[number // len(_COLOURS) % 3]
        marker = "." if kept.sum() < 30 else ""
        axes.plot(
            growth.middles[kept] * dt,
            curve[kept],
            color=colour,
            label=label,
            linewidth=1.1,
            linestyle=style,
            marker=marker,
        )
    axes.set_yscale("log")
    axes.set_xlim(0, growth.steps * dt)
    axes.set_xlabel("Time (ms)")
    axes.set_ylabel("Largest difference, own unit")
    if mismatch := candidate.report.first_spike_mismatch:
        axes.axvline(mismatch.step * dt, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.grid(axis="y", color="#8a8f98", alpha=0.25, linewidth=0.5)
    tidy(axes)
    if shown:
        figure.legend(loc="outside right upper", frameon=False, fontsize=8, labelcolor=INK)
    title = f"Largest difference between {candidate.name} and the reference in {', '.join(shown)}, against time"
    return to_svg(figure, f"{key}-growth", title)
