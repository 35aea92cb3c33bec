"""Initialisers: what they draw, in which unit, and how they are compared and shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.random.host import HostRandom

SHAPE = (20000,)


def draw(initialiser: Any, shape: tuple[int, ...] = SHAPE, seed: int = 1) -> np.ndarray:
    return np.asarray(u.split(initialiser(shape, HostRandom(seed, "test")))[0])


def test_a_constant_is_the_same_everywhere() -> None:
    assert draw(iso.Constant(-60 * u.mV), (2, 3)).tolist() == [[-60.0] * 3] * 2
    assert draw(iso.Constant(np.arange(3.0)), (2, 3)).tolist() == [[0.0, 1.0, 2.0]] * 2


def test_a_normal_has_its_mean_and_standard_deviation() -> None:
    x = draw(iso.Normal(-65 * u.mV, 5 * u.mV))
    assert x.mean() == pytest.approx(-65, abs=4 * 5 / np.sqrt(x.size))
    assert x.std() == pytest.approx(5, rel=4 / np.sqrt(2 * x.size))


def test_a_limited_normal_moves_what_falls_outside() -> None:
    free, limited = draw(iso.Normal(4.0, 3.0)), draw(iso.Normal(4.0, 3.0, low=0.0, high=9.0))
    assert (limited == np.clip(free, 0, 9)).all()
    assert (free < 0).any()


def test_a_uniform_fills_its_interval_evenly() -> None:
    x = draw(iso.Uniform(-60 * u.mV, -50 * u.mV))
    assert x.min() >= -60
    assert x.max() < -50
    counts = np.histogram(x, 20, (-60, -50))[0]
    expected = x.size / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # 0.1 % of 19 degrees of freedom


@pytest.mark.parametrize("initialiser", [iso.Normal(0.0, 1.0), iso.Uniform(0.0, 1.0)], ids=repr)
def test_draws_depend_on_the_seed_and_the_stream_only(initialiser: Any) -> None:
    assert (draw(initialiser) == draw(initialiser)).all()
    assert (draw(initialiser) != draw(initialiser, seed=2)).any()


def test_units_of_one_dimension_may_differ_in_scale() -> None:
    mixed, plain = (
        iso.Normal(0.04 * u.uS, 15 * u.nS, low=0 * u.mS),
        iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS),
    )
    values = mixed(SHAPE, HostRandom(1, "test"))
    np.testing.assert_allclose(values.to_decimal(u.nS), draw(plain), rtol=1e-12)
    width = iso.Uniform(-60 * u.mV, -0.05 * u.volt)(SHAPE, HostRandom(1, "test"))
    np.testing.assert_allclose(width.to_decimal(u.mV), draw(iso.Uniform(-60 * u.mV, -50 * u.mV)), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: iso.Normal(1 * u.mV, 1 * u.ms), UnitError, r"Normal\(std=\.\.\.\).*ms.*mV"),
        (lambda: iso.Normal(1 * u.mV, 1.0), UnitError, r"Normal\(std=\.\.\.\).*mV"),
        (lambda: iso.Normal(1 * u.mV, 1 * u.mV, low=0.0), UnitError, r"Normal\(low=\.\.\.\).*mV"),
        (lambda: iso.Normal(1.0, -1.0), ParameterError, r"Normal\(mean=1\., std=-1\.\).*negative std"),
        (lambda: iso.Normal(1.0, 1.0, low=2.0, high=0.0), ParameterError, r"low above its high"),
        (lambda: iso.Uniform(1 * u.mV, 2 * u.ms), UnitError, r"Uniform\(high=\.\.\.\).*ms.*mV"),
        (lambda: iso.Uniform(2.0, 1.0), ParameterError, r"Uniform\(low=2\., high=1\.\).*ends below"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_when_it_is_built(
    make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("initialiser", "unit"),
    [
        (iso.Constant(np.zeros(7) * u.mV), u.mV),
        (iso.Constant(1.0), None),
        (iso.Normal(1 * u.nS, 0.1 * u.nS), u.nS),
        (iso.Uniform(0 * u.ms, 1 * u.ms), u.ms),
    ],
    ids=repr,
)
def test_the_unit_is_known_without_a_shape(initialiser: Any, unit: Any) -> None:
    assert initialiser.unit() == unit


@pytest.mark.parametrize(
    ("initialiser", "shown"),
    [
        (iso.Constant(0.0 * u.mV), "Constant(value=0. mV)"),
        (iso.Constant(1.5), "Constant(value=1.5)"),
        (iso.Normal(-65 * u.mV, 5 * u.mV), "Normal(mean=-65. mV, std=5. mV)"),
        (iso.Normal(4.0, 1.0, low=0.0), "Normal(mean=4., std=1., low=0.)"),
        (iso.Uniform(-60 * u.mV, -50 * u.mV), "Uniform(low=-60. mV, high=-50. mV)"),
    ],
)
def test_it_is_shown_as_it_is_written(initialiser: Any, shown: str) -> None:
    assert repr(initialiser) == shown


def test_a_state_that_becomes_infinite_is_refused(numpy_backend: None) -> None:
    cell = iso.LIF(3, V_th=15 * u.mV, V_initializer=iso.Constant(np.array([0.0, -np.inf, 1.0]) * u.mV))
    with pytest.raises(ParameterError, match=r"LIF\.V .*not finite"):
        iso.init_all_states(cell)


def test_any_function_of_shape_and_stream_initialises(numpy_backend: None) -> None:
    cell = iso.LIF(4, V_th=15 * u.mV, V_initializer=lambda shape, rng: rng.integers(shape, 9) * u.mV)
    V = np.asarray(iso.init_all_states(cell).V.value.mantissa)
    assert V.tolist() == [float(x) for x in HostRandom(0, "LIF.V").integers(4, 9)]
    wrong = iso.LIF(4, V_th=15 * u.mV, V_initializer=lambda shape, rng: np.zeros(3) * u.mV)
    with pytest.raises(ShapeError, match=r"LIF\.V"):
        iso.init_all_states(wrong)
