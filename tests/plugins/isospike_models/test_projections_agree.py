"""AlignPost and AlignPre against a loop over single synapses in plain NumPy: delays, short-term plasticity, batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import NumericsError

N_PRE, N_POST, N_STEPS, BATCH = 7, 5, 120, 3
DT, TAU, TAU_M, R, E = 0.1, 2.0, 10.0, 0.25, 12.0  # ms, ms, ms, Mohm (1 / uS), mV
MAPPED = np.array([0.0, 0.1, 1.5, 3.0, 3.1, 3.2, 7.5])

DELAYS: dict[str, Any] = {
    "none": None,
    "one": 0.7 * u.ms,
    "beyond one word": 4.5 * u.ms,
    "per cell": MAPPED * u.ms,
    "per synapse": iso.Uniform(0 * u.ms, 5 * u.ms),
}
RELEASES: dict[str, Any] = {
    "none": None,
    "STP": iso.STP.desc(U=0.4, tau_f=20 * u.ms, tau_d=9 * u.ms),
    "STD": iso.STD.desc(U=0.4, tau=9 * u.ms),
}
DENSE = np.random.default_rng(5).random((N_PRE, N_POST))
COMMS: dict[str, Any] = {
    "sparse": lambda: iso.FixedProb(N_PRE, N_POST, 0.5, iso.Uniform(0 * u.uS, 1 * u.uS)),
    "dense": lambda: iso.AllToAll(N_PRE, N_POST, DENSE * u.uS),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=11):
        yield


# The reference


@dataclass
class Synapse:
    """One synapse with all its state of its own, as a textbook has it."""

    pre: int
    post: int
    weight: float
    delay: int
    release: str
    g: float = 0.0
    u: float = 0.0
    x: float = 1.0

    def step(self, spikes: np.ndarray, k: int) -> float:
        """Return the conductance in step k."""
        arrives = k >= self.delay and spikes[k - self.delay, self.pre] > 0
        amount = self._released(bool(arrives))
        self.g = self.g * np.exp(-DT / TAU) + self.weight * amount
        return self.g

    def _released(self, arrives: bool) -> float:
        if self.release == "none":
            return float(arrives)
        self.u *= np.exp(-DT / 20.0)
        self.x = 1 - (1 - self.x) * np.exp(-DT / 9.0)
        if not arrives:
            return 0.0
        if self.release == "STD":
            released = self.x
            self.x *= 1 - 0.4
            return released
        self.u += 0.4 * (1 - self.u)
        released = self.u * self.x
        self.x -= released
        return released


def reference(spikes: np.ndarray, synapses: list[Synapse]) -> tuple[np.ndarray, np.ndarray]:
    """Return conductance (uS) and potential (mV) of each target after each step."""
    g, V = np.zeros((N_STEPS, N_POST)), np.zeros((N_STEPS + 1, N_POST))
    for k in range(N_STEPS):
        for synapse in synapses:
            g[k, synapse.post] += synapse.step(spikes, k)
        total = 1 + R * g[k]
        V[k + 1] = R * g[k] * E / total + (V[k] - R * g[k] * E / total) * np.exp(-total * DT / TAU_M)
    return g, V[1:]


# What is compared with it


def build(kind: str, comm: str, delay: str, release: str) -> Any:
    post = iso.LIF(N_POST, tau=TAU_M * u.ms, R=R * u.Mohm, V_th=400 * u.mV)
    return getattr(iso, kind)(
        comm=COMMS[comm](),
        syn=iso.Expon.desc(tau=TAU * u.ms),
        out=iso.COBA.desc(E=E * u.mV),
        post=post,
        delay=DELAYS[delay],
        stp=RELEASES[release],
    )


def given_spikes() -> np.ndarray:
    return (np.random.default_rng(2).random((N_STEPS, BATCH, N_PRE)) < 0.15).astype(float)


def drive(proj: Any, spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    synapse = proj.inlet if isinstance(proj, iso.AlignPreProj) else proj.syn

    def step(x: Any) -> Any:
        proj(x)
        proj.post()
        return synapse.g.value, proj.post.V.value

    g, V = iso.transform.for_loop(step, spikes)
    return np.asarray(g.to_decimal(u.uS)), np.asarray(V.to_decimal(u.mV))


def single_synapses(proj: Any, release: str) -> list[Synapse]:
    """Return the synapses that a projection has drawn, read from its connection and its delays."""
    sparse = isinstance(proj.comm, iso.FixedProb)
    weight = np.asarray(proj.comm.weight.value.to_decimal(u.uS))
    pre = proj.comm.csr.pre_indices() if sparse else np.repeat(np.arange(N_PRE), N_POST)
    post = proj.comm.csr.indices if sparse else np.tile(np.arange(N_POST), N_PRE)
    steps = np.asarray(0 if proj.delay is None else proj.delay.steps)
    if steps.shape == (N_PRE,) and not proj.delay.is_synaptic:
        steps = steps[pre]
    each = zip(pre, post, weight.reshape(-1), np.broadcast_to(steps, pre.shape), strict=True)
    return [Synapse(int(i), int(j), float(w), int(d), release) for i, j, w, d in each]


CASES = [
    *(("sparse", d, r, b) for d in DELAYS for r in RELEASES for b in (None, BATCH)),
    *(("dense", d, r, None) for d in ("none", "one", "per cell") for r in ("none", "STP")),
]


@pytest.mark.parametrize(("comm", "delay", "release", "batch"), CASES)
@pytest.mark.parametrize("kind", ["AlignPostProj", "AlignPreProj"])
def test_currents_are_those_of_single_synapses(
    backend: str, kind: str, comm: str, delay: str, release: str, batch: int | None
) -> None:
    proj = iso.init_all_states(build(kind, comm, delay, release), batch, name="proj")
    spikes = given_spikes()
    g, V = drive(proj, spikes[:, 0] if batch is None else spikes)
    assert g.shape == (N_STEPS, N_POST) if batch is None else (N_STEPS, batch, N_POST)
    for b in range(batch or 1):
        expected_g, expected_V = reference(spikes[:, b], single_synapses(proj, release))
        assert expected_V.max() > 1
        np.testing.assert_allclose(g if batch is None else g[:, b], expected_g, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(V if batch is None else V[:, b], expected_V, rtol=1e-12, atol=1e-14)


def test_delays_per_synapse_differ_within_a_cell(numpy_backend: None) -> None:
    proj = iso.init_all_states(build("AlignPostProj", "sparse", "per synapse", "none"), name="proj")
    steps = [synapse.delay for synapse in single_synapses(proj, "none") if synapse.pre == 0]
    assert len(set(steps)) > 1
    assert max(proj.delay.steps) > 31


@pytest.mark.parametrize(
    ("comm", "delay"), [(c, d) for c in COMMS for d in DELAYS if (c, d) != ("dense", "per synapse")]
)
def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any, comm: str, delay: str) -> None:
    """Where a connection is dense, with short-term plasticity and aligned to both sides; sparse ones carry events."""
    kinds = ("AlignPostProj", "AlignPreProj") if comm == "dense" else ("AlignPostProj",)
    release = "STP" if comm == "dense" else "none"

    class Driven(iso.Module):
        def __init__(self) -> None:
            self.source = iso.PoissonInput(N_PRE, rate=1500 * u.Hz)
            self.projections = [build(kind, comm, delay, release) for kind in kinds]

        def update(self) -> Any:
            spikes = self.source.get_spike()
            self.source()
            for proj in self.projections:
                proj(spikes)
                proj.post()
            return [proj.post.V.value for proj in self.projections]

    for run in same_bits(Driven, lambda net: iso.math.concat(net())).values():
        assert run["output"].any()


@pytest.mark.parametrize(("kind", "release"), [("AlignPreProj", "none"), ("AlignPostProj", "STP")])
def test_exact_numerics_refuses_values_through_a_sparse_connection(
    numpy_backend: None, kind: str, release: str
) -> None:
    proj = iso.init_all_states(build(kind, "sparse", "one", release))
    with iso.environ.context(numerics="exact"), pytest.raises(NumericsError, match="0 or 1"):
        drive(proj, given_spikes()[:, 0])
