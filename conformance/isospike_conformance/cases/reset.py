"""Soft and hard resets side by side, driven so hard that the overshoot is a large part of the way."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Train, Verdict
from isospike_conformance.truth import judge

__all__ = ["CASE", "build"]

N, TAU_STEPS, RESET, THRESHOLD = 32, 50, -0.3, 1.0  # cells, steps in a time constant, mV
LIMIT = np.linspace(1.1, 40.0, N)  # mV that the currents pull to


def build() -> iso.Network:
    """Return one population of each kind under the same currents."""
    net = iso.Network()
    for kind in ("soft", "hard"):
        cells = iso.LIF(N, tau=5 * u.ms, V_th=THRESHOLD * u.mV, V_reset=RESET * u.mV, spk_reset=kind)
        net.add_population(kind, cells)
        net.add_input(f"{kind}_drive", iso.ConstantInput(N, amplitude=LIMIT * u.mA), target=kind)
    return net


def truth(record: Record) -> Verdict:
    r"""Judge potentials by the spikes before them, and spikes by the potentials.

    .. math:: V_{soft}(k) = V_\infty (1 - d^k) - (V_{th} - V_{reset}) \sum_{s < k} d^{k - s}, \qquad
              V_{hard}(k) = V_\infty + (V_{reset} - V_\infty) d^{k - s_{last}}, \qquad d = e^{-dt / \tau}
    """
    V = {kind: _potential(kind, _raster(record.spikes[kind], record.steps)) for kind in ("soft", "hard")}
    spikes = {kind: v >= THRESHOLD for kind, v in V.items()}
    return judge(record, {f"{kind}.V": v for kind, v in V.items()}, spikes)


def _raster(train: Train, steps: int) -> np.ndarray:
    raster = np.zeros((steps, N), bool)
    raster[train] = True
    return raster


def _potential(kind: str, raster: np.ndarray) -> np.ndarray:
    step = np.arange(1, len(raster) + 1)[:, None]
    free = LIMIT * -np.expm1(-step / TAU_STEPS)
    if kind == "soft":
        past = np.tril(np.exp((step.T - step) / TAU_STEPS), -1)  # what a spike of step s is worth at step k
        return np.asarray(free - (THRESHOLD - RESET) * (past @ raster))
    last = np.maximum.accumulate(np.where(raster, step, 0))
    last = np.vstack([np.zeros((1, N), last.dtype), last[:-1]])
    return np.asarray(np.where(last > 0, LIMIT + (RESET - LIMIT) * np.exp((last - step) / TAU_STEPS), free))


CASE = Case(
    "reset",
    "Catches a reset that comes a step late, or one that loses the overshoot which it has to keep, or the reverse.",
    build,
    truth=truth,
)
