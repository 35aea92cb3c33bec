"""A network of docs/examples and its twin among the cases are one network."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike.config.plan import load
from isospike_conformance.plugin import isospike_conformance_cases
from isospike_conformance.way import REFERENCE

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
TWINS = [name for name in isospike_conformance_cases() for p in EXAMPLES.glob(f"{name}.*")]


def test_the_four_networks_have_a_twin() -> None:
    assert set(TWINS) == {"coba", "cuba", "hh", "izhikevich"}


def after_ten_steps(build: Callable[[], iso.Module]) -> dict[str, np.ndarray]:
    net = iso.init_all_states(build())
    iso.transform.for_loop(lambda: net(), length=10)
    return {path: np.asarray(u.split(state.value)[0]) for path, state in net.states().items()}


@pytest.mark.parametrize("name", TWINS)
def test_all_states_are_equal_after_ten_steps(name: str) -> None:
    (file,) = EXAMPLES.glob(f"{name}.*")
    plan, case = load(file), registry.resolve("conformance_cases", name)
    build: Any = sys.modules[f"isospike_conformance.cases.{name}"].build
    sized = {"n": 4000} if "n" in inspect.signature(build).parameters else {}
    environment = {**plan.environment(), **REFERENCE.environment, "numerics": "exact"}
    assert (float(u.convert(environment["dt"], u.ms, what="dt")), environment["seed"]) == (case.dt_ms, case.seed)
    with iso.environ.context(**environment):
        example, twin = after_ten_steps(lambda: plan.build()[0]), after_ten_steps(lambda: build(**sized))
    assert set(example) == set(twin)
    for path, values in example.items():
        np.testing.assert_array_equal(values, twin[path], path)
