"""ConnectivityContract: what every connection keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

import isospike as iso
from isospike import units
from isospike.comm import SparseComm
from isospike.errors import ShapeError
from isospike.namespace import to_host
from isospike_conformance.contracts.contract import expect, refused
from isospike_conformance.contracts.model import ModelContract
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["ConnectivityContract"]


class ConnectivityContract(ModelContract):
    """What every connection keeps.

    Attributes
    ----------
    model : type
        A subclass of Comm.
    """

    def test_draws_the_same_synapses_for_the_same_seed(self) -> None:
        """Synapses and weights are a function of the seed, and resetting a network draws none anew."""
        first, second = self.running(), self.running()
        for path, array in _drawn(self.instance(first)).items():
            fix = "draw from the HostRandom that connect(rng) is given, from nothing else"
            expect(np.array_equal(array, _drawn(self.instance(second))[path]), f"{path} differs in a second run: {fix}")
        before = _drawn(self.instance(first))
        with first.environment():
            iso.reset_all_states(first.module)
        for path, array in _drawn(self.instance(first)).items():
            expect(np.array_equal(array, before[path]), f"{path} is drawn anew by reset_all_states")

    def test_delivers_to_each_cell_in_the_unit_of_its_weights(self) -> None:
        """No spike delivers nothing, in the shape of the targets and the unit of the weights."""
        comm: Any = self.instance(self.running())
        value, unit = units.split(self._delivered(np.zeros(comm.in_size)))
        got, want = tuple(value.shape), tuple(comm.post_size)
        expect(got == want, f"{self.title} delivers shape {got}, expected {want}: return self.shape_output(total)")
        held = comm.weight_unit()
        fix = "return units.quantity(total, unit of self.weight.value)"
        expect(units.same_dimension(unit, held), f"{self.title} of weights in {held} delivers {unit}: {fix}")
        expect(not np.any(to_host(value)), f"{self.title} delivers something where no cell spikes")

    def test_delivers_the_sum_over_the_cells_that_spike(self) -> None:
        """Spikes of two sets of cells deliver the sum of both; sparse ones the rows of their matrix."""
        comm: Any = self.instance(self.running())
        odd = (np.arange(comm.n_pre) % 2 == 1).reshape(comm.in_size)
        a, b, both = (to_host(units.split(self._delivered(s * 1.0))[0]) for s in (odd, ~odd, odd | ~odd))
        expect(
            np.allclose(a + b, both, rtol=1e-9), f"{self.title}: spikes together do not deliver the sum of each alone"
        )
        expect(both.any(), f"{self.title} delivers nothing where all cells spike")
        if isinstance(comm, SparseComm):
            weight = np.broadcast_to(to_host(comm.weight.leaves[0]), comm.csr.indices.shape)
            rows = np.repeat(odd.reshape(-1), np.diff(comm.csr.indptr))
            expected = np.bincount(comm.csr.indices[rows], weight[rows], comm.n_post)
            fix = "apply event_matvec to csr.indptr and csr.indices, or leave update() to SparseComm"
            close = np.allclose(a.reshape(-1), expected, rtol=1e-6)
            expect(close, f"{self.title} delivers something else than the rows of its csr: {fix}")

    def test_refuses_spikes_of_another_population(self) -> None:
        """Spikes go through ``check_spikes``."""
        size = self.instance(self.running()).in_size
        fix = "begin update(spikes) with self.check_spikes(spikes)"
        with refused(ShapeError, f"{self.title} for {size} cells, given the spikes of one cell more", fix):
            self._delivered(np.zeros((*size[:-1], size[-1] + 1)))

    def _delivered(self, spikes: Any) -> Any:
        running = Running(self.used, REFERENCE, "float64", "fast")
        with running.environment():
            return self.instance(running)(spikes)


def _drawn(comm: Any) -> dict[str, Any]:
    """Return what a connection has drawn, on the host."""
    found = {"weight": to_host(comm.weight.leaves[0]).copy()}
    if isinstance(comm, SparseComm):
        found |= {"csr.indptr": comm.csr.indptr, "csr.indices": comm.csr.indices}
    return found
