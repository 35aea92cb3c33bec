"""Surrogates: a step forward, and the derivative of a smooth function backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import UnitError

Host = Callable[[Any], np.ndarray]
FORMULAS: list[tuple[Any, Callable[[np.ndarray], np.ndarray]]] = [
    (iso.ReluGrad(), lambda x: np.maximum(0.3 - 0.3 * abs(x), 0)),
    (iso.ReluGrad(alpha=2.0, width=0.5), lambda x: np.maximum(1 - 2 * abs(x), 0)),
    (iso.Sigmoid(), lambda x: 4 / (2 + np.exp(4 * x) + np.exp(-4 * x))),
    (iso.Sigmoid(alpha=1.5), lambda x: 1.5 / (2 + np.exp(1.5 * x) + np.exp(-1.5 * x))),
]
SURROGATES = pytest.mark.parametrize(("surrogate", "formula"), FORMULAS, ids=[repr(s) for s, _ in FORMULAS])
# Away from the corners of ReluGrad, where a central difference sees both sides.
X = np.linspace(-2, 2, 400) + 1e-3


@SURROGATES
def test_derivative_is_its_formula(numpy_backend: None, host: Host, surrogate: Any, formula: Any) -> None:
    np.testing.assert_allclose(host(surrogate.derivative(X)), formula(X), rtol=1e-12, atol=1e-15)


@SURROGATES
def test_derivative_is_that_of_the_smooth_function(
    numpy_backend: None, host: Host, surrogate: Any, formula: Any
) -> None:
    h = 1e-4
    slope = (host(surrogate.smooth(X + h)) - host(surrogate.smooth(X - h))) / (2 * h)
    np.testing.assert_allclose(host(surrogate.derivative(X)), slope, rtol=1e-6, atol=1e-9)


@SURROGATES
def test_spikes_are_a_step_that_includes_zero(backend: str, host: Host, surrogate: Any, formula: Any) -> None:
    x = np.array([-np.inf, -1.0, -1e-30, -0.0, 0.0, 1e-30, 1.0, np.inf])
    expected = [0, 0, 0, 1, 1, 1, 1, 1]
    assert host(iso.transform.jit(surrogate)(x)).tolist() == expected
    assert host(surrogate(x)).tolist() == expected


@SURROGATES
def test_the_gradient_through_a_spike_is_the_formula(surrogate: Any, formula: Any) -> None:
    jax = pytest.importorskip("jax")
    from isospike_jax.spike import spike

    def derivative(x: Any) -> Any:
        return surrogate.derivative(x)

    with jax.enable_x64(True):
        x = jax.numpy.asarray(X)
        slope = jax.grad(lambda x: (3.0 * spike(x, (), derivative)).sum())(x)
        np.testing.assert_allclose(np.asarray(slope), 3 * formula(X), rtol=1e-12, atol=1e-15)
        tangent = jax.jvp(lambda x: spike(x, (), derivative), (x,), (2.0 * x,))[1]
        np.testing.assert_allclose(np.asarray(tangent), 2 * X * formula(X), rtol=1e-12, atol=1e-15)


def test_a_value_with_a_unit_is_refused(numpy_backend: None) -> None:
    with pytest.raises(UnitError, match=r"ReluGrad\(alpha=0\.3, width=1\.0\).*mV.*V_th - V_reset"):
        iso.ReluGrad()(1 * u.mV)


def test_the_surrogate_changes_no_spike_of_a_neuron(backend: str, host: Host) -> None:
    runs = []
    for spk_fun in (iso.ReluGrad(), iso.Sigmoid(alpha=9.0)):
        cell = iso.init_all_states(iso.LIF(3, V_th=15 * u.mV, spk_fun=spk_fun))
        run = iso.transform.for_loop(lambda cell=cell: cell(np.array([10.0, 20.0, 90.0]) * u.mA), length=200)
        runs.append(host(run))
    assert runs[0].any()
    assert (runs[0] == runs[1]).all()
