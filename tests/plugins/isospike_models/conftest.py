"""The laws that every model is held to, as fixtures: one run of it, and the same run with the same bits everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u

# torch compiles for seconds; op by op, exact numerics has the same bits.
ENGINES = {"numpy": None, "jax": None, "torch": "eager"}

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
