"""FitzHughNagumo: its equations, the inputs between which it fires, and that it is a pure number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 1, **parameters: Any) -> Any:
    return iso.FitzHughNagumo(size, **parameters)


def slopes(y: np.ndarray) -> list[float]:
    """Return the derivatives at an input of 0.5, with 0.08 for 1 / tau as Izhikevich and FitzHugh write them."""
    V, w = y
    return [V - V**3 / 3.0 - w + 0.5, 0.08 * (V + 0.7 - 0.8 * w)]


def test_potential_converges_to_the_solution_of_the_equations(numpy_backend: None, converging: Any) -> None:
    start = [-1.2, (-1.2 + 0.7) / 0.8]
    error = converging(make, lambda cell: cell(0.5), slopes, start, 60.0, (0.04, 0.02, 0.01))
    assert error < 0.02


def test_it_fires_without_end_between_the_hopf_bifurcations_only(numpy_backend: None, recorded: Any) -> None:
    # The trace 1 - V^2 - b / tau is zero there, at rest: w = (V + a) / b and I = w - V + V^3 / 3.
    V = np.sqrt(1.0 - 0.064) * np.array([-1.0, 1.0])
    low, high = (V + 0.7) / 0.8 - V + V**3 / 3.0
    assert (low, high) == (pytest.approx(0.331, abs=1e-3), pytest.approx(1.419, abs=1e-3))
    current = np.array([low - 0.02, low + 0.02, high - 0.02, high + 0.02])
    run = recorded(iso.init_all_states(make(4)), lambda cell: cell(current), 20_000)
    swing = np.ptp(run["V"][-1000:], axis=0)
    assert (swing[[0, 3]] < 1e-3).all()
    assert (swing[[1, 2]] > 0.5).all()
    assert run["output"][-5000:, 1].sum() > 5


def test_rest_is_that_of_the_equations(numpy_backend: None, recorded: Any) -> None:
    run = recorded(iso.init_all_states(make()), lambda cell: cell(), 5000)
    V, w = run["V"][-1, 0], run["w"][-1, 0]
    np.testing.assert_allclose([V - V**3 / 3.0 - w, V + 0.7 - 0.8 * w], 0.0, atol=1e-9)
    assert pytest.approx(-1.1994, abs=1e-4) == V


def test_a_pulse_above_the_middle_branch_makes_one_spike(backend: str, host: Host) -> None:
    cell = iso.init_all_states(make(2))
    cell.add_delta_input(np.array([0.2, 1.2]))
    assert host(cell()).tolist() == [0, 0]
    assert host(iso.transform.for_loop(lambda: cell(), length=600)).sum(axis=0).tolist() == [0, 1]


def test_projections_deliver_pure_numbers(backend: str, host: Host) -> None:
    post = make(2)
    comm, syn, out = iso.AllToAll(1, 2, 0.3), iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
    proj = iso.init_all_states(iso.AlignPostProj(comm=comm, syn=syn, out=out, post=post))
    alone = iso.init_all_states(make(2))
    proj(np.ones(1))
    post()
    alone(0.3)
    assert (host(post.V.value) == host(alone.V.value)).all()
    with pytest.raises(UnitError, match=r"FitzHughNagumo.*in pA, expected one in 1: write neuron\(25\)"):
        alone(3 * u.pA)
