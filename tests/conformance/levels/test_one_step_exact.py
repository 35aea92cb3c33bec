"""L0e: one step on a good backend has the bits of the reference, and on a wrong one the State or operation is named."""

from __future__ import annotations

import numpy as np
import pytest

from isospike_conformance.levels import one_step_exact
from isospike_conformance.levels.one_step_exact import LEVEL, judge_case, judge_operations
from isospike_conformance.way import REFERENCE, Way


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_good_backend_passes(precision, doctored, subject):
    doctored("none")
    outcome = judge_case(subject(precision=precision))
    assert outcome.passed
    assert outcome.worst == 0
    for part in LEVEL.parts.values():
        assert part(subject(precision=precision, case=None)).passed


def test_one_operation_that_is_off_in_the_last_cell_is_seen_in_its_state(doctored, subject):
    doctored("product")  # exact numerics write functions out as products and sums
    outcome = judge_case(subject())
    assert not outcome.passed
    assert outcome.detail.startswith("the step from step 0: ")
    assert "cells.V: 1 of 20 elements differ, first index 19" in outcome.detail
    assert outcome.worst > 0


def test_an_operation_that_is_off_by_a_bit_is_named_with_its_size(off, subject):
    off("take", lambda x: np.where(x == 50, np.nextafter(x, x.dtype.type(0)), x))
    outcome = judge_operations(subject(case=None), "shapes")
    assert not outcome.passed
    assert outcome.detail.startswith("take of 10000: ")
    assert "(50 against 49.9999962, 1 ulp)" in outcome.detail
    assert outcome.worst == 1


def test_another_nan_is_no_difference(off, subject):
    off("take", lambda x: np.where(np.isnan(x), -x, x))
    assert judge_operations(subject(case=None), "shapes").passed


def test_the_default_engine_is_tried_at_every_size_around_a_vector_unit(subject):
    assert one_step_exact._sizes(subject(REFERENCE, case=None), "arithmetic") == one_step_exact.SIZES
    assert one_step_exact._sizes(subject(REFERENCE, case=None, long=True), "sums")[-1] > 10**6
    pytest.importorskip("torch")
    assert len(one_step_exact._sizes(subject(Way("torch", "compiled"), case=None), "sums")) == 1
