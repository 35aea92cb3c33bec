from __future__ import annotations

import numpy as np
import pytest

from isospike.errors import ParameterError, ShapeError
from isospike.results import Trace


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
