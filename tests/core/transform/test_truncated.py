"""Truncated loops: the values of plain ones, and gradients that stop at the windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

pytestmark = pytest.mark.usefixtures("backend")
T = iso.transform


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


class Leak(iso.Module):
    """x <- a x + input."""

    def __init__(self) -> None:
        self.a = iso.ParamState(0.9)

    def init_state(self, batch_size: int | None = None) -> None:
        self.x = iso.HiddenState(np.zeros(()))

    def update(self, y: Any) -> Any:
        self.x.value = self.a.value * self.x.value + y
        return self.x.value


@pytest.mark.parametrize("window", [1, 4, 5, 10, 100])
def test_values_are_those_of_the_plain_loop(window: int) -> None:
    y = np.arange(10.0)
    plain = T.for_loop(iso.init_all_states(Leak()), y)
    got = T.truncated_for_loop(iso.init_all_states(Leak()), y, window=window)
    np.testing.assert_allclose(host(got), host(plain), rtol=1e-6)


def test_times_reach_the_step_on_their_grid() -> None:
    with iso.environ.context(dt=0.1 * u.ms):
        times = iso.math.arange(0 * u.ms, 1 * u.ms, 0.1 * u.ms)
        got = T.truncated_for_loop(lambda t: t, times, window=4)
        np.testing.assert_allclose(host(got), host(T.for_loop(lambda t: t, times)))


@pytest.mark.parametrize("window", [1, 3, 4, 10, 20])
def test_the_gradient_goes_back_to_the_beginning_of_the_window(window: int, backend: str) -> None:
    if not iso.select.get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has no gradient")
    y = np.linspace(1, 2, 10)
    with iso.environ.context(precision="float64"):
        net = iso.init_all_states(Leak())
        got = T.grad(lambda: iso.math.sum(T.truncated_for_loop(net, y, window=window)), net.a)()
    x = slope = expected = 0.0
    for i, value in enumerate(y):
        slope = (0.0 if i % window == 0 else 0.9 * slope) + x
        x = 0.9 * x + value
        expected += slope
    assert float(host(got)) == pytest.approx(expected, rel=1e-13)


def test_a_window_that_is_no_number_of_steps_is_refused() -> None:
    for wrong in (0, -1, 2.0, True):
        with pytest.raises(ParameterError, match="expected a positive number of steps"):
            T.truncated_for_loop(lambda x: x, np.ones(3), window=wrong)  # type: ignore[arg-type]
