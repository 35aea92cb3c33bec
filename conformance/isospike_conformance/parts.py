"""Parts that several cases are built of."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u

__all__ = ["add_pacemakers"]


def add_pacemakers(net: iso.Network, name: str, n: int | tuple[int, ...]) -> iso.LIF:
    """Add cells that spike by themselves, each at an interval of its own from 2 to 22 ms."""
    cells = iso.LIF(n, tau=10 * u.ms, V_th=1 * u.mV, spk_reset="hard")
    net.add_population(name, cells)
    current = np.linspace(1.125, 5.5, int(np.prod(n))).reshape(n)
    net.add_input(f"{name}_drive", iso.ConstantInput(n, amplitude=current * u.mA), target=name)
    return cells
