"""Signs and extremes in exact numerics: NaN and the zeros are the same on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.namespace import to_host
from isospike.transform import jit

PRECISIONS = ["float32", "float64"]


def computed(function: Any, x: np.ndarray, backend: str) -> np.ndarray:
    with environ.context(numerics="exact", precision=str(x.dtype), backend=backend):
        return to_host(jit(function)(x))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_sign_of_both_zeros_is_zero_and_that_of_nan_is_nan(precision: str, backend_name: str) -> None:
    x = np.array([-3.0, -0.0, 0.0, 2.0, np.inf, -np.inf, np.nan], precision)
    found = computed(iso.math.sign, x, backend_name)
    np.testing.assert_array_equal(found, np.array([-1, 0, 0, 1, 1, -1, np.nan], precision))
    assert not np.signbit(found[1:3]).any()


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("n", [1, 7, 4096])
def test_an_extreme_of_a_long_row_is_nan_where_there_is_one(
    n: int, precision: str, name: str, backend_name: str
) -> None:
    x = np.random.default_rng(1).normal(size=(2, n)).astype(precision)
    x[1, n // 2] = np.nan
    function = getattr(iso.math, name)
    found = computed(lambda y: function(y, axis=1), x, backend_name)
    assert found[0] == getattr(np, name)(x[0])
    assert np.isnan(found[1])
