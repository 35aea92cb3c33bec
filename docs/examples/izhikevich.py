"""Izhikevich's network of 2003 with four times its cells: `isospike run izhikevich.py`.

E. M. Izhikevich (2003), Simple model of spiking neurons, IEEE Transactions on Neural Networks 14:1569, figure 3 and
its program: 1000 cells, each connected to each. Here are 4000 cells, and two of them are connected with probability
1/4: as in the paper, a cell has 800 excitatory and 200 inhibitory synapses in the mean, with the weights of the paper.
To connect all would take four times the memory and give four times the input.

The time step of 1 ms, and the two half steps of V in it, are part of the model. The cells start together and need some
200 ms to fall out of step; then they fire at 7.0 to 7.2 Hz (the program of the paper: 7.1 to 7.2 Hz), in the rhythms of
the paper: in the spectrum of their rate alpha, at 8 Hz, and gamma, around 35 Hz, stand out.
"""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.random.host import HostRandom

N, N_E = 4000, 3200  # four excitatory cells to one inhibitory
RUN = {"duration": "1 s", "dt": "1 ms", "precision": "float32", "seed": 1}
RECORD = {"variables": [{"variable": "cells.V", "neurons": [0, 1, N - 1]}]}
RATE = u.mV / u.ms  # of an input, which is no current: the equation has no capacitance


def build() -> iso.Network:
    """Return the network; `isospike run` initialises and simulates it."""
    net = iso.Network()
    cells = net.add_population("cells", population(), groups={"E": (0, N_E), "I": (N_E, N)})

    # A spike adds its weight to the input of the next step, and to no other.
    for name, group, size, low, high in (("exc", "E", N_E, 0.0, 0.5), ("inh", "I", N - N_E, -1.0, 0.0)):
        comm = iso.FixedProb(size, N, 0.25, iso.Uniform(low * RATE, high * RATE))
        step = iso.CurrentProj(comm=comm, out=iso.CUBA.desc(scale=1.0), post=cells)
        net.add_projection(name, step, pre=f"cells.{group}")

    # The thalamus: independent in each cell and each step, stronger in excitatory cells.
    thalamus = iso.WhiteNoise(N, sigma=np.repeat([5.0, 2.0], [N_E, N - N_E]) * RATE, tau=1 * u.ms)
    net.add_input("thalamus", thalamus, target="cells")
    return net


def population() -> iso.Izhikevich:
    """Return cells that lie, by a random number r each, between two types.

    Excitatory ones lie between regular spiking (r = 0) and chattering (r = 1), most near the first; inhibitory ones
    between low-threshold and fast spiking.
    """
    r = HostRandom(int(iso.environ.get("seed")), "cells.r").uniform(N)
    excites = np.arange(N) < N_E
    return iso.Izhikevich(
        N,
        a=np.where(excites, 0.02, 0.02 + 0.08 * r) / u.ms,
        b=np.where(excites, 0.2, 0.25 - 0.05 * r) / u.ms,
        c=np.where(excites, -65.0 + 15.0 * r * r, -65.0) * u.mV,
        d=np.where(excites, 8.0 - 6.0 * r * r, 2.0) * RATE,
    )
