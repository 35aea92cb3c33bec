from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from isospike.errors import ParameterError
from isospike.random import counts
from isospike.random.counts import LARGEST_MEAN, poisson_table


def beyond(mean: float, k: int) -> Decimal:
    """Return P(X > k), summed term by term in 50 digits."""
    if k < 0:
        return Decimal(1)
    with localcontext() as context:
        context.prec = 50
        rate = Decimal(mean)
        weight = total = (-rate).exp()
        for i in range(1, k + 1):
            weight *= rate / i
            total += weight
        return 1 - total


@pytest.mark.parametrize("mean", [1e-9, 1e-4, 0.05, 0.7, 1.0, 3.7, 12.0, 50.5, 1000.0, LARGEST_MEAN])
def test_thresholds_are_the_tails_of_the_counts(mean: float) -> None:
    first, thresholds = poisson_table(np.array([mean]))
    for i in [0, 1, 2, 7, thresholds.shape[1] // 2, thresholds.shape[1] - 1]:
        if i < thresholds.shape[1]:
            assert abs(int(thresholds[0, i]) - beyond(mean, int(first[0]) + i) * 2**32) < Decimal("0.501")
    assert beyond(mean, int(first[0]) - 1) * 2**32 > 2**32 - Decimal("0.501")


def test_rows_end_with_zero_and_have_a_size_of_a_power_of_two() -> None:
    first, thresholds = poisson_table(np.array([0.0, 0.3, 40.0]))
    assert first.tolist() == [0, 0, 7]
    assert thresholds.shape == (3, 128)
    assert not thresholds[:, -1].any()
    assert (np.diff(thresholds.astype(np.int64), axis=1) <= 0).all()
    assert not thresholds[0].any()


def test_a_row_does_not_depend_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    means = np.array([0.2, 5.0, 300.0, 0.0])
    whole = poisson_table(means)
    monkeypatch.setattr(counts, "_BLOCK", 1)
    for one, other in zip(whole, poisson_table(means), strict=True):
        np.testing.assert_array_equal(one, other)
    for i, mean in enumerate(means):
        first, thresholds = poisson_table(np.array([mean]))
        assert first[0] == whole[0][i]
        np.testing.assert_array_equal(thresholds[0], whole[1][i, : thresholds.shape[1]])


def test_a_table_of_gigabytes_is_refused() -> None:
    with pytest.raises(ParameterError, match="1000000 different rates of up to 9000"):
        poisson_table(np.linspace(8000.0, 9000.0, 10**6))


def test_no_mean_at_all_makes_an_empty_table() -> None:
    first, thresholds = poisson_table(np.zeros(0))
    assert first.shape == (0,)
    assert thresholds.shape[0] == 0
