from __future__ import annotations

import math

import numpy as np
import pytest

from isospike_conformance.truth import judge_moment


def test_z_is_the_difference_in_standard_errors() -> None:
    verdict = judge_moment(np.array([1.0, 2.0, 3.0, 4.0]), 2.0)
    assert verdict.z == pytest.approx(0.5 / (math.sqrt(5 / 3) / 2))
    assert verdict
    assert str(verdict) == "2.5 against 2, z 0.77 of 4"


@pytest.mark.parametrize(("off", "passes"), [(3.9, True), (4.1, False), (-4.1, False)])
def test_four_standard_errors_are_allowed_on_either_side(off: float, passes: bool) -> None:
    samples = np.array([-1.0, 1.0] * 50)
    error = samples.std(ddof=1) / 10
    assert bool(judge_moment(samples, off * error)) == passes


def test_samples_without_spread_have_to_be_right() -> None:
    assert judge_moment(np.ones(3), 1.0)
    assert not judge_moment(np.ones(3), 1.1)
    assert not judge_moment(np.array([1.0, np.nan]), 1.0)
