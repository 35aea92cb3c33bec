from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.random import normal
from isospike.random.normal import normal_quantile

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
    assert normal._log(np.array([x]))[0] == pytest.approx(math.log(x), rel=5e-16, abs=0.0)
