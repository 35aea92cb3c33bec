from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.random import gaussian
from isospike.random.gaussian import normal_cdf, normal_quantile

# Quantiles to 16 digits, by Newton's method on the power series of the integral in 70-digit arithmetic.
QUANTILES = {
    0.5: 0.0,
    0.6: 0.2533471031357997,
    0.925: 1.439531470938456,
    0.975: 1.959963984540054,
    0.999: 3.090232306167813,
    1e-10: -6.361340902404056,
    1e-15: -7.941345326170997,
}

GOLDEN = ["0x1.87423a677e90fp-2", "0x1.11a46d89647eap-4", "0x1.33ca2f2133826p-22", "0x1.c0bd0f1880201p-295"]


@pytest.mark.parametrize(("p", "quantile"), QUANTILES.items())
def test_quantiles_are_the_published_ones(p: float, quantile: float) -> None:
    assert normal_quantile(np.array([p]))[0] == pytest.approx(quantile, rel=2e-15, abs=0.0)


@given(st.floats(-54.0, -1.0))
def test_the_quantile_inverts_the_error_function(exponent: float) -> None:
    p = 2.0**exponent
    z = float(normal_quantile(np.array([p]))[0])
    # An error of one ulp in z moves log p by z**2 ulp.
    assert 0.5 * math.erfc(-z / math.sqrt(2.0)) == pytest.approx(p, rel=2e-15 * (1.0 + z * z))


@given(st.floats(1e-300, 1e300))
def test_the_logarithm_is_right_to_two_ulp(x: float) -> None:
    assert gaussian.logarithm(np.array([x]))[0] == pytest.approx(math.log(x), rel=5e-16, abs=0.0)


@given(st.floats(-37.0, 8.0))
def test_the_distribution_is_that_of_the_error_function(x: float) -> None:
    expected = 0.5 * math.erfc(-x / math.sqrt(2.0))
    assert normal_cdf(np.array([x]))[0] == pytest.approx(expected, rel=2e-15 * (1.0 + x * x), abs=0.0)


@given(st.floats(-1000.0, -1.0))
def test_the_distribution_inverts_the_quantile(exponent: float) -> None:
    p = 2.0**exponent
    z = normal_quantile(np.array([p]))
    # An error of one ulp in z moves log p by z**2 ulp.
    assert normal_cdf(z)[0] == pytest.approx(p, rel=1e-15 * (1.0 + z[0] ** 2), abs=0.0)


def test_the_distribution_is_symmetric_and_ends_at_zero_and_one() -> None:
    x = np.array([[0.0, 0.3], [1.5, 5.0]])
    assert (normal_cdf(x) == 1.0 - normal_cdf(-x)).all()
    ends = {-np.inf: 0.0, -39.0: 0.0, 0.0: 0.5, 9.0: 1.0, np.inf: 1.0}
    assert normal_cdf(np.array(list(ends))).tolist() == list(ends.values())
    assert [normal_cdf(np.array([x]))[0] for x in ends] == list(ends.values())


def test_the_distribution_has_the_same_bits_on_every_processor() -> None:
    got = normal_cdf(np.array([-0.3, -1.5, -5.0, -20.0]))
    assert [float(p).hex() for p in got] == GOLDEN
