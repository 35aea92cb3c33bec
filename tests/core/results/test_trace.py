from __future__ import annotations

import numpy as np
import pytest

from isospike.errors import ParameterError, ShapeError
from isospike.results import Trace
from isospike.results.trace import named_axes


@pytest.mark.parametrize(
    ("values", "steps", "dims"),
    [
        (np.zeros((3, 2)), np.arange(2), None),
        (np.zeros((3, 2)), np.array([0, 2, 2]), None),
        (np.zeros((3, 2)), np.arange(3.0), None),
        (np.zeros((3, 2)), np.arange(3), ("a", "b")),
        (np.zeros((3, 2, 2)), np.arange(3), ("a", "a")),
        (np.zeros(()), np.zeros((), int), None),
    ],
)
def test_traces_that_do_not_fit_their_steps_or_dims_are_refused(values, steps, dims) -> None:
    with pytest.raises(ShapeError, match="Trace"):
        Trace(values, steps, "mV", dims)


def test_object_traces_are_refused() -> None:
    with pytest.raises(ParameterError, match="float32"):
        Trace(np.array([object()]), np.arange(1), "mV")


@pytest.mark.parametrize("neurons", [np.array([1]), np.array([1.0, 2.0]), np.array([[1, 2]])])
def test_cells_that_are_not_one_each_along_the_last_axis_are_refused(neurons) -> None:
    with pytest.raises(ShapeError, match="neurons"):
        Trace(np.zeros((3, 2)), np.arange(3), "mV", neurons=neurons)


def test_an_axis_that_two_traces_share_is_of_the_same_cells() -> None:
    cells = [np.array([7, 2]), np.array([2, 7]), None]
    traces = [Trace(np.zeros((3, 2)), np.arange(3), "mV", ("cell",), neurons) for neurons in cells]
    assert named_axes({"a": traces[0], "b": traces[0]})["b"].neurons is cells[0]
    for other in traces[1:]:
        with pytest.raises(ShapeError, match="'b' is of the cells"):
            named_axes({"a": traces[0], "b": other})
