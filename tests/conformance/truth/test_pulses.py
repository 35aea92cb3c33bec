from __future__ import annotations

import numpy as np

from isospike_conformance.truth import pulse_response


def test_each_spike_adds_its_kernel_from_its_arrival_on() -> None:
    train = np.array([0, 3, 2, 9]), np.array([0, 0, 1, 1])
    got = pulse_response(train, lambda age: 2.0**-age, np.array([1.0, 10.0]), 6)
    np.testing.assert_array_equal(got[:, 0], [0, 1, 0.5, 0.25, 1.125, 0.5625])
    np.testing.assert_array_equal(got[:, 1], [0, 0, 0, 10, 5, 2.5])


def test_arrivals_may_differ_from_cell_to_cell() -> None:
    train = np.array([0, 0]), np.array([0, 1])
    got = pulse_response(train, lambda age: age + 1, np.ones(2), 4, arrival=np.array([1, 3]))
    np.testing.assert_array_equal(got.T, [[0, 1, 2, 3], [0, 0, 0, 1]])
