"""A result in a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isospike.results.population import Population
from isospike.results.rates import firing_rate

if TYPE_CHECKING:
    from isospike.results.result import Result

__all__ = ["summary"]


def summary(result: Result) -> str:
    """Return the duration, then one line for each population with its rates and for each trace."""
    lines = [f"Result of {result.duration_ms:.6g} ms ({result.steps} steps of {result.dt_ms:g} ms)"]
    lines += [f"  {_population(result, population)}" for population in result.populations]
    for name, trace in result.traces.items():
        shape = " x ".join(map(str, trace.values.shape))
        lines.append(f"  {name}: {shape} {trace.values.dtype}, {trace.unit}")
    return "\n".join(lines)


def _population(result: Result, population: Population) -> str:
    head = f"{population.name}: {population.size} cells"
    if population not in result.recorded:
        return f"{head}, spikes not recorded"
    parts = []
    for group, (start, stop) in population.ranges().items():
        spikes = len(result.train(population.name, group)[0])
        rate = f"{firing_rate(spikes, stop - start, result.duration_ms):.3g} Hz"
        parts.append(f"{group} {rate}" if group else f"{head}, {spikes} spikes, {rate}")
    return f"{parts[0]} ({', '.join(parts[1:])})" if parts[1:] else parts[0]
