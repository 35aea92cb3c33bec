"""A result as tables: spikes and rates in pandas, recorded states in xarray, each imported on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isospike.results.intervals import cv_isi
from isospike.results.rates import firing_rate

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from isospike.results.result import Result

__all__ = ["rate_table", "spike_table", "state_dataset"]


def spike_table(result: Result) -> pd.DataFrame:
    """Return one row per spike, with the columns that `Result.spikes` names."""
    import pandas as pd

    arrays = result.spike_arrays
    names = pd.Index([population.name for population in result.populations], dtype="str")
    columns = {
        "step": arrays.step,
        "time": arrays.step * result.dt_ms,
        "population": pd.Categorical.from_codes(arrays.population, categories=names),
        "neuron": arrays.neuron,
    }
    return pd.DataFrame(columns)


def state_dataset(result: Result) -> xr.Dataset:
    """Return one variable per trace over ``time`` (ms) and its own axes, as `Result.states` says."""
    import xarray as xr

    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    for name, suffix in result.samplings().items():
        trace, time = result.traces[name], f"time{suffix}"
        variables[name] = ((time, *(trace.dims or ())), trace.values, {"units": trace.unit})
        coordinates[time] = (time, trace.steps * result.dt_ms, {"units": "ms", "long_name": "time"})
        if trace.neurons is not None and trace.dims:
            coordinates[trace.dims[-1]] = (trace.dims[-1], trace.neurons, {"long_name": "cell"})
        coordinates[f"step{suffix}"] = (time, trace.steps, {"long_name": "time step"})
    return xr.Dataset(variables, coordinates)


def rate_table(result: Result) -> pd.DataFrame:
    """Return one row per recorded population and group: spikes, mean rate and irregularity."""
    import pandas as pd

    rows = []
    for population in result.recorded:
        for group, (start, stop) in population.ranges().items():
            steps, neurons = result.train(population.name, group)
            size, spikes = stop - start, len(steps)
            statistics = firing_rate(spikes, size, result.duration_ms), cv_isi(steps, neurons - start, size)
            rows.append((population.name, group, size, spikes, *statistics))
    return pd.DataFrame(rows, columns=["population", "group", "size", "spikes", "rate_hz", "cv_isi"])
