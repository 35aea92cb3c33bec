"""Exact numerics snaps what may be a denormal, but not the term of a sum: with the same bits everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.graph.exact.bounds import SNAPPED
from isospike.select import get_backend
from isospike.transform import for_loop

SMALL = {"float32": 1e-30, "float64": 1e-300}


class Sum(iso.Module):
    """A State x that a product of two others, which may be a denormal, is added to."""

    def __init__(self, x: Any, y: Any, *, is_kept: bool) -> None:
        self.x, self.y, self.z, self.is_kept = iso.HiddenState(x), iso.HiddenState(y), iso.HiddenState(y), is_kept

    def update(self) -> Any:
        product = self.y.value * self.z.value
        self.x.value = self.x.value + product
        return (self.x.value, product) if self.is_kept else (self.x.value,)


def run(precision: str, backend: str, engine: str | None = None, *, is_kept: bool = False) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    y = (rng.normal(size=300) * SMALL[precision] ** rng.uniform(0.0, 0.7, 300)).astype(precision)
    x = np.concatenate([np.zeros(100), rng.normal(size=200) * 2.0 ** rng.uniform(SNAPPED[precision], 0, 200)])
    with environ.context(dt=1.0 * iso.units.ms, precision=precision, backend=backend, engine=engine, numerics="exact"):
        net = iso.init_all_states(Sum(x, y, is_kept=is_kept))
        return [get_backend(backend).to_numpy(a) for a in for_loop(lambda: net(), length=3)]


@pytest.mark.parametrize("precision", SMALL)
@pytest.mark.parametrize("is_kept", [False, True])
def test_sums_with_denormals_have_the_same_bits(precision: str, is_kept: bool, backend_name: str, engine: str) -> None:
    for got, expected in zip(
        run(precision, backend_name, engine, is_kept=is_kept), run(precision, "numpy", is_kept=is_kept), strict=True
    ):
        np.testing.assert_array_equal(got.view(np.uint8), expected.view(np.uint8))


@pytest.mark.parametrize("precision", SMALL)
def test_what_is_left_of_a_sum_is_no_denormal(precision: str) -> None:
    x = abs(run(precision, "numpy")[0])
    assert (x == 0).sum() > 50
    assert 2.0 ** SNAPPED[precision] <= x[x != 0].min() < 2.0 ** (0.8 * SNAPPED[precision])


def test_a_term_of_a_sum_is_not_snapped_where_only_the_sum_is_read() -> None:
    free, kept = (run("float32", "numpy", is_kept=is_kept) for is_kept in (False, True))
    assert abs(kept[1][kept[1] != 0]).min() >= 2.0 ** SNAPPED["float32"]
    differ = free[0] != kept[0]
    assert 0 < differ.sum() < 0.05 * differ.size
    np.testing.assert_allclose(free[0], kept[0], rtol=1e-3)
