"""The benchmarks of Brette et al. (2007): spikes of a loop by hand, and the rates of an ensemble of such loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_brette as reference
from networks import EXAMPLES, numbers, targets
from reference import Train

import isospike as iso
from isospike import units as u
from isospike.config.plan import load
from isospike.namespace import to_host

NETWORKS = pytest.mark.parametrize("name", sorted(reference.MODELS))
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "jax"])


def build(name: str, **environment: Any) -> tuple[Any, dict[str, Any]]:
    """Return an initialised benchmark and the environment to run it in."""
    pytest.importorskip(environment["backend"])
    plan = load(EXAMPLES / f"{name}.toml")
    environment = {**plan.environment(), **environment}
    with iso.environ.context(**environment):
        return iso.init_all_states(plan.build()[0]), environment


def by_hand(name: str, net: Any, ms: float) -> Train:
    """Run a benchmark by hand with the synapses, potentials and stimulus that isospike draws."""
    dt = reference.MODELS[name].dt
    stimulus = iso.transform.for_loop(lambda: net.stimulus(), length=round(reference.STOP / dt))
    iso.init_all_states(net)
    network = reference.Network(targets(net), numbers(net.cells.V, u.mV), to_host(stimulus) != 0)
    return reference.run(name, network, round(ms / dt))


@NETWORKS
@BACKENDS
def test_spikes_of_the_first_100_ms_are_those_of_the_loop_by_hand(name: str, backend: str) -> None:
    net, environment = build(name, precision="float64", backend=backend)
    with iso.environ.context(**environment):
        steps, cells = by_hand(name, net, 100)
        got_steps, got_cells = iso.simulate(net, 100 * u.ms).train("cells")
    assert len(steps) > 2000
    np.testing.assert_array_equal(got_steps, steps)
    np.testing.assert_array_equal(got_cells, cells)


@NETWORKS
def test_the_stimulus_is_50_trains_of_300_hz_from_1_to_51_ms(name: str) -> None:
    net, environment = build(name, backend="numpy")
    steps_per_ms = 1 / reference.MODELS[name].dt
    with iso.environ.context(**environment):
        steps, trains = iso.simulate(net, 100 * u.ms).train("stimulus")
    assert round(1 * steps_per_ms) <= steps.min()
    assert steps.max() < round(51 * steps_per_ms)
    assert set(trains) == set(range(50))
    expected = 50 * 50 * steps_per_ms * -np.expm1(-0.3 / steps_per_ms)
    assert abs(len(steps) - expected) < 4 * np.sqrt(expected)


@NETWORKS
def test_only_the_network_that_rests_below_threshold_needs_its_stimulus(name: str) -> None:
    net, environment = build(name, backend="numpy")
    net.stimulus.rates = [0.0, 0.0] * u.Hz
    with iso.environ.context(**environment):
        steps, _ = iso.simulate(net, 100 * u.ms).train("cells")
    assert (len(steps) == 0) == (name == "brette1")


@pytest.mark.slow
@NETWORKS
@BACKENDS
def test_networks_that_live_on_have_rate_and_irregularity_of_the_ensemble(name: str, backend: str) -> None:
    model, ms, living = reference.MODELS[name], 1000.0, []
    for seed in (1, 2, 3):
        net, environment = build(name, backend=backend, seed=seed)
        with iso.environ.context(**environment):
            living.append(reference.measured(iso.simulate(net, ms * u.ms).train("cells"), model.dt, ms))
    living = [found for found in living if reference.alive(found, ms)]
    assert living
    for found in living:
        for key, (mean, deviation) in reference.ENSEMBLE[name].items():
            assert abs(found[key] - mean) < 3 * deviation, f"{key} = {found[key]:.3f}, expected {mean} +- {deviation}"


@NETWORKS
def test_the_ensemble_is_that_of_the_loop_by_hand(name: str) -> None:
    model = reference.MODELS[name]
    found = reference.measured(reference.run(name, reference.draw(model, 100), round(400 / model.dt)), model.dt, 400)
    mean, deviation = reference.ENSEMBLE[name]["rate"]
    assert abs(found["rate"] - mean) < 6 * deviation
