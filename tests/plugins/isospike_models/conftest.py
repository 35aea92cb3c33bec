"""The laws that every model is held to, as fixtures: one run of it, the same run with the same bits, its equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u

# torch compiles for seconds; op by op, exact numerics has the same bits.
ENGINES = {"numpy": "interpreter", "jax": "xla", "torch": "eager"}

Run = dict[str, np.ndarray]


def record(model: Any, step: Callable[[Any], Any], n_steps: int) -> Run:
    """Return every State of a model after each of so many steps, and what ``step(model)`` returns as ``output``."""

    def once() -> dict[str, Any]:
        output = step(model)
        return {"output": output, **{path: state.value for path, state in model.states().items()}}

    kept = iso.transform.for_loop(once, length=n_steps)
    return {name: np.asarray(u.split(value)[0]) for name, value in kept.items()}


@pytest.fixture
def recorded() -> Callable[..., Run]:
    """Return `record`."""
    return record


@pytest.fixture
def same_bits() -> Callable[..., dict[str, Run]]:
    """Return a check that 200 exact steps leave the same bits in every State on every backend, in both precisions."""

    def check(make: Callable[[], Any], step: Callable[[Any], Any]) -> dict[str, Run]:
        return {precision: _same_bits(precision, make, step) for precision in ("float32", "float64")}

    return check


@pytest.fixture
def batch_of_one() -> Callable[..., None]:
    """Return a check that a batch of one computes the bits of no batch."""

    def check(make: Callable[[], Any], step: Callable[[Any], Any], n_steps: int = 300) -> None:
        runs = []
        for batch_size in (None, 1):
            runs.append(record(iso.init_all_states(make(), batch_size=batch_size), step, n_steps))
        for name, alone in runs[0].items():
            assert runs[1][name].shape == (n_steps, 1, *alone.shape[1:]), name
            assert (runs[1][name][:, 0] == alone).all(), name

    return check


@pytest.fixture
def converging() -> Callable[..., float]:
    """Return a check that V of one cell converges, as dt is halved, to the solution of equations written on their own.

    It is called with a function that makes the cell, its step, the right-hand side dy/dt of the equations with V
    first, their initial values, how long to run and the steps to take (ms), and the order of the scheme. It returns the
    mean error of the smallest step.
    """

    def check(
        make: Callable[[], Any],
        step: Callable[[Any], Any],
        slopes: Callable[[np.ndarray], Any],
        start: Sequence[float],
        duration: float,
        steps: Sequence[float],
        order: int = 1,
    ) -> float:
        times = np.arange(1, round(duration / steps[0]) + 1) * steps[0]
        truth = integrate.solve_ivp(
            lambda t, y: slopes(y), (0, duration), start, "DOP853", times, rtol=1e-10, atol=1e-12
        )
        errors = []
        for dt in steps:
            with iso.environ.context(precision="float64", dt=dt * u.ms):
                run = record(iso.init_all_states(make()), step, round(duration / dt))
            errors.append(np.abs(run["V"][round(steps[0] / dt) - 1 :: round(steps[0] / dt), 0] - truth.y[0]).mean())
        for coarse, fine in pairwise(errors):
            np.testing.assert_allclose(coarse / fine, 2.0**order, rtol=0.15)
        return float(errors[-1])

    return check


def _same_bits(precision: str, make: Callable[[], Any], step: Callable[[Any], Any]) -> Run:
    runs = {}
    for name, engine in ENGINES.items():
        pytest.importorskip(name)
        with iso.environ.context(
            backend=name, engine=engine, precision=precision, numerics="exact", dt=0.1 * u.ms, seed=5
        ):
            runs[name] = record(iso.init_all_states(make()), step, 200)
    expected = runs.pop("numpy")
    for name, run in runs.items():
        for state, value in expected.items():
            assert run[state].dtype == value.dtype, (name, state)
            assert run[state].tobytes() == value.tobytes(), (name, precision, state)
    return expected
