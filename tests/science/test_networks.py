"""The four networks: spikes of a loop by hand, the same on every backend, at the rates of an ensemble."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import reference
import reference_hh
import reference_izhikevich
from networks import build, numbers, simulated, targets

import isospike as iso
from isospike import units as u
from isospike.results.intervals import cv_isi

NETWORKS = pytest.mark.parametrize("name", ["coba", "cuba", "hh", "izhikevich"])
ENSEMBLE = {**reference.ENSEMBLE, **reference_hh.ENSEMBLE, **reference_izhikevich.ENSEMBLE}


def integrate_and_fire(name: str, net: Any) -> Any:
    """Run 100 ms of COBA or CUBA by hand, with the synapses and initial values of a network of isospike."""
    leak = 10.0  # nS; and 10 mV/pA over 1 nA
    unit = u.nS if name == "coba" else u.pA
    g_e, g_i = (numbers(p.syn.g, unit) / leak for p in (net.exc, net.inh))
    network = reference.Network(targets(net), numbers(net.cells.V, u.mV), g_e, g_i)
    return reference.run(reference.MODELS[name], network, 1000)


def hodgkin_huxley(name: str, net: Any) -> Any:
    """Run 100 ms of HH by hand."""
    del name
    g_e, g_i = (numbers(p.syn.g, u.nS) for p in (net.exc, net.inh))
    return reference_hh.run(reference_hh.Network(targets(net), 3200, numbers(net.cells.V, u.mV), g_e, g_i), 1000)


def izhikevich(name: str, net: Any) -> Any:
    """Run 500 ms of Izhikevich's network by hand, under the noise that isospike draws."""
    del name
    cells, unit = net.cells, u.mV / u.ms
    weights: list[np.ndarray] = []
    for projection in (net.exc, net.inh):
        weights += np.split(numbers(projection.comm.weight, unit), projection.comm.csr.indptr[1:-1])
    per_ms = u.ms**-1
    given = [numbers(x, y) for x, y in ((cells.a, per_ms), (cells.b, per_ms), (cells.c, u.mV), (cells.d, unit))]
    start = numbers(cells.V, u.mV), numbers(cells.u, unit)
    noise = numbers(iso.transform.for_loop(lambda: net.thalamus(), length=500), unit)
    iso.init_all_states(net)
    return reference_izhikevich.run(reference_izhikevich.Network(targets(net), weights, *given, *start), noise)


BY_HAND = {"coba": integrate_and_fire, "cuba": integrate_and_fire, "hh": hodgkin_huxley, "izhikevich": izhikevich}


@NETWORKS
def test_spikes_of_the_first_moments_are_those_of_the_loop_by_hand(name: str) -> None:
    net, environment = build(name, precision="float64", backend="numpy")
    with iso.environ.context(**environment):
        steps, cells = BY_HAND[name](name, net)
        got_steps, got_cells = iso.simulate(net, (500 if name == "izhikevich" else 100) * u.ms).train("cells")
    assert len(steps) > 1000
    np.testing.assert_array_equal(got_steps, steps)
    np.testing.assert_array_equal(got_cells, cells)


def test_parameters_of_izhikevichs_cells_lie_on_the_lines_of_the_paper() -> None:
    cells = build("izhikevich", backend="numpy")[0].cells
    a, b, c = numbers(cells.a, u.ms**-1), numbers(cells.b, u.ms**-1), numbers(cells.c, u.mV)
    d = numbers(cells.d, u.mV / u.ms)
    square, r = (c[:3200] + 65.0) / 15.0, (a[3200:] - 0.02) / 0.08
    for drawn in (np.sqrt(square), r):
        assert 0.0 <= drawn.min() < 0.01
        assert 0.99 < drawn.max() < 1.0
        assert abs(drawn.mean() - 0.5) < 4 * np.sqrt(1 / 12 / drawn.size)
    np.testing.assert_allclose(d[:3200], 8.0 - 6.0 * square, rtol=1e-12)
    np.testing.assert_allclose(b[3200:], 0.25 - 0.05 * r, rtol=1e-12)
    for values, fixed in ((a[:3200], 0.02), (b[:3200], 0.2), (c[3200:], -65.0), (d[3200:], 2.0)):
        np.testing.assert_allclose(values, fixed, rtol=1e-15)


@pytest.fixture(scope="module")
def trains() -> Callable[[str], Any]:
    """Return the spikes of 150 ms of a network on NumPy."""
    return cache(lambda name: simulated(name, 150, precision="float64", backend="numpy").train("cells"))


@NETWORKS
@pytest.mark.parametrize(
    ("other", "engine"),
    # Inductor takes its time to compile; that it has the bits of NumPy in exact numerics is tested for all networks.
    [("jax", "xla"), ("torch", "eager"), pytest.param("torch", "compiled", marks=pytest.mark.slow)],
)
def test_spikes_of_the_first_150_ms_are_those_of_numpy(
    name: str, other: str, engine: str, trains: Callable[[str], Any]
) -> None:
    pytest.importorskip(other)
    got = simulated(name, 150, precision="float64", backend=other, engine=engine).train("cells")
    expected = trains(name)
    assert len(expected[0]) > 1500
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])


def within_the_ensemble(name: str, ms: int, **environment: Any) -> None:
    """Check rate and irregularity of a run against the ensemble, at four standard deviations."""
    steps, cells = simulated(name, ms, **environment).train("cells")
    for key, value in (("rate", len(steps) / (4000 * ms * 1e-3)), ("cv", cv_isi(steps, cells, 4000))):
        mean, deviation = ENSEMBLE[name, ms][key]
        assert abs(value - mean) < 4 * deviation, f"{key} = {value:.3f}, expected {mean} +- {deviation}"


@NETWORKS
@pytest.mark.parametrize("seed", [1, 2])
def test_rate_and_irregularity_of_200_ms_are_within_the_spread_of_the_ensemble(
    name: str, seed: int, backend_name: str
) -> None:
    within_the_ensemble(name, 200, backend=backend_name, seed=seed, precision="float32")


@pytest.mark.slow
@NETWORKS
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rate_and_irregularity_of_a_second_are_within_the_spread_of_the_ensemble(
    name: str, precision: str, seed: int, backend_name: str
) -> None:
    within_the_ensemble(name, 1000, backend=backend_name, seed=seed, precision=precision)


AGAIN = {
    "coba": lambda: reference.run(reference.MODELS["coba"], reference.draw(reference.MODELS["coba"], 100), 2000),
    "cuba": lambda: reference.run(reference.MODELS["cuba"], reference.draw(reference.MODELS["cuba"], 100), 2000),
    "hh": lambda: reference_hh.run(reference_hh.draw(100), 2000),
    "izhikevich": lambda: reference_izhikevich.run(*reference_izhikevich.draw(100, 200)),
}


@NETWORKS
def test_the_ensemble_is_that_of_the_loop_by_hand(name: str) -> None:
    steps, _ = AGAIN[name]()
    mean, deviation = ENSEMBLE[name, 200]["rate"]
    assert abs(len(steps) / (4000 * 0.2) - mean) < 4 * deviation


@pytest.mark.parametrize("name", ["coba", "cuba", "hh"])
def test_groups_fire_alike_and_the_inhibitory_one_is_a_fifth(name: str) -> None:
    rates = simulated(name, 200, backend="numpy").rates().set_index("group")
    assert rates.loc["E", "size"] == 4 * rates.loc["I", "size"]
    assert abs(rates.loc["E", "rate_hz"] / rates.loc["I", "rate_hz"] - 1) < 0.25


def test_izhikevichs_network_has_its_rhythms() -> None:
    steps, _ = simulated("izhikevich", 4200, backend="numpy").train("cells")
    counts = np.bincount(steps, minlength=4200)[200:].reshape(4, 1000)
    power = (abs(np.fft.rfft(counts - counts.mean(axis=1, keepdims=True))) ** 2).mean(axis=0)
    alpha, gamma = power[7:14].sum() / power.sum(), power[25:60].sum() / power.sum()
    assert 7 <= np.argmax(power[:20]) <= 10
    # Uncorrelated spikes have 0.014 and 0.07 of their power in these bands, of 500 Hz.
    assert 0.07 < alpha < 0.4
    assert 0.2 < gamma < 0.5
