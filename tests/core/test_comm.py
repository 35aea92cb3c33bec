"""A connection onto a range of the cells of a population."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ShapeError

Host = Callable[[Any], np.ndarray]
W = 2 * u.nS
# From three cells to two, of which the kernel of 1 x 2 of the convolution makes an image of 1 x 2 x 1.
COMMS: dict[str, Callable[[], Any]] = {
    "sparse": lambda: iso.FixedProb(3, 2, 0.7, W),
    "uniform": lambda: iso.AllToAll(3, 2, W),
    "dense": lambda: iso.AllToAll(3, 2, np.arange(6.0).reshape(3, 2) * u.nS),
    "linear": lambda: iso.Linear(3, 2),
    "one to one": lambda: iso.OneToOne(2, W),
    "convolution": lambda: iso.Conv2d((1, 3, 1), 1, (1, 2), padding="VALID"),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def delivered(comm: Any, host: Host, batch: int | None) -> np.ndarray:
    iso.init_all_states(comm, batch, name="comm")
    shape = comm.in_size if batch is None else (batch, *comm.in_size)
    return host(comm(np.random.default_rng(1).integers(0, 2, shape).astype(float)))


@pytest.mark.parametrize("make", COMMS.values(), ids=COMMS)
@pytest.mark.parametrize(("size", "start"), [(2, 0), (7, 0), (7, 3), (7, 5), ((2, 3), 1)])
@pytest.mark.parametrize("batch", [None, 4])
def test_a_range_receives_what_a_population_of_its_size_does_and_the_others_nothing(
    backend: str, host: Host, make: Callable[[], Any], size: Any, start: int, batch: int | None
) -> None:
    alone = delivered(make(), host, batch)
    axes = () if batch is None else (batch,)
    expected = np.zeros((*axes, int(np.prod(size))))
    expected[..., start : start + 2] = alone.reshape(*axes, 2)
    got = delivered(make().onto(size, start), host, batch)
    assert got.shape == (*axes, *np.atleast_1d(size))
    np.testing.assert_array_equal(got.reshape(expected.shape), expected)


def test_delays_of_synapses_reach_the_range(backend: str) -> None:
    def potentials(comm: Any, size: int) -> np.ndarray:
        cells = iso.LIF(size, V_th=400 * u.mV)
        net = iso.Network()
        net.add_population("stimulus", iso.SpikeTime(3, [0.0, 0.1, 0.3] * u.ms, [0, 1, 2]))
        net.add_population("cells", cells)
        delay = np.arange(6.0) * 0.1 * u.ms
        net.add_projection("p", iso.DeltaProj(comm=comm, post=cells, delay=delay), pre="stimulus")
        return np.asarray(iso.simulate(iso.init_all_states(net), 1.2 * u.ms, monitors={"V": "cells.V"}).states["V"])

    alone = potentials(iso.FixedProb(3, 2, 1.0, 1 * u.mV), 2)
    got = potentials(iso.FixedProb(3, 2, 1.0, 1 * u.mV).onto(5, 2), 5)
    assert len(np.unique(alone)) > 4
    # A kernel of C++ computes the last cells of a vector one by one, without its fused multiply-adds.
    np.testing.assert_allclose(got[:, 2:4], alone, rtol=1e-14)
    assert not got[:, [0, 1, 4]].any()


@pytest.mark.parametrize(("size", "start"), [(4, 3), (1, 0), (4, -1)])
def test_a_range_that_the_population_does_not_have_is_refused(size: int, start: int) -> None:
    with pytest.raises(ShapeError, match=rf"OneToOne has 2 postsynaptic cells, and onto\({size}, start={start}\)"):
        iso.OneToOne(2, W).onto(size, start)


def test_the_projection_says_how_to_reach_a_range() -> None:
    with pytest.raises(ShapeError, match=r"onto\(5, start\)"):
        iso.DeltaProj(comm=iso.OneToOne(2, 1 * u.mV), post=iso.LIF(5))
