"""A pulse that runs along a chain of cells: a network in Python, for `isospike run chain.py`."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u

RUN = {"duration": "200 ms", "dt": "0.1 ms"}
RECORD = {"variables": ["cells.V"]}
N = 50


def build() -> iso.Network:
    """Return the network; `isospike run` initialises and simulates it."""
    net = iso.Network()
    cells = net.add_population("cells", iso.LIFRef(N, tau=20 * u.ms, V_th=20 * u.mV, R=100 * u.Mohm))

    # Cell i excites cell i + 1, strongly enough to make it fire.
    onward = np.eye(N, k=1) * 2 * u.nA
    step = iso.AlignPostProj(
        comm=iso.AllToAll(N, N, onward),
        syn=iso.Expon.desc(tau=5 * u.ms),
        out=iso.CUBA.desc(scale=1.0),
        post=cells,
    )
    net.add_projection("onward", step, pre="cells")

    # Only the first cell is driven.
    net.add_input("drive", iso.ConstantInput(N, amplitude=np.eye(N)[0] * 250 * u.pA), target="cells")
    return net
