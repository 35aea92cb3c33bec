"""COBA: 4000 leaky cells with conductance synapses, the network of docs/examples/coba.toml."""

from __future__ import annotations

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case

__all__ = ["CASE", "build"]

N, N_EXC = 4000, 3200


def build() -> iso.Network:
    """Return the network of Vogels and Abbott (2005) under a constant drive."""
    net = iso.Network()
    cells = iso.LIFRef(
        N,
        V_rest=-60 * u.mV,
        V_th=-50 * u.mV,
        V_reset=-60 * u.mV,
        spk_reset="hard",
        tau=20 * u.ms,
        tau_ref=5 * u.ms,
        R=100 * u.Mohm,
        V_initializer=iso.Normal(-65 * u.mV, 5 * u.mV),
    )
    net.add_population("cells", cells, groups={"E": (0, N_EXC), "I": (N_EXC, N)})
    for name, (start, stop), weight, tau, reversal, g in (
        ("exc", (0, N_EXC), 6 * u.nS, 5 * u.ms, 0 * u.mV, iso.Normal(40 * u.nS, 15 * u.nS, low=0 * u.nS)),
        ("inh", (N_EXC, N), 67 * u.nS, 10 * u.ms, -80 * u.mV, iso.Normal(200 * u.nS, 120 * u.nS, low=0 * u.nS)),
    ):
        comm = iso.FixedProb(stop - start, N, 0.02, weight, self_offset=start)
        syn, out = iso.Expon.desc(tau=tau, g_initializer=g), iso.COBA.desc(E=reversal)
        group = "E" if name == "exc" else "I"
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre=f"cells.{group}")
    net.add_input("drive", iso.ConstantInput(N, amplitude=200 * u.pA), target="cells")
    return net


CASE = Case("coba", "A wrong sum, order or decay moves a spike within milliseconds.", build, levels=DYNAMICS | {"L2"})
