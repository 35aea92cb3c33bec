"""The refractory twins of neurons: held for n steps, silent meanwhile, and the plain neuron where n is zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u

# A current under which the plain cell spikes again within a step of its reset, and one under which it takes its time.
CASES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "AdExIFRef": ({}, 3000 * u.mA, 60 * u.mA),
    "AdQuaIFRef": ({}, 5000 * u.mA, 60 * u.mA),
    "ExpIFRef": ({}, 5000 * u.mA, 40 * u.mA),
    "GIFRef": ({"A1": 10 * u.mA, "A2": -0.6 * u.mA, "a": 5 / u.second}, 500 * u.mA, 3 * u.mA),
    "LIFRef": ({"V_th": 15 * u.mV, "spk_reset": "hard"}, 5000 * u.mA, 40 * u.mA),
}
EVERY = pytest.mark.parametrize("name", CASES)


def started(name: str, steps: int) -> Any:
    return iso.init_all_states(getattr(iso, name)(1, tau_ref=steps * 0.1 * u.ms, **CASES[name][0]))


def test_every_refractory_neuron_is_held_to_these_laws() -> None:
    assert set(CASES) == {n for n in iso.registry.names("neurons") if "tau_ref" in getattr(iso, n).fields}


@EVERY
@pytest.mark.parametrize("steps", [1, 17])
def test_under_strong_input_a_cell_spikes_each_time_its_refractory_steps_are_over(
    numpy_backend: None, recorded: Any, name: str, steps: int
) -> None:
    run = recorded(started(name, steps), lambda cell: cell(CASES[name][1]), 200)
    assert set(np.diff(np.flatnonzero(run["output"][:, 0]))) == {steps + 1}


@EVERY
def test_the_potential_is_held_at_its_reset(numpy_backend: None, recorded: Any, name: str) -> None:
    run = recorded(started(name, 17), lambda cell: cell(CASES[name][2]), 400)
    first = np.flatnonzero(run["output"][:, 0])[0]
    held = run["V"][first + 1 : first + 18, 0]
    assert (held == np.float32(getattr(iso, name)(1, **CASES[name][0]).V_reset.to_decimal(u.mV))).all()
    assert run["V"][first + 18, 0] != held[0]


@EVERY
def test_without_refractory_steps_it_is_the_plain_cell(numpy_backend: None, recorded: Any, name: str) -> None:
    plain = iso.init_all_states(getattr(iso, name.removesuffix("Ref"))(1, **CASES[name][0]))
    runs = [recorded(cell, lambda cell: cell(CASES[name][2]), 400) for cell in (plain, started(name, 0))]
    assert runs[0]["output"].any()
    for state, value in runs[0].items():
        assert (runs[1][state] == value).all(), state
