"""Gradients are compared over their largest element, parameter by parameter."""

from __future__ import annotations

import numpy as np
import pytest

from isospike.errors import ParameterError
from isospike_conformance.compare import compare_gradients


def test_the_error_is_relative_to_the_largest_element_of_the_reference():
    verdict = compare_gradients({"w": np.array([-100.0, 1.0])}, {"w": np.array([-100.0, 1.5])}, 0.01)
    assert verdict.largest == pytest.approx(0.005)
    assert verdict.passed
    assert not compare_gradients({"w": np.array([-100.0, 1.0])}, {"w": np.array([-100.0, 1.5])}, 0.004)


def test_the_worst_parameter_is_named_and_decides():
    reference = {"a": np.ones(3), "b": np.ones(3)}
    verdict = compare_gradients(reference, {"a": np.ones(3), "b": np.array([1, 1, 2.0])}, 0.1)
    assert not verdict.passed
    assert str(verdict).startswith("b off by 1; 2 gradients")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_wrong_on_either_side(bad):
    for pair in (({"w": np.array([bad])}, {"w": np.ones(1)}), ({"w": np.array([bad])}, {"w": np.array([bad])})):
        assert compare_gradients(*pair, 1.0).largest == np.inf


def test_a_gradient_that_is_zero_has_to_be_zero():
    zero, tiny = {"w": np.zeros(2)}, {"w": np.array([0, 1e-300])}
    assert compare_gradients(zero, zero, 0.0).passed
    assert not compare_gradients(zero, tiny, 1.0)


def test_other_parameters_and_shapes_fail():
    verdict = compare_gradients({"a": np.ones(2), "b": np.ones(2)}, {"b": np.ones(3)}, 1.0)
    assert not verdict.passed
    assert verdict.unlike == ("a: only in the reference", "b: shape (2,) against (3,)")


def test_nothing_to_compare_is_no_pass():
    assert not compare_gradients({}, {}, 1.0)


@pytest.mark.parametrize("limit", [-1.0, np.nan, np.inf])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(ParameterError, match="limit=1e-9"):
        compare_gradients({}, {}, limit)
