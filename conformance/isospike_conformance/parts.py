"""Parts that several cases are built of."""

from __future__ import annotations

from typing import Any

import numpy as np

import isospike as iso
from isospike import units as u

__all__ = ["add_balance", "add_conductances", "add_pacemakers", "conductance_network", "leaky_cells"]


def add_pacemakers(net: iso.Network, name: str, n: int | tuple[int, ...]) -> iso.LIF:
    """Add cells that spike by themselves, each at an interval of its own from 2 to 22 ms."""
    cells = iso.LIF(n, tau=10 * u.ms, V_th=1 * u.mV, spk_reset="hard")
    net.add_population(name, cells)
    current = np.linspace(1.125, 5.5, int(np.prod(n))).reshape(n)
    net.add_input(f"{name}_drive", iso.ConstantInput(n, amplitude=current * u.mA), target=name)
    return cells


def conductance_network(syn: Any, weights: Any) -> iso.Network:
    """Return pacemakers, and cells that each one of them pulls towards 0 mV, by a synapse with a weight of its own."""
    net, n = iso.Network(), len(weights)
    add_pacemakers(net, "source", n)
    cells = iso.LIF(n, V_rest=-65 * u.mV, V_initializer=-65 * u.mV, V_th=100 * u.mV, tau=20 * u.ms, R=100 * u.Mohm)
    net.add_population("cells", cells)
    comm, out = iso.OneToOne(n, weights), iso.COBA.desc(E=0 * u.mV)
    net.add_projection("excite", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="source")
    return net


def leaky_cells(n: int, V_rest: Any, V_initializer: Any) -> iso.LIFRef:
    """Return the cells of Vogels and Abbott (2005)."""
    return iso.LIFRef(
        n,
        V_rest=V_rest,
        V_th=-50 * u.mV,
        V_reset=-60 * u.mV,
        spk_reset="hard",
        tau=20 * u.ms,
        tau_ref=5 * u.ms,
        R=100 * u.Mohm,
        V_initializer=V_initializer,
    )


def add_balance(net: iso.Network, cells: iso.Neuron, weights: Any, syns: Any, outs: Any) -> None:
    """Add cells, four fifths of them excitatory, and their projections onto all: 80 synapses to a cell in the mean.

    ``weights``, ``syns`` and ``outs`` are pairs, of the excitatory and the inhibitory projection.
    """
    n, n_exc = cells.size, cells.size * 4 // 5
    groups = {"E": (0, n_exc), "I": (n_exc, n)}
    net.add_population("cells", cells, groups=groups)
    for name, (group, (start, stop)), weight, syn, out in zip(
        ("exc", "inh"), groups.items(), weights, syns, outs, strict=True
    ):
        comm = iso.FixedProb(stop - start, n, 80 / n, weight, self_offset=start)
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre=f"cells.{group}")


def add_conductances(net: iso.Network, cells: iso.Neuron) -> None:
    """Add cells and their projections, with the conductances of Vogels and Abbott (2005) and those at the start."""
    starts = iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS), iso.Normal(200 * u.nS, 120 * u.nS, low=0 * u.nS)
    syns = [iso.Expon.desc(tau=tau, g_initializer=g) for tau, g in zip((5 * u.ms, 10 * u.ms), starts, strict=True)]
    outs = [iso.COBA.desc(E=E) for E in (0 * u.mV, -80 * u.mV)]
    add_balance(net, cells, (6 * u.nS, 67 * u.nS), syns, outs)
