from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.errors import ParameterError, ShapeError, UnknownNameError
from isospike.results import Population, Result, Trace

CELLS = Population("cells", 4, {"E": (0, 3), "I": (3, 4)})
INPUT = Population("input", 3)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make(**changes) -> Result:
    arguments = {
        "populations": [CELLS, INPUT],
        "spikes": {"input": (ints(5, 2), ints(1, 0)), "cells": (ints(9, 5, 5, 0), ints(0, 3, 1, 0))},
        "traces": {},
        "dt_ms": 0.5,
        "steps": 10,
    }
    return Result.from_arrays(**arguments | changes)


def test_importing_the_result_side_imports_no_table_or_plot_library() -> None:
    code = (
        "import sys, isospike.results, isospike.results.plot\n"
        "print(sorted({'pandas', 'xarray', 'zarr', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_spikes_are_sorted_by_step_then_population_order_then_neuron() -> None:
    table = make().spikes
    rows = list(zip(table["step"], table["population"], table["neuron"], strict=True))
    assert rows == [
        (0, "cells", 0),
        (2, "input", 0),
        (5, "cells", 1),
        (5, "cells", 3),
        (5, "input", 1),
        (9, "cells", 0),
    ]


def test_spike_table_has_the_promised_columns_and_dtypes() -> None:
    table = make().spikes
    assert list(table.columns) == ["step", "time", "population", "neuron"]
    assert [str(table[c].dtype) for c in ("step", "time", "neuron")] == ["int64", "float64", "int32"]
    assert list(table["population"].cat.categories) == ["cells", "input"]
    np.testing.assert_array_equal(table["time"], table["step"] * 0.5)


def test_a_run_without_spikes_has_the_same_columns() -> None:
    table = make(spikes={"cells": (ints(), ints())}).spikes
    assert len(table) == 0
    assert str(table["neuron"].dtype) == "int32"


@given(st.lists(st.tuples(st.integers(3, 12), st.integers(0, 3)), max_size=30))
def test_every_spike_is_kept_once(spikes) -> None:
    steps, neurons = ints(*(s for s, _ in spikes)), ints(*(n for _, n in spikes))
    result = make(spikes={"cells": (steps, neurons)}, start_step=3)
    assert sorted(spikes) == list(zip(*(a.tolist() for a in result.train("cells")), strict=True))


def test_rates_have_a_row_for_each_population_and_group_with_hand_counted_values() -> None:
    steps, neurons = ints(0, 2, 6, 1, 9), ints(0, 0, 0, 3, 1)
    rates = make(spikes={"cells": (steps, neurons)}).rates()
    assert rates[["population", "group", "size", "spikes"]].to_numpy().tolist() == [
        ["cells", "", 4, 5],
        ["cells", "E", 3, 4],
        ["cells", "I", 1, 1],
    ]
    np.testing.assert_allclose(rates["rate_hz"], [5 / 4 / 0.005, 4 / 3 / 0.005, 1 / 0.005])
    np.testing.assert_allclose(rates["cv_isi"], [1 / 3, 1 / 3, np.nan])  # intervals 2 and 4


def test_unrecorded_populations_are_not_reported_as_silent() -> None:
    result = make(spikes={"cells": (ints(), ints())})
    assert set(result.rates()["population"]) == {"cells"}
    assert "input: 3 cells, spikes not recorded" in repr(result)
    with pytest.raises(UnknownNameError, match=r"Recorded: cells, cells\.E"):
        result.train("input")


def test_train_of_a_group_keeps_the_index_in_the_population() -> None:
    steps, neurons = make().train("cells", "I")
    assert (steps.tolist(), neurons.tolist()) == ([5], [3])


def test_states_have_units_times_and_one_axis_per_sampling() -> None:
    fast, slow = np.arange(10), np.arange(0, 10, 5)
    traces = {
        "cells.V": Trace(np.zeros((10, 4), np.float32), fast, "mV"),
        "input.on": Trace(np.ones((10, 3), bool), fast, "1"),
        "syn.w": Trace(np.zeros((2, 4, 3)), slow, "nS", dims=("post", "pre")),
        "syn.mean": Trace(np.zeros(2), slow, "nS"),
    }
    states = make(traces=traces).states
    assert {name: states[name].dims for name in traces} == {
        "cells.V": ("time", "cells.V_neuron"),
        "input.on": ("time", "input.on_neuron"),
        "syn.w": ("time_2", "post", "pre"),
        "syn.mean": ("time_2",),
    }
    assert [states[name].attrs["units"] for name in traces] == ["mV", "1", "nS", "nS"]
    assert [states[name].dtype for name in traces] == [np.float32, bool, np.float64, np.float64]
    assert states["time_2"].attrs["units"] == "ms"
    np.testing.assert_array_equal(states["time_2"], [0.0, 2.5])
    np.testing.assert_array_equal(states["step_2"], slow)
    assert float(states["cells.V"].sel(time=4.5).sum()) == 0.0


def test_repr_tells_duration_rates_and_states_in_few_lines() -> None:
    traces = {"cells.V": Trace(np.zeros((10, 4), np.float32), np.arange(10), "mV")}
    assert repr(make(traces=traces)).splitlines() == [
        "Result of 5 ms (10 steps of 0.5 ms)",
        "  cells: 4 cells, 4 spikes, 200 Hz (E 200 Hz, I 200 Hz)",
        "  input: 3 cells, 2 spikes, 133 Hz",
        "  cells.V: 10 x 4 float32, mV",
    ]


def test_repr_of_nothing_works() -> None:
    assert repr(make(populations=[], spikes={}, steps=0)) == "Result of 0 ms (0 steps of 0.5 ms)"


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"spikes": {"cell": (ints(), ints())}}, UnknownNameError, "Did you mean 'cells'"),
        ({"spikes": {"cells": (ints(1), ints())}}, ShapeError, "one length"),
        ({"spikes": {"cells": (ints(10), ints(0))}}, ShapeError, "0 to 9.*start_step"),
        ({"spikes": {"cells": (ints(1), ints(4))}}, ShapeError, "0 to 3.*size of the population"),
        ({"spikes": {"cells": (ints(1), ints(-1))}}, ShapeError, "0 to 3"),
        ({"spikes": {"cells": (np.array([1.0]), ints(0))}}, ParameterError, r"astype\('int64'\)"),
        ({"populations": [CELLS, CELLS], "spikes": {}}, ShapeError, "different names"),
        ({"dt_ms": 0.0}, ParameterError, "dt_ms=0.0"),
        ({"dt_ms": float("nan")}, ParameterError, "dt_ms=nan"),
        ({"steps": -1}, ParameterError, "steps=-1"),
    ],
)
def test_arrays_that_disagree_are_refused(changes, error, match) -> None:
    with pytest.raises(error, match=match):
        make(**changes)


@pytest.mark.parametrize("name", ["", "a/b", "..", "time", "step_2", "__x", "a\\b", "a:b", "zarr.json"])
def test_trace_names_that_cannot_be_stored_everywhere_are_refused_before_the_end_of_the_run(name) -> None:
    with pytest.raises(ParameterError, match=r"cells\.V"):
        make(traces={name: Trace(np.zeros(2), np.arange(2), "mV")})


def test_one_axis_cannot_have_two_lengths_or_the_name_of_a_trace() -> None:
    traces = {k: Trace(np.zeros((1, n)), np.arange(1), "mV", ("neuron",)) for k, n in (("a", 2), ("b", 3))}
    with pytest.raises(ShapeError, match="b_neuron"):
        make(traces=traces)
    with pytest.raises(ParameterError, match="in use"):
        make(traces={"a": traces["a"], "neuron": Trace(np.zeros(1), np.arange(1), "mV")})
