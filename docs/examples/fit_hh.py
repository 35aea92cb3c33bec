"""Find the conductances of a Hodgkin-Huxley cell from its membrane potential, by gradient: `python fit_hh.py`.

Four steps of current are given to a cell whose conductances are those of the squid axon, and 0.5 mV of noise is added
to what it answers. A second cell, whose conductances are wrong by a quarter to a third, is fitted to these traces: the
gradient of the mean squared error goes back through every step of the equations, spikes included.

A spike too many or at a wrong time is a local minimum of such an error. So the cell is tied to the trace at first, by
a conductance that pulls V to it and is taken away as the fit goes on (Abarbanel, Creveling, Farsian and Kostuk 2009,
Dynamical state and parameter estimation, SIAM J. Appl. Dyn. Syst. 8:1341).
"""

from __future__ import annotations

import argparse

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.data import Batches
from isospike.random.host import HostRandom

TRUE = {"g_L": 0.3, "g_Na": 120.0, "g_K": 36.0}  # mS
GUESS = {"g_L": 0.2, "g_Na": 90.0, "g_K": 45.0}
CURRENTS = np.array([[-8.0], [3.0], [7.0], [12.0]]) * u.uA


class Cell(iso.Module):
    """A cell that learns the logarithms of its conductances, so that these stay positive and of one scale."""

    def __init__(self, conductances: dict[str, float]) -> None:
        self.first = {name: g * u.mS for name, g in conductances.items()}
        self.log = {name: iso.ParamState(0.0) for name in conductances}
        self.now = {name: iso.LongTermState(g) for name, g in self.first.items()}
        self.tie = iso.LongTermState(0.0 * u.mS)
        self.axon = iso.HH(1, **self.now)

    def sweep(self, currents, traces):
        """Return V (sweeps, steps, 1) under constant currents, from rest on, tied to traces of that shape."""
        for name, g in self.now.items():
            g.value = self.first[name] * iso.math.exp(self.log[name].value)

        def step(trace):
            self.axon(currents + self.tie.value * (trace - self.axon.V.value))
            return self.axon.V.value

        first_time = (1, 0, 2)
        return iso.math.permute_dims(
            iso.transform.for_loop(step, iso.math.permute_dims(traces, first_time)), first_time
        )

    def found(self) -> dict[str, float]:
        """Return the conductances in mS."""
        return {name: float(g.value.to_decimal(u.mS)) for name, g in self.now.items()}


def recorded(n_steps: int):
    """Return noisy traces of the true cell."""
    cell = iso.init_all_states(Cell(TRUE), batch_size=len(CURRENTS.mantissa))
    traces = iso.transform.jit(cell.sweep)(CURRENTS, np.zeros((len(CURRENTS.mantissa), n_steps, 1)) * u.mV)
    traces = np.asarray(traces.to_decimal(u.mV))
    return (traces + 0.5 * HostRandom(1, "electrode").normal(traces.shape)) * u.mV


def main() -> None:
    """Record, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="jax", help="jax (default) or torch")
    parser.add_argument("--quick", action="store_true", help="5 ms and a few steps: shows that it runs, finds little")
    options = parser.parse_args()
    n_steps, epochs = (100, 3) if options.quick else (400, 500)
    # An epoch is 400 steps of long equations, forth and back, one call of torch an operation: 1.5 s. Compiled, which
    # takes half a minute and a C++ compiler, it is 0.05 s.
    engine = "compiled" if options.backend == "torch" and not options.quick else None
    with iso.environ.context(backend=options.backend, engine=engine, dt=0.05 * u.ms, precision="float64"):
        traces = recorded(n_steps)
        cell = iso.init_all_states(Cell(GUESS), batch_size=len(CURRENTS.mantissa))

        def loss(currents, target):
            return iso.losses.mean_squared_error(cell.sweep(currents, target), target)

        def untie(history):
            cell.tie.value = max(0.0, 1.0 - len(history) / (0.6 * epochs)) * u.mS

        def show(history):
            if len(history) % 100 == 1 or len(history) == epochs:
                found = "  ".join(f"{name} {g:7.3f}" for name, g in cell.found().items())
                print(f"epoch {len(history):3d}  loss {history.last['loss']:8.3f} mV2  {found} mS")

        cell.tie.value = 1.0 * u.mS
        optimizer = iso.optim.Adam(iso.optim.CosineDecay(0.03, epochs))
        data = Batches(CURRENTS, traces, size=len(CURRENTS.mantissa), shuffle=False)
        iso.fit(cell, loss, data, optimizer, epochs=epochs, callbacks=[untie, show])
    for name, g in cell.found().items():
        print(f"{name}: {g:.3f} mS, {100 * (g / TRUE[name] - 1):+.2f} % from the truth")


if __name__ == "__main__":
    main()
