"""Initialisers: what they draw, in which unit, and how they are compared and shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.canonical import canonical
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.random.host import HostRandom

SHAPE = (20000,)


def draw(initialiser: Any, shape: tuple[int, ...] = SHAPE, seed: int = 1) -> np.ndarray:
    return np.asarray(u.split(initialiser(shape, HostRandom(seed, "test")))[0])


def distance(x: np.ndarray, cdf: Callable[[float], float]) -> float:
    """Return the Kolmogorov-Smirnov distance times sqrt(n); it exceeds 1.95 once in 1000 samples of that cdf."""
    exact, n = np.array([cdf(v) for v in np.sort(x.ravel())]), x.size
    above, below = np.arange(1, n + 1) / n - exact, exact - np.arange(n) / n
    return float(np.sqrt(n) * max(above.max(), below.max()))


def tail(x: float) -> float:
    """Return the standard normal probability of more than x, accurate far out."""
    return 0.5 * math.erfc(x / math.sqrt(2.0))


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


# Variance scaling

SCALED = {
    "KaimingNormal": (iso.KaimingNormal(), 2 / 200),
    "fan_out": (iso.KaimingNormal(mode="fan_out"), 2 / 100),
    "fan_avg": (iso.KaimingNormal(mode="fan_avg"), 2 / 150),
    "scale": (iso.KaimingNormal(0.5, unit=u.mA), 0.5 / 200),
    "KaimingUniform": (iso.KaimingUniform(), 2 / 200),
    "uniform fan_out": (iso.KaimingUniform(3.0, "fan_out", u.nS), 3 / 100),
    "XavierNormal": (iso.XavierNormal(), 2 / 300),
    "XavierUniform": (iso.XavierUniform(4.0, u.nS), 8 / 300),
}


@pytest.mark.parametrize(("initialiser", "variance"), SCALED.values(), ids=SCALED)
def test_a_scaled_matrix_has_the_distribution_of_its_paper(initialiser: Any, variance: float) -> None:
    x, std = draw(initialiser, (200, 100)), math.sqrt(variance)
    uniform = "Uniform" in type(initialiser).__name__
    assert initialiser.variance((200, 100)) == pytest.approx(variance, rel=1e-15)
    assert abs(x.mean()) < 4 * std / np.sqrt(x.size)
    # The variance of a sample's variance is (kurtosis - 1) var**2 / n, with a kurtosis of 1.8 or 3.
    assert x.var() == pytest.approx(variance, rel=4 * np.sqrt((0.8 if uniform else 2.0) / x.size))
    limit = std * math.sqrt(3.0)
    assert distance(x, lambda v: (v + limit) / (2 * limit) if uniform else tail(-v / std)) < 1.95


@pytest.mark.parametrize(
    ("initialiser", "limit"),
    [(iso.KaimingUniform(), math.sqrt(6 / 200)), (iso.XavierUniform(), math.sqrt(6 / 300))],
    ids=repr,
)
def test_a_scaled_uniform_reaches_its_limits_and_stays_within(initialiser: Any, limit: float) -> None:
    x = draw(initialiser, (200, 100))
    # A gap of 20/n of the width is left open at one end by e**-20 of the samples.
    assert -limit <= x.min() < -limit * (1 - 40 / x.size)
    assert limit * (1 - 40 / x.size) < x.max() <= limit


@pytest.mark.parametrize(
    ("initialiser", "variance"),
    [
        (iso.KaimingNormal(), 2 / (3 * 5 * 8)),
        (iso.KaimingUniform(mode="fan_out"), 2 / (3 * 5 * 16)),
        (iso.XavierNormal(), 2 / (3 * 5 * (8 + 16))),
    ],
    ids=repr,
)
def test_the_places_of_a_receptive_field_count_as_inputs_and_outputs(initialiser: Any, variance: float) -> None:
    assert initialiser.variance((3, 5, 8, 16)) == pytest.approx(variance, rel=1e-15)
    assert draw(initialiser, (3, 5, 8, 16)).shape == (3, 5, 8, 16)


@pytest.mark.parametrize("shape", [(), (5,)])
@pytest.mark.parametrize("name", ["KaimingNormal", "KaimingUniform", "XavierNormal", "XavierUniform"])
def test_fewer_than_two_axes_are_refused_with_what_to_draw_instead(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=rf"{name} draws.*\(n_in, n_out\).*iso\.Normal\(0\.0, 0\.1\)") as refused:
        draw(getattr(iso, name)(), shape)
    assert f"asked for {shape}" in str(refused.value)


def test_one_of_a_unit_is_that_unit() -> None:
    in_file = iso.KaimingNormal(unit=1.0 * u.nS)
    assert in_file.unit == u.nS
    assert canonical(in_file) == canonical(iso.KaimingNormal(unit=u.nS)) != canonical(iso.KaimingNormal(unit=u.mS))
    assert iso.KaimingNormal(unit=u.UNITLESS).unit is None


# Truncation

CUT = {
    "both": (iso.TruncatedNormal(0.0, 1.0, low=-0.5, high=1.5), -0.5, 1.5),
    "off centre": (iso.TruncatedNormal(-65.0, 5.0, low=-70.0, high=-64.0), -1.0, 0.2),
    "low": (iso.TruncatedNormal(1 * u.nS, 0.5 * u.nS, low=0 * u.nS), -2.0, math.inf),
    "high": (iso.TruncatedNormal(1.0, 0.5, high=1.2), -math.inf, 0.4),
    "neither": (iso.TruncatedNormal(-3.0, 2.0), -math.inf, math.inf),
    "upper tail": (iso.TruncatedNormal(0.0, 1.0, low=9.0), 9.0, math.inf),
    "lower tail": (iso.TruncatedNormal(0.0, 1.0, high=-30.0), -math.inf, -30.0),
    "piece of a tail": (iso.TruncatedNormal(0.0, 1.0, low=12.0, high=12.1), 12.0, 12.1),
}


@pytest.mark.parametrize(("initialiser", "a", "b"), CUT.values(), ids=CUT)
def test_a_truncated_normal_has_the_density_of_the_normal_between_its_limits(
    initialiser: Any, a: float, b: float
) -> None:
    mean, std = (float(u.split(v)[0]) for v in (initialiser.mean, initialiser.std))
    z = (draw(initialiser) - mean) / std
    near = 1e-12  # of the rounding of mean + std * z
    assert a - near <= z.min()
    assert z.max() <= b + near
    if a > 0:  # the same law, mirrored to where the exact cdf is accurate
        z, a, b = -z, -b, -a
    assert distance(z, lambda v: (tail(-v) - tail(-a)) / (tail(-b) - tail(-a))) < 1.95


def test_truncation_has_the_moments_of_the_closed_form() -> None:
    a, b = -0.5, 1.5
    x = draw(iso.TruncatedNormal(10.0, 4.0, low=8.0, high=16.0))
    density_a, density_b = (math.exp(-0.5 * v * v) / math.sqrt(2 * math.pi) for v in (a, b))
    mass = tail(a) - tail(b)
    shift = (density_a - density_b) / mass
    variance = 16 * (1 + (a * density_a - b * density_b) / mass - shift**2)
    assert x.mean() == pytest.approx(10 + 4 * shift, abs=4 * np.sqrt(variance / x.size))
    assert x.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / x.size))


def test_a_truncated_normal_never_leaves_its_limits_and_has_no_mass_on_them() -> None:
    x = draw(iso.TruncatedNormal(0.3, 0.1, low=0.2, high=0.35))
    assert 0.2 <= x.min() < x.max() <= 0.35
    assert len(np.unique(x)) == x.size
    high = -3.0 + 2.0**-45  # so close that the rounding of probabilities leads out of the limits
    x = draw(iso.TruncatedNormal(0.0, 1.0, low=-3.0, high=high))
    assert -3.0 <= x.min() < x.max() <= high


class Lowest(HostRandom):
    """A stream whose uniform numbers are all the least that there is."""

    def uniform(self, shape: int | tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape)


def test_the_least_uniform_number_gives_a_finite_value_far_out() -> None:
    x = iso.TruncatedNormal(0.0, 1.0)((1,), Lowest(0, "test"))
    assert -9 < x[0] < -8


def test_each_cell_may_have_its_own_limits() -> None:
    mean, low = np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 8.0])
    together = draw(iso.TruncatedNormal(mean, 1.0, low=low, high=low + 2.0), (4000, 3))
    for x, m, a in zip(together.T, mean, low, strict=True):
        ends = tail(a - m), tail(a - m + 2.0)
        assert distance(x, lambda v, m=m, ends=ends: (ends[0] - tail(v - m)) / (ends[0] - ends[1])) < 1.95


@pytest.mark.parametrize(
    "initialiser",
    [*(i for i, _ in SCALED.values()), *(i for i, _, _ in CUT.values())],
    ids=repr,
)
def test_weights_depend_on_the_seed_and_the_stream_only(initialiser: Any) -> None:
    shape = (30, 20)
    first = draw(initialiser, shape)
    assert (draw(initialiser, shape) == first).all()
    assert (draw(initialiser, shape, seed=2) != first).all()
    assert (u.split(initialiser(shape, HostRandom(1, "other")))[0] != first).all()


# Units and parameters


def test_units_of_one_dimension_may_differ_in_scale() -> None:
    mixed, plain = (
        iso.Normal(0.04 * u.uS, 15 * u.nS, low=0 * u.mS),
        iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS),
    )
    values = mixed(SHAPE, HostRandom(1, "test"))
    np.testing.assert_allclose(values.to_decimal(u.nS), draw(plain), rtol=1e-12)
    cut, bare = iso.TruncatedNormal(0.04 * u.uS, 15 * u.nS, low=0 * u.mS), iso.TruncatedNormal(40.0, 15.0, low=0.0)
    np.testing.assert_allclose(cut(SHAPE, HostRandom(1, "test")).to_decimal(u.nS), draw(bare), rtol=1e-12)
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
        (lambda: iso.KaimingNormal(0.0), ParameterError, r"KaimingNormal\(scale=\.\.\.\) is 0\.0.*positive"),
        (lambda: iso.XavierUniform(math.nan), ParameterError, r"XavierUniform\(scale=\.\.\.\) is nan.*positive"),
        (lambda: iso.KaimingUniform(2 * u.nS), ParameterError, r"KaimingUniform\(scale=\.\.\.\) is 2 nS.*unit=u\.nS"),
        (lambda: iso.KaimingNormal(mode="in"), ParameterError, r"KaimingNormal\(mode=\.\.\.\) is 'in'.*'fan_avg'"),
        (lambda: iso.XavierNormal(unit="nS"), ParameterError, r"XavierNormal\(unit=\.\.\.\) is 'nS'.*unit=u\.nS"),
        (lambda: iso.KaimingNormal(unit=2 * u.nS), ParameterError, r"unit=\.\.\.\).*2.*nS.*a factor as scale"),
        (lambda: iso.TruncatedNormal(1 * u.mV, 1.0), UnitError, r"TruncatedNormal\(std=\.\.\.\).*mV"),
        (lambda: iso.TruncatedNormal(1.0, 1.0, high=1 * u.mV), UnitError, r"TruncatedNormal\(high=\.\.\.\).*mV"),
        (lambda: iso.TruncatedNormal(1.0, 0.0), ParameterError, r"mean=1\., std=0\.\).*positive std"),
        (lambda: iso.TruncatedNormal(math.nan, 1.0), ParameterError, r"mean=nan, std=1\.\).*finite mean"),
        (lambda: iso.TruncatedNormal(1.0, 1.0, low=2.0, high=2.0), ParameterError, r"a low below its high"),
        (lambda: iso.TruncatedNormal(1.0, 1.0, low=math.nan), ParameterError, r"a low below its high"),
        (lambda: iso.TruncatedNormal(0.0, 1.0, low=40.0), ParameterError, r"low=40\.\).*no probability.*Uniform"),
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
        (iso.TruncatedNormal(0 * u.mV, 1 * u.mV), u.mV),
        (iso.KaimingNormal(unit=u.nS), u.nS),
        (iso.XavierUniform(), None),
    ],
    ids=repr,
)
def test_the_unit_is_known_without_a_shape(initialiser: Any, unit: Any) -> None:
    assert initialiser.unit == unit
    assert u.split(initialiser((7, 7), HostRandom(1, "test")))[1] == unit


@pytest.mark.parametrize(
    ("initialiser", "shown"),
    [
        (iso.Constant(0.0 * u.mV), "Constant(value=0. mV)"),
        (iso.Constant(1.5), "Constant(value=1.5)"),
        (iso.Normal(-65 * u.mV, 5 * u.mV), "Normal(mean=-65. mV, std=5. mV)"),
        (iso.Normal(4.0, 1.0, low=0.0), "Normal(mean=4., std=1., low=0.)"),
        (iso.Uniform(-60 * u.mV, -50 * u.mV), "Uniform(low=-60. mV, high=-50. mV)"),
        (iso.TruncatedNormal(1 * u.nS, 0.5 * u.nS, low=0 * u.nS), "TruncatedNormal(mean=1. nS, std=0.5 nS, low=0. nS)"),
        (iso.KaimingNormal(unit=u.nS), "KaimingNormal(scale=2., mode='fan_in', unit=nS)"),
        (iso.KaimingUniform(1.5, "fan_out"), "KaimingUniform(scale=1.5, mode='fan_out')"),
        (iso.XavierNormal(), "XavierNormal(scale=1.)"),
        (iso.XavierUniform(unit=u.pA), "XavierUniform(scale=1., unit=pA)"),
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
