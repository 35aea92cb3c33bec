"""COBA and CUBA: spikes of a loop by hand, the same on every backend, at the rates of an ensemble."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.config.plan import load
from isospike.results.intervals import cv_isi

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NETWORKS = pytest.mark.parametrize("name", ["coba", "cuba"])


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """Return reference.py, which is no module of any package."""
    spec = importlib.util.spec_from_file_location("science_reference", Path(__file__).with_name("reference.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


def build(name: str, **environment: Any) -> tuple[Any, dict[str, Any]]:
    """Return an initialised example and the environment to run it in."""
    plan = load(EXAMPLES / f"{name}.toml")
    environment = {**plan.environment(), **environment}
    with iso.environ.context(**environment):
        return iso.init_all_states(plan.build()[0]), environment


def simulated(name: str, ms: float, **environment: Any) -> Any:
    net, environment = build(name, **environment)
    with iso.environ.context(**environment):
        return iso.simulate(net, ms * u.ms)


def numbers(state: Any, unit: Any) -> np.ndarray:
    mantissa, given = u.split(state.value)
    return np.asarray(mantissa, dtype=np.float64) * u.scale_factor(given, unit)


def by_hand(reference: ModuleType, net: Any) -> Any:
    """Return the network of the loop by hand with the synapses and initial values of one of isospike."""
    targets = []
    for projection in (net.exc, net.inh):
        csr = projection.comm.csr
        targets += np.split(csr.indices, csr.indptr[1:-1])
    conductance = isinstance(net.exc.out, iso.COBA)
    unit, leak = (u.nS, 10.0) if conductance else (u.pA, 10.0)
    g_e, g_i = (numbers(p.syn.g, unit) / leak for p in (net.exc, net.inh))
    return reference.Network(targets, numbers(net.cells.V, u.mV), g_e, g_i)


@NETWORKS
def test_spikes_of_the_first_100_ms_are_those_of_the_loop_by_hand(name: str, reference: ModuleType) -> None:
    net, environment = build(name, precision="float64", backend="numpy")
    model = reference.MODELS[name]
    steps, cells = reference.run(model, by_hand(reference, net), 1000)
    with iso.environ.context(**environment):
        got_steps, got_cells = iso.simulate(net, 100 * u.ms).train("cells")
    assert len(steps) > 1000
    np.testing.assert_array_equal(got_steps, steps)
    np.testing.assert_array_equal(got_cells, cells)


@pytest.fixture(scope="module")
def trains() -> Callable[[str], Any]:
    """Return the spikes of 150 ms of a network on NumPy."""
    return cache(lambda name: simulated(name, 150, precision="float64", backend="numpy").train("cells"))


@NETWORKS
@pytest.mark.parametrize(("other", "engine"), [("jax", None), ("torch", "eager"), ("torch", "compiled")])
def test_spikes_of_the_first_150_ms_are_those_of_numpy(
    name: str, other: str, engine: str | None, trains: Callable[[str], Any]
) -> None:
    pytest.importorskip(other)
    got = simulated(name, 150, precision="float64", backend=other, engine=engine).train("cells")
    expected = trains(name)
    assert len(expected[0]) > 1500
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])


def within_the_ensemble(name: str, ms: int, reference: ModuleType, **environment: Any) -> None:
    """Check rate and irregularity of a run against the ensemble, at four standard deviations."""
    steps, cells = simulated(name, ms, **environment).train("cells")
    expected = reference.ENSEMBLE[name, ms]
    for key, value in (("rate", reference.rate(steps, ms * 10)), ("cv", cv_isi(steps, cells, reference.N))):
        mean, deviation = expected[key]
        assert abs(value - mean) < 4 * deviation, f"{key} = {value:.3f}, expected {mean} +- {deviation}"


@NETWORKS
@pytest.mark.parametrize("seed", [1, 2])
def test_rate_and_irregularity_of_200_ms_are_within_the_spread_of_the_ensemble(
    name: str, seed: int, backend_name: str, reference: ModuleType
) -> None:
    within_the_ensemble(name, 200, reference, backend=backend_name, seed=seed, precision="float32")


@pytest.mark.slow
@NETWORKS
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rate_and_irregularity_of_a_second_are_within_the_spread_of_the_ensemble(
    name: str, precision: str, seed: int, backend_name: str, reference: ModuleType
) -> None:
    within_the_ensemble(name, 1000, reference, backend=backend_name, seed=seed, precision=precision)


@NETWORKS
def test_the_ensemble_is_that_of_the_loop_by_hand(name: str, reference: ModuleType) -> None:
    model = reference.MODELS[name]
    steps, _ = reference.run(model, reference.draw(model, 100), 2000)
    mean, deviation = reference.ENSEMBLE[name, 200]["rate"]
    assert abs(reference.rate(steps, 2000) - mean) < 4 * deviation


@NETWORKS
def test_groups_fire_alike_and_the_inhibitory_one_is_a_fifth(name: str) -> None:
    rates = simulated(name, 200, backend="numpy").rates().set_index("group")
    assert rates.loc["E", "size"] == 4 * rates.loc["I", "size"]
    assert abs(rates.loc["E", "rate_hz"] / rates.loc["I", "rate_hz"] - 1) < 0.25
