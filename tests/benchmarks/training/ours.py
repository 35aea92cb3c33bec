"""A training step of a recurrent network in isospike: ``ours.py jax|torch T batch repeats``.

The inputs of all steps are multiplied by their weights at once, before the loop, as by hand.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import task

import isospike as iso
from isospike import units as u


class Recurrent(iso.Module):
    """LIF cells that are connected to each other, and a leaky readout."""

    def __init__(self) -> None:
        self.into = iso.Linear(task.N_IN, task.HIDDEN, task.W_IN * u.mA, None)
        self.recurrent = iso.Linear(task.HIDDEN, task.HIDDEN, task.W_RECURRENT * u.mA, None)
        resistance, tau = 1 / (1 - task.BETA) * u.ohm, -1 / np.log(task.BETA) * u.ms  # LIF scales its input by 1 - beta
        self.cells = iso.LIF(task.HIDDEN, R=resistance, tau=tau, V_th=1 * u.mV, spk_fun=iso.SoftSign(task.SLOPE))
        self.onward = iso.Linear(task.HIDDEN, task.N_OUT, task.W_OUT, None)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start the readout at zero."""
        self.out = iso.HiddenState(np.zeros((batch_size, task.N_OUT)))

    def update(self, current: Any) -> tuple[Any, Any]:
        """Advance by one step under the current of the inputs."""
        z = self.cells(current + self.recurrent(self.cells.get_spike()))
        self.out.value = task.KAPPA * self.out.value + self.onward(z)
        return self.out.value, iso.math.mean(z)


def main() -> None:
    """Time the step."""
    backend, steps, batch, repeats = sys.argv[1], *map(int, sys.argv[2:])
    x, labels = task.data(steps, batch)
    engine = "compiled" if backend == "torch" else None
    iso.environ.set(dt=1 * u.ms, backend=backend, engine=engine, precision="float32")
    network = iso.init_all_states(Recurrent(), batch_size=batch)
    weights = network.states(iso.ParamState)
    adam = iso.optim.Adam(1e-3).register_trainable_weights(weights)

    def loss(x: Any) -> tuple[Any, Any]:
        iso.reset_all_states(network)
        out, rate = iso.transform.for_loop(network, network.into(x))
        return iso.losses.cross_entropy(iso.math.mean(out, axis=0), labels), iso.math.mean(rate)

    @iso.transform.jit
    def train(x: Any) -> tuple[Any, Any]:
        (value, rate), gradients = iso.transform.value_and_grad(loss, weights, has_aux=True)(x)
        adam.update(gradients)
        return value, rate

    task.measure(f"isospike {backend}", lambda: tuple(float(value) for value in train(x)), repeats)


if __name__ == "__main__":
    main()
