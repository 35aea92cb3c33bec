"""A batch: the recurrent network that is unbatched elsewhere, with a leading axis on every State."""

from __future__ import annotations

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case

__all__ = ["CASE", "build"]

N = 64


def build() -> iso.Network:
    """Return cells that excite each other, each member of the batch under noise of its own."""
    net = iso.Network()
    cells = iso.LIFRef(N, tau=10 * u.ms, tau_ref=1 * u.ms, V_th=1 * u.mV, V_initializer=iso.Uniform(0 * u.mV, 1 * u.mV))
    net.add_population("cells", cells)
    net.add_population("source", iso.PoissonInput(N, rate=200 * u.Hz))
    syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
    for name, pre, weight in (("excite", "cells", 0.05), ("kick", "source", 0.1)):
        comm = iso.FixedProb(N, N, 0.2, weight * u.mA)
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre=pre)
    return net


CASE = Case(
    "batch",
    "Catches an axis that is summed or broadcast wrongly in a batch, or members that share their random numbers.",
    build,
    batch_size=4,
)
