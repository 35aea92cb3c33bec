from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.transform import cache_info


@pytest.fixture
def cell(backend: str) -> Any:
    return iso.init_all_states(iso.LIF(3, tau=10 * u.ms, V_th=20 * u.mV))


def test_calls_of_one_kind_are_traced_once(cell: Any) -> None:
    before = cache_info().traces
    for current in (25, 26.0, 27):
        cell(current * u.mA)
    cell.get_spike()
    cell.get_spike()
    assert cache_info().traces - before == 3  # integer mantissa, floating mantissa, get_spike


def test_a_call_advances_the_neuron_as_the_closed_form_says(cell: Any) -> None:
    for _ in range(50):
        spikes = cell(10 * u.mA)
    np.testing.assert_allclose(u.split(cell.V.value)[0], 10 * (1 - np.exp(-0.5)), rtol=1e-5)
    np.testing.assert_array_equal(spikes, 0)


def test_a_call_follows_a_changed_parameter(cell: Any) -> None:
    cell(10 * u.mA)
    cell.tau = 1 * u.ms
    iso.init_all_states(cell)
    cell(10 * u.mA)
    np.testing.assert_allclose(u.split(cell.V.value)[0], 10 * (1 - np.exp(-0.1)), rtol=1e-6)


def test_a_changed_parameter_is_traced_again_and_compiled_no_more(cell: Any) -> None:
    cell(10 * u.mA)
    before = cache_info()
    cell.tau = 3 * u.ms
    cell(10 * u.mA)
    assert (cache_info().traces - before.traces, cache_info().compiles - before.compiles) == (1, 0)


def test_another_dt_is_another_program(cell: Any) -> None:
    cell(10 * u.mA)
    iso.init_all_states(cell)
    with environ.context(dt=1 * u.ms):
        cell(10 * u.mA)
    np.testing.assert_allclose(u.split(cell.V.value)[0], 10 * (1 - np.exp(-0.1)), rtol=1e-6)


def test_the_time_of_the_environment_is_an_input(backend: str) -> None:
    class Ramp(iso.Module):
        def update(self) -> Any:
            return environ.get("t") / u.ms

    ramp = iso.init_all_states(Ramp())
    before = cache_info().traces
    values = []
    for i in range(5):
        with environ.context(t=i * 0.1 * u.ms):
            values.append(float(ramp()))
    np.testing.assert_allclose(values, [0, 0.1, 0.2, 0.3, 0.4], rtol=1e-6)
    assert cache_info().traces - before == 1


def test_words_and_numbers_among_the_arguments_are_told_apart(backend: str) -> None:
    class Switch(iso.Module):
        def update(self, x: Any, how: str = "double", n: int = 1) -> Any:
            return (2 * x if how == "double" else x) * n

    switch = iso.init_all_states(Switch())
    results = [
        switch(1.5),
        switch(2.5),
        switch(1.5, "keep"),
        switch(1.5, how="keep"),
        switch(1.5, n=3),
        switch(1.5, n=4),
    ]
    assert [float(r) for r in results] == [3, 5, 1.5, 1.5, 9, 12]


def test_a_model_without_dt_says_how_to_set_it() -> None:
    cell = iso.init_all_states(iso.LIF(3))
    with (
        environ.context(backend="numpy"),
        pytest.raises(iso.errors.EnvironError, match=r"environ\.context\(dt=0\.1"),
    ):
        cell(1 * u.mA)


def test_an_input_of_the_wrong_unit_is_refused_and_changes_nothing(cell: Any) -> None:
    with pytest.raises(iso.errors.UnitError, match=r"in ms, expected one in mA"):
        cell(1 * u.ms)
    assert int(cell.clock.value) == 0


def test_an_eager_value_is_not_changed_by_later_calls(cell: Any) -> None:
    cell(10 * u.mA)
    kept = cell.V.value
    before = np.array(u.split(kept)[0])
    cell(10 * u.mA)
    np.testing.assert_array_equal(u.split(kept)[0], before)
