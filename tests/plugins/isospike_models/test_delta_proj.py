"""DeltaProj: jumps of the potential by the weights, when they act, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]
WEIGHTS = np.array([[0.25, -2.25], [1.0, 0.0], [4.0, 0.5]])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


class Jumps(iso.Module):
    """Two cells that receive the spikes of three."""

    def __init__(self, weight: Any = WEIGHTS * u.mV, **parameters: Any) -> None:
        self.post = iso.LIF(2, tau=10 * u.ms, **{"V_th": 400 * u.mV, **parameters})
        self.proj = iso.DeltaProj(comm=iso.AllToAll(3, 2, weight), post=self.post)

    def update(self, spikes: Any) -> Any:
        self.proj(spikes)
        return self.post(5 * u.mA)


def drive(net: Any) -> Any:
    return net(np.array([1.0, 0.0, 1.0]))


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_potential_jumps_by_the_sum_of_the_weights_after_the_decay(backend: str, host: Host, dt: float) -> None:
    spikes = np.random.default_rng(1).integers(0, 2, (50, 3)).astype(float)
    net = iso.init_all_states(Jumps())
    with iso.environ.context(dt=dt * u.ms):
        V = host(iso.transform.for_loop(lambda x: (net(x), net.post.V.value)[1], spikes))
    expected = np.zeros(2)
    for k in range(50):
        expected = 5 + (expected - 5) * np.exp(-dt / 10) + spikes[k] @ WEIGHTS
        np.testing.assert_allclose(V[k], expected, rtol=1e-12)


def test_a_jump_onto_the_threshold_is_a_spike_of_the_same_step(backend: str, host: Host) -> None:
    net = iso.init_all_states(Jumps(V_th=4 * u.mV))
    assert host(net(np.array([0.0, 0.0, 1.0]))).tolist() == [1, 0]


def test_weights_are_converted_to_the_unit_of_the_potential(backend: str, host: Host) -> None:
    runs = []
    for weight in (WEIGHTS * u.mV, WEIGHTS * 1000 * u.uvolt):
        net = iso.init_all_states(Jumps(weight))
        drive(net)
        runs.append(host(net.post.V.value))
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-14)


def test_two_projections_onto_one_population_add(backend: str, host: Host) -> None:
    post = iso.LIF(2, V_th=100 * u.mV)
    first, second = (iso.DeltaProj(comm=iso.AllToAll(1, 2, w * u.mV), post=post) for w in (1.0, 0.5))
    for part in (first, second):
        iso.init_all_states(part)
    first(np.ones(1))
    second(np.ones(1))
    post()
    np.testing.assert_allclose(host(post.V.value), [1.5, 1.5], rtol=1e-14)


def test_a_sparse_connection_jumps_as_its_dense_matrix(backend: str, host: Host) -> None:
    post = iso.LIF(20, V_th=100 * u.mV)
    proj = iso.init_all_states(iso.DeltaProj(comm=iso.FixedProb(30, 20, 0.3, 0.25 * u.mV), post=post))
    spikes = (np.arange(30) % 3 == 0).astype(float)
    proj(spikes)
    post()
    V = host(post.V.value)
    assert V.any()
    np.testing.assert_allclose(V / 0.25, np.round(V / 0.25), atol=1e-12)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, precision: str, host: Host) -> None:
    spikes = np.random.default_rng(1).integers(0, 2, (50, 3)).astype(precision)
    runs = []
    with iso.environ.context(precision=precision):
        for batch_size, given in ((None, spikes), (1, spikes[:, None])):
            net = iso.init_all_states(Jumps(), batch_size)
            runs.append(host(iso.transform.for_loop(lambda x, n=net: (n(x), n.post.V.value)[1], given)))
    assert (runs[0] == runs[1][:, 0]).all()


def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any) -> None:
    for run in same_bits(lambda: Jumps(V_th=30 * u.mV), drive).values():
        assert run["output"].any()


def test_a_connection_of_another_size_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"DeltaProj\(comm=\.\.\.\) delivers to \(3,\).*LIF has \(2,\).*out_size=2"):
        iso.DeltaProj(comm=iso.AllToAll(4, 3, 1 * u.mV), post=iso.LIF(2))


@pytest.mark.parametrize(("weight", "named"), [(1 * u.nS, "nS"), (1.0, "dimensionless"), (1 * u.pA, "pA")])
def test_weights_that_are_no_potential_are_refused(weight: Any, named: str) -> None:
    with pytest.raises(UnitError, match=rf"DeltaProj\(comm=AllToAll\).*{named}.*LIF jumps in mV.*0\.25 \* u\.mV"):
        iso.DeltaProj(comm=iso.AllToAll(4, 2, weight), post=iso.LIF(2))


def test_what_is_no_connection_or_neuron_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"DeltaProj\(comm=\.\.\.\) is 3.*a Comm"):
        iso.DeltaProj(comm=3, post=iso.LIF(2))
    with pytest.raises(ParameterError, match=r"DeltaProj\(post=\.\.\.\) is a Expon.*a Neuron"):
        iso.DeltaProj(comm=iso.AllToAll(4, 2, 1 * u.mV), post=iso.Expon(2))
