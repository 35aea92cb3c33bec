from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike.errors import ParameterError
from isospike_conformance.compare.kolmogorov import ks_distance, leave_one_out

SAMPLES = hnp.arrays(np.float64, st.integers(0, 12), elements=st.integers(-4, 4).map(float))


def ks(a: list[float], b: list[float]) -> float:
    return ks_distance(np.array(a, float), np.array(b, float))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 0),
        ([1, 2, 3, 4], [5, 6], 1),
        ([1, 2, 3, 4], [3, 4, 5, 6], 0.5),
        ([1, 2, 3], [1.5, 2.5], 1 / 3),
        ([1, 1, 1, 2], [1, 2, 2, 2], 0.5),
        ([0], [0, 0, 0, 5], 0.25),
        ([-70, -60], [70, 60], 1),
        ([1, 1], [1], 0),
        ([], [], 0),
        ([], [1], 1),
    ],
)
def test_distance_by_hand(a: list[float], b: list[float], expected: float) -> None:
    assert ks(a, b) == ks(b, a) == expected


@given(SAMPLES, SAMPLES, st.randoms())
def test_distance_is_that_of_the_definition_in_any_order_and_symmetric(a, b, random) -> None:
    points = [*a, *b]
    expected = max((abs(np.mean(a <= x) - np.mean(b <= x)) for x in points), default=0) if len(a) * len(b) else None
    found = ks_distance(a, b)
    assert found == ks_distance(b, a)
    if expected is not None:
        assert found == pytest.approx(expected, abs=1e-12)
    shuffled = a.tolist()
    random.shuffle(shuffled)
    assert ks_distance(np.array(shuffled, float), b) == found


@given(SAMPLES, SAMPLES)
def test_distance_sees_the_order_of_values_only(a: np.ndarray, b: np.ndarray) -> None:
    assert ks_distance(a, b) == ks_distance(np.exp(a), np.exp(b)) == ks_distance(-3 * a, -3 * b)


def test_nan_is_refused() -> None:
    with pytest.raises(ParameterError, match="NaN"):
        ks([1.0, np.nan], [1.0])


def test_leave_one_out_is_the_distance_of_the_seed_that_strays_furthest() -> None:
    seeds = [np.array(x, float) for x in ([1, 2], [1, 2], [9, 9])]
    assert leave_one_out(seeds) == 1.0
    assert leave_one_out(seeds[:2]) == 0.0
    # [1, 3] against [1, 2, 2, 3]: 1/2 - 1/4 at 1 and 1/2 - 3/4 at 2; [2, 2] against [1, 1, 3, 3]: 1/2; [1, 3] again.
    assert leave_one_out([np.array(x, float) for x in ([1, 3], [2, 2], [1, 3])]) == 0.5
    with pytest.raises(ParameterError, match="at least 2"):
        leave_one_out(seeds[:1])
