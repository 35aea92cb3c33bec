from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.graph.aval import Aval
from isospike.graph.derivative import Slope, constant_term, diagonal_derivative
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace, raw


def slope(function: Callable[[Any], Any], trace: Trace, shape: tuple[int, ...] = ()) -> Slope:
    x = trace.symbol(Aval(shape, "float64"))
    return diagonal_derivative(trace, trace.nodes, x, function(x))


SMOOTH = [
    lambda x: x * x * x - 2.0 * x,
    lambda x: iso.math.exp(-x) / (1.0 + x * x),
    lambda x: iso.math.tanh(0.5 * x) ** 3,
    lambda x: iso.math.where(x > 0, x * x, -x),
    lambda x: iso.math.sqrt(x * x + 1.0),
    lambda x: iso.math.exprel(x) + iso.math.sigmoid(x),
    lambda x: iso.math.maximum(x, 0.5) * iso.math.minimum(x, 2.0),
    lambda x: abs(x) / 3.0,
    lambda x: iso.math.log(x * x + 2.0) - iso.math.sin(x),
    lambda x: (2.0 / x) % 0.75,
]


@pytest.mark.parametrize("function", SMOOTH)
def test_the_diagonal_agrees_with_central_differences(function: Callable[[Any], Any], numpy_backend: None) -> None:
    points, h = np.array([-1.3, -0.21, 0.37, 0.9, 3.1]), 1e-6

    def derivative(x: Any) -> Any:
        trace = current_trace()
        assert trace is not None
        y = function(x)
        return diagonal_derivative(trace, list(trace.nodes), x, y).value

    with environ.context(precision="float64"):
        value = iso.transform.jit(derivative)(points)
        above, below = (iso.transform.jit(function)(points + s) for s in (h, -h))
    np.testing.assert_allclose(value, (above - below) / (2 * h), rtol=1e-6, atol=1e-9)


def test_the_slope_of_an_affine_expression_is_a_host_number(trace: Trace) -> None:
    tau, drive = np.float64(10.0), trace.symbol(Aval((), "float64"))
    found = slope(lambda x: (3.0 - x + drive * 2.0) / tau, trace)
    assert found.affine
    assert not isinstance(found.value, Symbol)
    assert found.value == -0.1


def test_the_term_at_zero_completes_an_affine_expression(numpy_backend: None) -> None:
    def rebuild(x: Any, drive: Any) -> Any:
        trace = current_trace()
        assert trace is not None
        y = (3.0 - x + drive * 2.0) / 10.0
        nodes = list(trace.nodes)
        return y, diagonal_derivative(trace, nodes, x, y).value * x + constant_term(trace, nodes, x, y)

    with environ.context(precision="float64"):
        direct, rebuilt = iso.transform.jit(rebuild)(np.array([1.0, -4.0]), 7.0)
    np.testing.assert_allclose(direct, rebuilt, rtol=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: iso.math.sum(x) - x,
        lambda x: iso.math.matmul(np.ones((3, 3)), x) - x,
        lambda x: iso.math.floor(x) - x,
        lambda x: iso.math.where(x > 1.0, 1.0, 0.0) - x,
        lambda x: iso.math.stop_gradient(x) - x,
        lambda x: iso.math.astype(x > 0, "float64") - x,
        lambda x: iso.math.astype(iso.math.astype(x, "int32"), "float64") - x,
    ],
    ids=["sum", "matmul", "floor", "where", "stop_gradient", "bool", "int"],
)
def test_what_mixes_elements_or_jumps_counts_as_constant_and_is_not_affine(
    function: Callable[[Any], Any], trace: Trace
) -> None:
    found = slope(function, trace, (3,))
    assert not found.affine
    if not isinstance(found.value, Symbol):
        assert found.value == -1


def test_what_does_not_depend_on_x_has_the_slope_zero(trace: Trace) -> None:
    other = trace.symbol(Aval((), "float64"))
    found = slope(lambda x: raw.exp(other), trace)
    assert found.value == 0.0
    assert found.affine
