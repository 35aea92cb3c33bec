"""Exact forms of functions: special values, powers, derivatives, and the same bits inside a loop."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.graph.exact.bounds import SNAPPED
from isospike.select import get_backend
from isospike.transform import for_loop, grad, jit

PRECISIONS = ["float32", "float64"]
# Largest error of a power in units of the last place; measured, and rounded up.
POWER_ULPS = 1.1
SMOOTH = ["atan", "cos", "cosh", "exp", "expm1", "exprel", "log1p", "sin", "sinh", "tanh"]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 7.0, -7.0]


def computed(function: Any, *arguments: np.ndarray, backend: str = "numpy") -> np.ndarray:
    with environ.context(numerics="exact", precision=str(arguments[0].dtype), backend=backend):
        return get_backend(backend).to_numpy(jit(function)(*arguments))


def bases_and_exponents(precision: str) -> tuple[np.ndarray, np.ndarray]:
    """Return arguments with powers of all sizes, and bases next to 1 among them."""
    rng = np.random.default_rng(8)
    x = np.concatenate([2.0 ** rng.uniform(-100, 100, 1500), rng.uniform(0.3, 3, 1500)])
    x = np.concatenate([x, 1 + 2.0 ** rng.uniform(-16, -2, 1000) * rng.choice([-1, 1], 1000)]).astype(precision)
    low, high = (-55, 88) if precision == "float32" else (-485, 709)
    return x, (rng.uniform(low, high, x.size) / np.log(x.astype(np.float64))).astype(precision)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_power_is_accurate_to_the_stated_units_in_the_last_place(precision: str) -> None:
    x, y = bases_and_exponents(precision)
    got = computed(iso.math.pow, x, y)
    with mpmath.workprec(200):
        true = [mpmath.power(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(x, y, strict=True)]
        unit = np.spacing(np.array([float(t) for t in true]).astype(precision)).astype(np.float64)
        errors = [abs(float(mpmath.mpf(float(g)) - t)) / e for g, t, e in zip(got, true, unit, strict=True)]
    # Beside the edges, where a power is infinite or snapped to 0.
    inside = [2.0 ** SNAPPED[precision] < t < np.finfo(precision).max for t in true]
    assert sum(inside) > 3900
    assert max(e for e, i in zip(errors, inside, strict=True) if i) < POWER_ULPS


@pytest.mark.parametrize("precision", PRECISIONS)
def test_powers_have_the_same_bits_on_every_backend_and_the_special_values_of_the_standard(
    precision: str, backend_name: str
) -> None:
    pairs = np.array([(a, b) for a in SPECIAL for b in SPECIAL]).T.astype(precision)
    x, y = (np.concatenate(pair) for pair in zip(bases_and_exponents(precision), pairs, strict=True))
    expected = computed(iso.math.pow, x, y)
    got = computed(iso.math.pow, x, y, backend=backend_name)
    np.testing.assert_array_equal(got.view(np.uint8), expected.view(np.uint8))
    with np.errstate(all="ignore"):
        standard = np.power(*pairs)
    standard[(pairs[0] == 0) & np.isinf(standard)] = np.inf  # -0.0 counts as 0.0
    np.testing.assert_allclose(expected[-pairs.shape[1] :], standard, rtol=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_square_root_is_correctly_rounded(precision: str) -> None:
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.uniform(1, 4, 200_000), 2.0 ** rng.uniform(-120, 120, 10_000)]).astype(precision)
    edges = np.nextafter(np.array([1, 1, 2, 2, 4, 4], precision), np.array([0, 5, 0, 5, 0, 5], precision))
    x = np.concatenate([x, edges, np.finfo(precision).max * np.ones(1, precision), np.arange(100, dtype=precision)])
    np.testing.assert_array_equal(computed(iso.math.sqrt, x), np.sqrt(x))


def test_special_values_of_roots_and_logarithms_are_those_of_the_standard() -> None:
    x = np.array(SPECIAL)
    for name in ("sqrt", "log", "log1p", "atan", "sin", "cos"):
        with np.errstate(all="ignore"):
            standard = getattr(np, {"atan": "arctan"}.get(name, name))(x)
        np.testing.assert_allclose(computed(getattr(iso.math, name), x), standard, rtol=1e-14)


@pytest.mark.parametrize(("precision", "largest"), [("float32", 2.0**20), ("float64", 2.0**45)])
def test_of_an_angle_that_is_too_large_nothing_is_left(precision: str, largest: float) -> None:
    x = np.array([largest, np.nextafter(np.array(largest, precision), np.inf)], precision)
    sine = computed(iso.math.sin, x)
    assert np.isnan(sine[1])
    assert abs(sine[0] - np.sin(x.astype(np.float64)[0])) < largest * np.finfo(precision).eps


@pytest.mark.parametrize("name", [*SMOOTH, "log", "sqrt", "pow"])
def test_the_derivative_of_an_exact_form_is_that_of_the_function(name: str, backend_name: str) -> None:
    if not get_backend(backend_name).capabilities["gradient"].claimed:
        pytest.skip("the backend has no gradient")
    x = np.array([0.0, 0.3, -0.4, 0.01, 0.9]) if name in SMOOTH else np.array([1.0, 2.0, 0.4, 1e-3])
    function = (lambda x: iso.math.pow(x, 2.5)) if name == "pow" else getattr(iso.math, name)
    slope = grad(lambda x: iso.math.sum(function(x)))
    gradients = []
    for numerics in ("fast", "exact"):
        with environ.context(numerics=numerics, precision="float64", backend=backend_name):
            gradients.append(np.asarray(slope(x)))
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-13, atol=1e-15)


def end_of_loop(precision: str, backend: str, engine: str | None = None) -> np.ndarray:
    """Return where a loop ends whose step takes every new function."""
    with environ.context(numerics="exact", precision=precision, backend=backend, engine=engine):
        x = iso.HiddenState(np.random.default_rng(10).uniform(0.2, 2.0, 500))

        def step() -> None:
            v = x.value
            y = iso.math.log(v) * iso.math.sin(3.0 * v) + iso.math.sqrt(v) + iso.math.log1p(v) * iso.math.atan(v)
            x.value = 0.2 + abs(0.3 * y + iso.math.pow(v, 0.3) * iso.math.cos(v))

        for_loop(step, length=10)
        return get_backend(backend).to_numpy(x.leaves[0])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_functions_have_the_same_bits_inside_a_loop(precision: str, backend_name: str, engine: str) -> None:
    expected = end_of_loop(precision, "numpy")
    assert np.isfinite(expected).all()
    assert np.unique(expected).size > 400
    np.testing.assert_array_equal(end_of_loop(precision, backend_name, engine), expected)


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_inductor_gives_functions_the_same_bits_inside_a_loop(precision: str) -> None:
    pytest.importorskip("torch")
    np.testing.assert_array_equal(end_of_loop(precision, "torch", "compiled"), end_of_loop(precision, "numpy"))
