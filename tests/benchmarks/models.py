"""The benchmark networks as models of isospike: any number of cells, 80 synapses to each, and a count of spikes."""

from __future__ import annotations

import isospike as iso
from isospike import units as u

__all__ = ["Coba", "Cuba", "HodgkinHuxley"]


class Coba(iso.Module):
    """Cells with conductances (Vogels and Abbott 2005), four of five of them excitatory.

    Parameters
    ----------
    n : int
        Number of cells.
    """

    drive: object = 200 * u.pA

    def __init__(self, n: int = 4000) -> None:
        self.n, self.n_exc = n, n * 4 // 5
        self.cells = self.population()
        exc, inh = self.synapses()
        self.exc = self.projection(0, self.n_exc, *exc)
        self.inh = self.projection(self.n_exc, n - self.n_exc, *inh)

    def population(self) -> iso.Neuron:
        """Return the cells."""
        V = iso.Normal(-65 * u.mV, 5 * u.mV)
        levels = {"V_rest": -60 * u.mV, "V_th": -50 * u.mV, "V_reset": -60 * u.mV, "V_initializer": V}
        return iso.LIFRef(self.n, tau=20 * u.ms, tau_ref=5 * u.ms, R=100 * u.Mohm, spk_reset="hard", **levels)

    def synapses(self) -> tuple[tuple[object, ...], ...]:
        """Return weight, time constant, output and first conductance of the excitatory and inhibitory synapses."""
        g_exc = iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS)
        g_inh = iso.Normal(200 * u.nS, 120 * u.nS, low=0 * u.nS)
        return (
            (6 * u.nS, 5 * u.ms, iso.COBA.desc(E=0 * u.mV), g_exc),
            (67 * u.nS, 10 * u.ms, iso.COBA.desc(E=-80 * u.mV), g_inh),
        )

    def projection(self, first: int, size: int, weight: object, tau: object, out: object, g: object) -> iso.Module:
        """Return a projection of ``size`` cells onto all."""
        comm = iso.FixedProb(size, self.n, 80 / self.n, weight, self_offset=first)
        given = {} if g is None else {"g_initializer": g}
        return iso.AlignPostProj(comm=comm, syn=iso.Expon.desc(tau=tau, **given), out=out, post=self.cells)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start the count."""
        self.count = iso.ShortTermState(0)

    def update(self) -> object:
        """Advance by one step."""
        spikes = self.cells.get_spike()
        self.exc(spikes[: self.n_exc])
        self.inh(spikes[self.n_exc :])
        spikes = self.cells() if self.drive is None else self.cells(self.drive)
        self.count.value += iso.math.sum(spikes != 0)
        return spikes


class Cuba(Coba):
    """Cells with currents (Vogels and Abbott 2005), as in docs/examples/cuba.toml."""

    drive = None

    def population(self) -> iso.Neuron:
        """Return the cells."""
        V = iso.Uniform(-60 * u.mV, -50 * u.mV)
        levels = {"V_rest": -49 * u.mV, "V_th": -50 * u.mV, "V_reset": -60 * u.mV, "V_initializer": V}
        return iso.LIFRef(self.n, tau=20 * u.ms, tau_ref=5 * u.ms, R=100 * u.Mohm, spk_reset="hard", **levels)

    def synapses(self) -> tuple[tuple[object, ...], ...]:
        """Return what the synapses are; no current flows at first."""
        out = iso.CUBA.desc(scale=1.0)
        return (16.2 * u.pA, 5 * u.ms, out, None), (-90 * u.pA, 10 * u.ms, out, None)


class HodgkinHuxley(Coba):
    """Cells of Traub and Miles with the synapses of COBA, as in docs/examples/hh.toml."""

    drive = None

    def population(self) -> iso.Neuron:
        """Return the cells."""
        return iso.TraubMilesHH(self.n, V_initializer=iso.Normal(-65 * u.mV, 5 * u.mV), gates="zero")
