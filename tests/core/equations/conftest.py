"""A recorder of all States, and a leaky cell as a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u

LEAKY = "dv/dt = (E_L - v + R*I) / tau : mV"
VALUES = {"E_L": -60 * u.mV, "R": 100 * u.Mohm, "tau": 20 * u.ms, "V_th": -50 * u.mV, "V_r": -60 * u.mV}
EVENT = {"threshold": "v > V_th", "reset": "v = V_r"}


def record(model: Any, step: Callable[[Any], Any], n_steps: int) -> dict[str, np.ndarray]:
    """Return every State of a model after each of so many steps, and what ``step(model)`` returns as ``output``."""

    def once() -> dict[str, Any]:
        output = step(model)
        return {"output": output, **{path: state.value for path, state in model.states().items()}}

    kept = iso.transform.for_loop(once, length=n_steps)
    return {name: np.asarray(u.split(value)[0]) for name, value in kept.items()}


@pytest.fixture
def recorded() -> Callable[..., dict[str, np.ndarray]]:
    """Return `record`."""
    return record


@pytest.fixture
def leaky() -> Callable[..., Any]:
    """Return a function that makes the class of a leaky cell, with other texts or values where they are given."""

    def make(equations: str = LEAKY, **changed: Any) -> Any:
        given = {**VALUES, **EVENT, "v_initializer": -60 * u.mV, **changed}
        return iso.neurons.from_equations(equations, **{k: v for k, v in given.items() if v is not None})

    return make
