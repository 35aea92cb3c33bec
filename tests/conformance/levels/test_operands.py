"""Every operation that exact numerics allow is tried, on operands that can tell implementations apart."""

from __future__ import annotations

import numpy as np
import pytest

from isospike.graph.exact import FORMS, SAFE
from isospike_conformance.levels.operands import GROUPS, operands


def test_every_operation_is_tried_once():
    names = [operation.name for group in GROUPS.values() for operation in group]
    assert sorted(names) == sorted(SAFE | set(FORMS))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_hold_what_is_singular_and_no_denormals(dtype):
    (x,) = operands("f", 10_000, dtype)
    assert x.dtype == dtype
    assert {*x[x == 0].astype(str)} == {"0.0", "-0.0"}
    assert np.isnan(x).any()
    assert np.isposinf(x).any()
    assert np.isneginf(x).any()
    for threshold in (50.0, 1.0):
        for side in (0.0, np.inf):
            assert (x == np.nextafter(x.dtype.type(threshold), x.dtype.type(side))).any()
    sizes = abs(x[np.isfinite(x) & (x != 0)])
    assert sizes.min() >= np.finfo(dtype).tiny


def test_the_same_operands_are_made_again():
    for first, second in zip(
        operands("fgbiucknst1", 37, "float32"), operands("fgbiucknst1", 37, "float32"), strict=True
    ):
        np.testing.assert_array_equal(first, second)
        assert len(first) == 37
