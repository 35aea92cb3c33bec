"""A smooth cell: gradients of a loss without spikes, which central differences know as well."""

from __future__ import annotations

from typing import Any

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case

__all__ = ["CASE", "Smooth", "build"]

N_IN, N, LEARNT = 6, 4, 100  # LEARNT: steps of the loss
TARGET = np.linspace(0.2, 0.8, N)  # mV


class Smooth(iso.Module):
    """Random spikes through trained weights into cells that stay below threshold, with trained time constants."""

    def __init__(self) -> None:
        self.source = iso.PoissonInput(N_IN, rate=500 * u.Hz)
        self.into = iso.Linear(N_IN, N, iso.Normal(0.3 * u.mA, 0.2 * u.mA), None)
        self.filter = iso.Expon(N, tau=iso.ParamState(np.array([2.0, 3.0, 5.0, 8.0]) * u.ms))
        self.filter.unit = u.mA
        self.cells = iso.LIF(N, tau=iso.ParamState(10 * u.ms), V_th=200 * u.mV, V_reset=100 * u.mV)

    def update(self) -> Any:
        """Advance by one step and return the potential."""
        self.cells(self.filter(self.into(self.source())))
        return self.cells.V.value


def build() -> Smooth:
    """Return the cells."""
    return Smooth()


def loss(module: Smooth) -> tuple[Any, Any]:
    """Return the mean square distance of the potential from its target; there are no spikes."""
    V = iso.transform.for_loop(module, length=LEARNT)
    return iso.math.mean(((V / u.mV) - TARGET) ** 2), ()


CASE = Case(
    "gradient",
    "Catches a wrong derivative of an operation, a decay factor without a gradient, and a step that is left out.",
    build,
    dt_ms=0.5,
    levels=DYNAMICS | {"G"},
    loss=loss,
    smooth=True,
)
