"""Surrogates: a step forward, and the derivative of a smooth function backward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, UnitError

Host = Callable[[Any], np.ndarray]


def three_gaussians(
    x: np.ndarray, h: float, s: float, sigma: float, scale: float, of: Any = stats.norm.pdf
) -> np.ndarray:
    lobes = of(x, sigma, s * sigma) + of(x, -sigma, s * sigma)
    return scale * ((1 + h) * of(x, 0, sigma) - h * lobes)


FORMULAS: list[tuple[Any, Callable[[np.ndarray], np.ndarray]]] = [
    (iso.ReluGrad(), lambda x: np.maximum(0.3 - 0.3 * abs(x), 0)),
    (iso.ReluGrad(alpha=2.0, width=0.5), lambda x: np.maximum(1 - 2 * abs(x), 0)),
    (iso.Sigmoid(), lambda x: 4 / (2 + np.exp(4 * x) + np.exp(-4 * x))),
    (iso.Sigmoid(alpha=1.5), lambda x: 1.5 / (2 + np.exp(1.5 * x) + np.exp(-1.5 * x))),
    (iso.PiecewiseQuadratic(), lambda x: np.maximum(1 - abs(x), 0)),
    (iso.PiecewiseQuadratic(alpha=2.0), lambda x: np.maximum(2 - 4 * abs(x), 0)),
    (iso.PiecewiseExp(), lambda x: 0.5 * np.exp(-abs(x))),
    (iso.PiecewiseExp(alpha=3.0), lambda x: 1.5 * np.exp(-3 * abs(x))),
    (iso.SoftSign(), lambda x: 0.5 / (1 + abs(x)) ** 2),
    (iso.SoftSign(alpha=3.0), lambda x: 1.5 / (1 + 3 * abs(x)) ** 2),
    (iso.Arctan(), lambda x: 0.5 / (1 + (np.pi * x / 2) ** 2)),
    (iso.Arctan(alpha=3.0), lambda x: 1.5 / (1 + (3 * np.pi * x / 2) ** 2)),
    (iso.NonzeroSignLog(), lambda x: 1 / (1 + abs(x))),
    (iso.NonzeroSignLog(alpha=3.0), lambda x: 3 / (1 + 3 * abs(x))),
    (iso.ERF(), lambda x: np.exp(-(x**2)) / np.sqrt(np.pi)),
    (iso.ERF(alpha=3.0), lambda x: 3 * np.exp(-9 * x**2) / np.sqrt(np.pi)),
    (iso.PiecewiseLeakyRelu(), lambda x: np.where(abs(x) <= 1, 0.5, 0.01)),
    (iso.PiecewiseLeakyRelu(c=0.2, w=0.5), lambda x: np.where(abs(x) <= 0.5, 1.0, 0.2)),
    (iso.S2NN(), lambda x: np.where(x < 0, 4 / (2 + np.exp(4 * x) + np.exp(-4 * x)), 1 / (abs(x) + 1))),
    (iso.S2NN(2.0, 0.5), lambda x: np.where(x < 0, 2 / (2 + np.exp(2 * x) + np.exp(-2 * x)), 0.5 / (abs(x) + 1))),
    (iso.QPseudoSpike(), lambda x: (1 + 2 * abs(x)) ** -2.0),
    (iso.QPseudoSpike(alpha=1.5), lambda x: (1 + 4 * abs(x)) ** -1.5),
    (iso.LeakyRelu(), lambda x: np.where(x < 0, 0.1, 1)),
    (iso.LeakyRelu(alpha=0.3, beta=0.6), lambda x: np.where(x < 0, 0.3, 0.6)),
    (iso.LogTailedRelu(), lambda x: np.where(x <= 0, 0, 1 / np.maximum(x, 1))),
    (iso.LogTailedRelu(alpha=0.2), lambda x: np.where(x <= 0, 0.2, 1 / np.maximum(x, 1))),
    (iso.GaussianGrad(), lambda x: 0.5 * stats.norm.pdf(x, scale=0.5)),
    (iso.GaussianGrad(sigma=2.0, alpha=0.7), lambda x: 0.7 * stats.norm.pdf(x, scale=2)),
    (iso.MultiGaussianGrad(), lambda x: three_gaussians(x, 0.15, 6.0, 0.5, 0.5)),
    (iso.MultiGaussianGrad(h=0.3, s=2.0, sigma=0.8, scale=1.5), lambda x: three_gaussians(x, 0.3, 2.0, 0.8, 1.5)),
    (iso.InvSquareGrad(), lambda x: (100 * abs(x) + 1) ** -2.0),
    (iso.InvSquareGrad(alpha=2.0), lambda x: (2 * abs(x) + 1) ** -2.0),
    (iso.SquarewaveFourierSeries(), lambda x: 0.5 * (np.cos(np.pi * x / 4) + np.cos(3 * np.pi * x / 4))),
    (iso.SquarewaveFourierSeries(n=1, T=5.0), lambda x: 0.8 * np.cos(2 * np.pi * x / 5)),
    (iso.SlayerGrad(), lambda x: np.exp(-abs(x))),
    (iso.SlayerGrad(alpha=3.0), lambda x: np.exp(-3 * abs(x))),
]
# What integrates to an error function, which is no operation of isospike: truth is SciPy's.
WITHOUT_SMOOTH = {
    iso.ERF(): lambda x: special.erf(x) / 2,
    iso.ERF(alpha=3.0): lambda x: special.erf(3 * x) / 2,
    iso.GaussianGrad(): lambda x: 0.5 * stats.norm.cdf(x, scale=0.5),
    iso.GaussianGrad(sigma=2.0, alpha=0.7): lambda x: 0.7 * stats.norm.cdf(x, scale=2),
    iso.MultiGaussianGrad(): lambda x: three_gaussians(x, 0.15, 6.0, 0.5, 0.5, stats.norm.cdf),
    iso.MultiGaussianGrad(h=0.3, s=2.0, sigma=0.8, scale=1.5): lambda x: three_gaussians(
        x, 0.3, 2.0, 0.8, 1.5, stats.norm.cdf
    ),
}
SURROGATES = pytest.mark.parametrize(("surrogate", "formula"), FORMULAS, ids=[repr(s) for s, _ in FORMULAS])
# Away from the corners of some, where a central difference sees both sides.
X = np.linspace(-2, 2, 400) + 1e-3


@SURROGATES
def test_derivative_is_its_formula(numpy_backend: None, host: Host, surrogate: Any, formula: Any) -> None:
    np.testing.assert_allclose(host(surrogate.derivative(X)), formula(X), rtol=1e-12, atol=1e-15)


@SURROGATES
def test_derivative_is_that_of_the_smooth_function(
    numpy_backend: None, host: Host, surrogate: Any, formula: Any
) -> None:
    smooth = WITHOUT_SMOOTH.get(surrogate, lambda x: host(surrogate.smooth(x)))
    h = 1e-5
    slope = (smooth(X + h) - smooth(X - h)) / (2 * h)
    np.testing.assert_allclose(host(surrogate.derivative(X)), slope, rtol=1e-5, atol=1e-9)


def test_every_surrogate_is_tested() -> None:
    assert {type(s).__name__ for s, _ in FORMULAS} == set(iso.registry.names("surrogates"))


def test_a_power_without_finite_area_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"QPseudoSpike\(alpha=1\.0\).*above 1"):
        iso.QPseudoSpike(alpha=1.0)


def test_a_series_without_terms_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"SquarewaveFourierSeries\(n=0\), expected a positive number"):
        iso.SquarewaveFourierSeries(n=0)
    with pytest.raises(ParameterError, match=r"SquarewaveFourierSeries\(n=1\.5, T=8\.0\).*whole number of terms"):
        iso.SquarewaveFourierSeries(n=1.5)


NUMBERS = [(type(s), f.name) for s in {type(s): s for s, _ in FORMULAS}.values() for f in fields(s)]


@pytest.mark.parametrize(("cls", "name"), NUMBERS, ids=[f"{cls.__name__}.{name}" for cls, name in NUMBERS])
def test_a_parameter_that_leaves_no_slope_is_refused(cls: Any, name: str) -> None:
    for value in (float("nan"), float("inf"), -1.0, "4"):
        with pytest.raises(ParameterError, match=rf"{cls.__name__}\(.*{name}={value!r}.*expected a"):
            cls(**{name: value})
    with pytest.raises(UnitError, match=rf"{cls.__name__}\({name}=.*mV.*expected a.*: write {cls.__name__}\({name}="):
        cls(**{name: 4 * u.mV})


def test_a_floor_or_a_side_may_be_zero_and_a_steepness_may_not() -> None:
    assert iso.LogTailedRelu(alpha=0).alpha == iso.PiecewiseLeakyRelu(c=0.0).c == iso.MultiGaussianGrad(h=0).h == 0
    for make in (iso.Sigmoid, iso.ReluGrad, iso.Arctan):
        with pytest.raises(ParameterError, match=r"\(alpha=0\), expected a positive number: write"):
            make(alpha=0)


def test_a_surrogate_of_ones_own_may_have_any_finite_number_and_any_part() -> None:
    @dataclass(frozen=True)
    class Shifted(iso.Surrogate):
        by: float = -1.0
        part: Any = None

    assert Shifted(-3.0, "word").by == -3.0
    with pytest.raises(ParameterError, match=r"Shifted\(by=nan\), expected a finite number: write Shifted\(by=-1\.0\)"):
        Shifted(float("nan"))


def test_many_terms_of_the_series_of_a_square_wave_are_a_step(numpy_backend: None, host: Host) -> None:
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    np.testing.assert_allclose(host(iso.SquarewaveFourierSeries(n=400).smooth(x)), [0, 0, 1, 1], atol=2e-3)


@SURROGATES
def test_exact_numerics_has_the_bits_of_the_formula_on_every_backend(
    backend: str, host: Host, surrogate: Any, formula: Any
) -> None:
    with iso.environ.context(numerics="exact", precision="float64", engine="eager" if backend == "torch" else None):
        got = host(iso.transform.jit(surrogate.derivative)(X))
        with iso.environ.context(backend="numpy", engine=None):
            expected = host(iso.transform.jit(surrogate.derivative)(X))
    assert (got == expected).all()
    np.testing.assert_allclose(got, formula(X), rtol=1e-11, atol=1e-14)


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
