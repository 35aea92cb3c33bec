"""Ornstein-Uhlenbeck noise into leaky cells."""

from __future__ import annotations

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.truth import TruthVerdict, judge_moment

__all__ = ["CASE", "build"]

N, MEAN, SIGMA, TAU_STEPS = 256, 0.9, 0.4, 50  # cells, mA, mA, steps in the correlation time


def build() -> iso.Network:
    """Return cells that spike where the noise lifts them above threshold."""
    net = iso.Network()
    net.add_population("cells", iso.LIF(N, tau=10 * u.ms, V_th=1 * u.mV, spk_reset="hard"))
    net.add_input("noise", iso.OUProcess(N, mean=MEAN * u.mA, sigma=SIGMA * u.mA, tau=5 * u.ms), target="cells")
    return net


def truth(record: Record) -> Verdict:
    r"""Judge mean, variance and the correlation :math:`e^{-|t| / \tau}` at lags of a step and of tau."""
    x = record.states["noise.x"].values - MEAN
    parts: dict[str, Verdict] = {"mean": judge_moment(x.mean(axis=0), 0.0)}
    for name, lag in (("variance", 0), ("correlation in a step", 1), ("correlation in tau", TAU_STEPS)):
        product = x[lag:] * x[: len(x) - lag]
        parts[name] = judge_moment(product.mean(axis=0), SIGMA**2 * np.exp(-lag / TAU_STEPS))
    return TruthVerdict(parts)


CASE = Case(
    "ou",
    "Catches normal numbers with a wrong tail or sign, or a decay and a spread from another exponential.",
    build,
    truth=truth,
)
