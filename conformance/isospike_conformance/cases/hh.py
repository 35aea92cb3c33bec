"""HH: Hodgkin-Huxley cells with conductance synapses, the network of docs/examples/hh.toml."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.compare import Record, Verdict
from isospike_conformance.parts import add_conductances
from isospike_conformance.truth import Drawn, Values, judge_steps

__all__ = ["CASE", "build"]


def build(n: int = 1000) -> iso.Network:
    """Return benchmark 3 of Brette et al. (2007) with fewer cells and as many synapses to each as with 4000."""
    net = iso.Network()
    add_conductances(net, iso.TraubMilesHH(n, gates="zero", V_initializer=iso.Normal(-65 * u.mV, 5 * u.mV)))
    return net


def by_hand(drawn: Drawn, n_exc: int = 800) -> Iterator[Values]:
    """Yield the States of each step of a loop over the same synapses; in mV, nS, pF and ms."""
    V, g_exc, g_inh = (drawn.state(path) for path in ("cells.V", "exc.syn.g", "inh.syn.g"))
    m, h, n = (drawn.state(f"cells.{gate}") for gate in "mhn")
    fired = np.zeros(len(V), bool)
    while True:
        g_exc = g_exc * np.exp(-0.1 / 5) + drawn.arriving("exc", fired[:n_exc])
        g_inh = g_inh * np.exp(-0.1 / 10) + drawn.arriving("inh", fired[n_exc:])
        sodium, potassium = 20000 * m**3 * h, 6000 * n**4
        total = 10 + sodium + potassium + g_exc + g_inh
        limit = (10 * -60 + sodium * 50 + potassium * -90 + g_inh * -80) / total
        before = V
        V = limit + (V - limit) * np.exp(-0.1 * total / 200)
        m, h, n = (_gate(x, *rates) for x, rates in zip((m, h, n), _rates(before + 63), strict=True))
        fired = (V >= -20) & (before < -20)
        states = {"cells.V": V, "cells.V_before": before, "cells.m": m, "cells.h": h, "cells.n": n}
        yield {**states, "exc.syn.g": g_exc, "inh.syn.g": g_inh}, {"cells": fired}


def _gate(x: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    steady = alpha / (alpha + beta)
    return np.asarray(steady + (x - steady) * np.exp(-0.1 * (alpha + beta)))


def _rates(v: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return the rates of Traub and Miles per ms, opening and closing of m, h and n, v above their V_T."""
    return (
        (0.32 * (13 - v) / np.expm1((13 - v) / 4), 0.28 * (v - 40) / np.expm1((v - 40) / 5)),
        (0.128 * np.exp((17 - v) / 18), 4 / (1 + np.exp((40 - v) / 5))),
        (0.032 * (15 - v) / np.expm1((15 - v) / 5), 0.5 * np.exp((10 - v) / 40)),
    )


def truth(record: Record) -> Verdict:
    """Judge all States and spikes by the loop by hand."""
    return judge_steps(record, by_hand(Drawn(CASE)), quantity="scale_ulp.upstroke")


CASE = Case(
    "hh",
    "Catches an exponential, a power or a quotient near its singular point that rounds in another way.",
    build,
    rounding="hh",
    levels=DYNAMICS | {"L2"},
    truth=truth,
)
