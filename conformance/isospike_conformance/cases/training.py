"""A recurrent network that is trained: backpropagation through time, surrogate gradients at every spike."""

from __future__ import annotations

from typing import Any

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case

__all__ = ["CASE", "Layers", "build"]

BATCH, N_IN, HIDDEN, OUT, LEARNT = 8, 12, 20, 3, 200  # LEARNT: steps of the loss
TARGET = np.linspace(-0.4, 0.4, BATCH * OUT).reshape(BATCH, OUT)


class Layers(iso.Module):
    """A recurrent layer under random spikes, a second one and a leaky readout."""

    def __init__(self) -> None:
        cell: dict[str, Any] = {"tau": 10 * u.ms, "V_th": 1 * u.mV, "spk_fun": iso.ReluGrad()}
        self.source = iso.PoissonInput(N_IN, rate=200 * u.Hz)
        self.into = iso.Linear(N_IN, HIDDEN, iso.KaimingNormal(scale=200.0, unit=u.mA), None)
        self.recurrent = iso.Linear(HIDDEN, HIDDEN, iso.Normal(0 * u.mA, 1 * u.mA), None)
        self.first = iso.LIF(HIDDEN, **cell)
        self.onward = iso.Linear(HIDDEN, HIDDEN, iso.KaimingNormal(scale=300.0, unit=u.mA), None)
        self.second = iso.LIF(HIDDEN, **cell)
        self.readout = iso.Linear(HIDDEN, OUT, iso.XavierNormal())

    def init_state(self, batch_size: int | None = None) -> None:
        """Start the readout at zero."""
        self.out = iso.HiddenState(np.zeros((OUT,) if batch_size is None else (batch_size, OUT)))

    def update(self) -> Any:
        """Advance by one step; return what is read out and the spikes of both layers."""
        z = self.first(self.into(self.source()) + self.recurrent(self.first.get_spike()))
        z = self.second(self.onward(z))
        self.out.value = 0.95 * self.out.value + self.readout(z)
        return self.out.value, self.first.get_spike(), z


def build() -> Layers:
    """Return the network."""
    return Layers()


def loss(module: Layers) -> tuple[Any, Any]:
    """Return how far the mean of the readout is from its target, and the spikes."""
    out, *spikes = iso.transform.for_loop(module, length=LEARNT)
    return iso.math.mean((iso.math.mean(out, axis=0) - TARGET) ** 2), spikes


CASE = Case(
    "training",
    "Catches a spike whose surrogate is lost or taken twice, and a gradient that stops at the reset or the recurrence.",
    build,
    dt_ms=1.0,
    seed=3,
    batch_size=BATCH,
    levels=DYNAMICS | {"G"},
    loss=loss,
)
