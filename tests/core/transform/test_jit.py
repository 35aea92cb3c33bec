from __future__ import annotations

from typing import Any

import brainunit
import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import ParameterError, TraceError
from isospike.graph.aval import dtype_name
from isospike.transform import cache_info, for_loop, jit


def test_a_function_is_traced_once_for_each_shape_dtype_and_unit(backend: str) -> None:
    calls: list[Any] = []
    double = jit(lambda x: calls.append(x) or 2 * x)
    arguments = [1.0, 2.0, np.ones(3), np.zeros(3), 1, 1 * u.mV, 2 * u.mV, 1 * u.volt]
    results = [double(x) for x in arguments]
    assert len(calls) == 5
    assert [float(np.sum(np.asarray(u.split(r)[0]))) for r in results] == [2, 4, 6, 0, 2, 2, 4, 2]


def test_the_second_call_compiles_nothing_and_an_equal_function_neither(backend: str) -> None:
    jit(lambda x: iso.math.tanh(x) * 3.0 - 1.0)(np.ones(7))
    before = cache_info().compiles
    jit(lambda y: iso.math.tanh(y) * 5.0 - 2.0)(np.zeros(7))
    assert cache_info().compiles == before


def test_a_state_written_only_in_jit_keeps_its_value(backend: str) -> None:
    total = iso.LongTermState(np.zeros(2) * u.mV)

    @jit
    def add(x: Any) -> None:
        """Add to the total."""
        total.value = total.value + x

    assert add.__doc__ == "Add to the total."
    for x in (1.0, 2.0):
        assert add(x * u.mV) is None
    np.testing.assert_array_equal(u.split(total.value)[0], [3, 3])


def test_a_state_that_is_written_and_never_read_is_stored(backend: str) -> None:
    state = iso.ShortTermState(np.zeros(2))
    jit(lambda x: setattr(state, "value", x))(np.array([1.0, 2.0]))
    for_loop(lambda x: setattr(state, "value", state.value * 0 + x), np.array([[3.0, 4.0], [5.0, 6.0]]))
    np.testing.assert_array_equal(state.value, [5, 6])


def test_a_change_of_the_environment_is_seen(backend: str) -> None:
    step = jit(lambda x: x * (environ.get_dt() / u.ms))
    assert float(step(1.0)) == pytest.approx(0.1)
    with environ.context(dt=0.5 * u.ms):
        assert float(step(1.0)) == 0.5
    with environ.context(precision="float64"):
        assert dtype_name(step(1.0).dtype) == "float64"


def test_a_change_of_a_parameter_is_seen(backend: str) -> None:
    cell = iso.init_all_states(iso.LIF(2, tau=10 * u.ms, V_th=100 * u.mV))
    run = jit(lambda: (cell(10 * u.mA), cell.V.value)[1])
    slow = float(u.split(run())[0][0])
    cell.tau = 1 * u.ms
    iso.init_all_states(cell)
    assert float(u.split(run())[0][0]) == pytest.approx(10 * (1 - np.exp(-0.1)), rel=1e-6)
    assert slow == pytest.approx(10 * (1 - np.exp(-0.01)), rel=1e-5)


def test_keyword_arguments_and_nested_values_pass(backend: str) -> None:
    result = jit(lambda x, *, y: {"s": x["a"] + y, "n": None})({"a": 1.0}, y=(2.0))
    assert float(result["s"]) == 3.0
    assert result["n"] is None


def test_jit_in_jit_is_one_program(backend: str) -> None:
    inner = jit(lambda x: x + 1)
    before = cache_info().traces
    assert float(jit(lambda x: inner(x) * 2)(1.0)) == 4.0
    assert cache_info().traces == before + 1


@pytest.mark.parametrize("result", ["text", object()])
def test_a_function_returns_arrays(result: Any, numpy_backend: None) -> None:
    with pytest.raises(TraceError, match="return arrays"):
        jit(lambda: result)()


def test_an_error_leaves_the_cache_usable(backend: str) -> None:
    fail = [True]

    def step(x: Any) -> Any:
        if fail[0]:
            raise RuntimeError
        return x

    compiled = jit(step)
    with pytest.raises(RuntimeError):
        compiled(1.0)
    fail[0] = False
    assert float(compiled(1.0)) == 1.0


@pytest.mark.parametrize("value", [np.float32(0.1), np.array([1e-40, np.inf, -0.0], np.float32)])
def test_float32_values_pass_bit_for_bit(value: Any, backend: str) -> None:
    assert np.asarray(jit(lambda x: x)(value)).tobytes() == value.tobytes()


@pytest.mark.parametrize("value", [2**40, np.int64(2**40), -(2**40)])
def test_an_integer_argument_beyond_32_bits_is_refused(numpy_backend, value):
    with pytest.raises(ParameterError, match="does not fit into"):
        jit(lambda x: x)(value)


def test_an_integer_constant_beyond_32_bits_is_refused_with_its_line(numpy_backend):
    with pytest.raises(ParameterError, match=r"constant in .*test_jit.py:\d+ holds the integer 1099511627776"):
        jit(lambda x: x + 2**40)(np.int32(1))


@pytest.mark.parametrize("value", [np.array([1j]), np.array(["a"]), np.array([object()])])
def test_arrays_that_are_no_numbers_are_refused(numpy_backend, value):
    with pytest.raises(TraceError, match="pass booleans, integers or floats"):
        jit(lambda x: x)(value)


@pytest.mark.parametrize("function", [np.exp, brainunit.math.exp])
def test_a_foreign_function_on_a_quantity_is_named_with_its_line(numpy_backend, function):
    with pytest.raises(TraceError, match=r"test_jit.py:\d+ calls a function .* iso.math.exp"):
        jit(lambda x: function(x))(3.0 * u.mV)
