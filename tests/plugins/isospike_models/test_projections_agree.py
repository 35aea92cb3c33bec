"""AlignPost and AlignPre against single synapses in NumPy: every synapse, delays, short-term plasticity, batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

import isospike as iso
from isospike import registry
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
SYNAPSES: dict[str, Any] = {
    "Expon": iso.Expon.desc(tau=TAU * u.ms),
    "DualExpon": iso.DualExpon.desc(tau_decay=3 * u.ms, tau_rise=0.5 * u.ms),
    "Alpha": iso.Alpha.desc(tau=TAU * u.ms),
    "AMPA": iso.AMPA.desc(),
    "GABAa": iso.GABAa.desc(),
    "NMDA": iso.NMDA.desc(tau_decay=20 * u.ms),
    "BioNMDA": iso.BioNMDA.desc(),
}
LINEAR = ("Expon", "DualExpon", "Alpha")


class Variant(NamedTuple):
    """A projection: how it is aligned, and what it is made of, by the names above."""

    kind: str
    comm: str
    syn: str
    delay: str
    release: str = "none"


def variants() -> Iterator[Variant]:
    """Yield every delay with every synapse, every release with the simplest one, and each of these at least once."""
    for kind in ("AlignPostProj", "AlignPreProj"):
        for i, delay in enumerate(DELAYS):
            for j, syn in enumerate(LINEAR):
                releases = list(RELEASES) if syn == "Expon" else [list(RELEASES)[(i + j) % 3]]
                yield from (Variant(kind, "sparse", syn, delay, release) for release in releases)
        for delay in ("none", "one", "per cell"):
            yield from (Variant(kind, "dense", "Expon", delay, release) for release in ("none", "STP"))
    for syn in set(SYNAPSES) - set(LINEAR):
        yield from (Variant("AlignPreProj", "sparse", syn, delay) for delay in DELAYS)
        yield Variant("AlignPreProj", "dense", syn, "one")


VARIANTS = sorted(variants())
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=" ".join)


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=11):
        yield


# The reference: each synapse has all its state of its own. Time is the first axis, synapses are the last.


def arrivals(spikes: np.ndarray, pre: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the spikes that arrive at each synapse in each step."""
    late = np.arange(N_STEPS)[:, None] - steps
    return np.where(late[:, None] >= 0, np.moveaxis(spikes[np.maximum(late, 0), :, pre], 2, 1), 0.0)


def released(spikes: np.ndarray, release: str) -> np.ndarray:
    """Return what the spikes release."""
    if release == "none":
        return spikes
    used, there, amounts = np.zeros(spikes.shape[1:]), np.ones(spikes.shape[1:]), []
    for s in spikes:
        used = used * np.exp(-DT / 20.0)
        there = 1 - (1 - there) * np.exp(-DT / 9.0)
        used = used + s * 0.4 * (1 - used)
        amounts.append(s * there * (used if release == "STP" else 1.0))
        there = there - s * there * (used if release == "STP" else 0.4)
    return np.array(amounts)


def filtered(x: np.ndarray, tau: float) -> np.ndarray:
    """Return an exponential filter of what arrives, which is visible at once."""
    y, kept = np.zeros(x.shape[1:]), []
    for now in x:
        y = y * np.exp(-DT / tau) + now
        kept.append(y)
    return np.array(kept)


def dual(x: np.ndarray) -> np.ndarray:
    t = 3.0 * 0.5 / 2.5 * np.log(3.0 / 0.5)
    return (filtered(x, 3.0) - filtered(x, 0.5)) / (np.exp(-t / 3.0) - np.exp(-t / 0.5))


def alpha(x: np.ndarray) -> np.ndarray:
    """Return the sum of (t / tau) exp(-t / tau) over all that has arrived."""
    t = DT * np.arange(N_STEPS) / TAU
    kernel = t * np.exp(-t)
    return np.array([np.tensordot(kernel[k::-1], x[: k + 1], 1) for k in range(N_STEPS)])


def relaxed(y: Any, gain: Any, loss: Any) -> Any:
    """Return the solution of dy/dt = gain (1 - y) - loss y after a step."""
    return gain / (gain + loss) + (y - gain / (gain + loss)) * np.exp(-(gain + loss) * DT)


def bound(x: np.ndarray, gain: float, loss: float, duration: int) -> np.ndarray:
    """Return the fraction of bound receptors, where each spike brings transmitter for some steps."""
    y, left, kept = np.zeros(x.shape[1:]), np.zeros(x.shape[1:]), []
    for now in x:
        left = np.where(now > 0, duration, left)
        y = relaxed(y, np.where(left > 0, gain, 0.0), loss)
        left = np.maximum(left - 1, 0)
        kept.append(y)
    return np.array(kept)


def opened(before: np.ndarray, after: np.ndarray | None, gain: float, loss: float) -> np.ndarray:
    """Return the fraction of open channels, which open at the mean of a number over each step."""
    g, kept = np.zeros(before.shape[1:]), []
    mean = before if after is None else 0.5 * (before + after)
    for x in mean:
        g = relaxed(g, gain * x, loss)
        kept.append(g)
    return np.array(kept)


def delayed(x: np.ndarray) -> np.ndarray:
    """Return what was there in the step before."""
    return np.concatenate([np.zeros_like(x[:1]), x[:-1]])


def bio_nmda(x: np.ndarray) -> np.ndarray:
    now = bound(x, 1.0, 0.5, 5)
    return opened(delayed(now), now, 2.0, 0.01)


MEAN = -np.expm1(-DT / 2.0) / (DT / 2.0)  # of an exponential decay with 2 ms over a step
FILTERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Expon": lambda x: filtered(x, TAU),
    "DualExpon": dual,
    "Alpha": alpha,
    "AMPA": lambda x: bound(x, 0.98 * 0.5, 0.18, 5),
    "GABAa": lambda x: bound(x, 0.53 * 1.0, 0.18, 10),
    "NMDA": lambda x: opened(MEAN * delayed(filtered(x, 2.0)), None, 0.5, 1 / 20.0),
    "BioNMDA": bio_nmda,
}


def reference(spikes: np.ndarray, variant: Variant, proj: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return conductance (uS) and potential (mV) of each target after each step, for the synapses of a projection."""
    sparse = isinstance(proj.comm, iso.FixedProb)
    weight = np.asarray(proj.comm.weight.value.to_decimal(u.uS)).reshape(-1)
    pre = proj.comm.csr.pre_indices() if sparse else np.repeat(np.arange(N_PRE), N_POST)
    post = proj.comm.csr.indices if sparse else np.tile(np.arange(N_POST), N_PRE)
    steps = np.asarray(0 if proj.delay is None else proj.delay.steps)
    if steps.shape == (N_PRE,) and not proj.delay.is_synaptic:
        steps = steps[pre]
    arriving = arrivals(spikes, pre, np.broadcast_to(steps, pre.shape))
    g = FILTERS[variant.syn](released(arriving, variant.release)) @ (weight[:, None] * (post[:, None] == range(N_POST)))
    V = np.zeros((N_STEPS + 1, *g.shape[1:]))
    for k in range(N_STEPS):
        total = 1 + R * g[k]
        V[k + 1] = R * g[k] * E / total + (V[k] - R * g[k] * E / total) * np.exp(-total * DT / TAU_M)
    return g, V[1:]


# What is compared with it


def build(variant: Variant) -> Any:
    post = iso.LIF(N_POST, tau=TAU_M * u.ms, R=R * u.Mohm, V_th=400 * u.mV)
    return getattr(iso, variant.kind)(
        comm=COMMS[variant.comm](),
        syn=SYNAPSES[variant.syn],
        out=iso.COBA.desc(E=E * u.mV),
        post=post,
        delay=DELAYS[variant.delay],
        stp=RELEASES[variant.release],
    )


class Side(iso.Module):
    """Projections with a target each, which all get the same spikes: in one program, for the sake of compilers."""

    def __init__(self, chosen: list[Variant]) -> None:
        self.projections = [build(variant) for variant in chosen]

    def update(self, spikes: Any) -> tuple[Any, Any]:
        """Advance by one step, and return all conductances and potentials."""
        for proj in self.projections:
            proj(spikes)
            proj.post()
        synapses = [p.inlet if isinstance(p, iso.AlignPreProj) else p.syn for p in self.projections]
        return (
            iso.math.stack([synapse.conductance() for synapse in synapses]),
            iso.math.stack([proj.post.V.value for proj in self.projections]),
        )


def given_spikes() -> np.ndarray:
    return (np.random.default_rng(2).random((N_STEPS, BATCH, N_PRE)) < 0.15).astype(float)


@cache
def run(backend: str, batch: int | None, kind: str, syn: str) -> dict[Variant, tuple[Any, np.ndarray, np.ndarray]]:
    """Return the projections of one kind and synapse, and what each did: conductances (uS) and potentials (mV)."""
    spikes, chosen = given_spikes(), [v for v in VARIANTS if (v.kind, v.syn) == (kind, syn)]
    module = iso.init_all_states(Side(chosen), batch, name="side")
    g, V = iso.transform.for_loop(module, spikes[:, 0] if batch is None else spikes)
    g, V = np.asarray(g.to_decimal(u.uS)), np.asarray(V.to_decimal(u.mV))
    return {v: (proj, g[:, i], V[:, i]) for i, (v, proj) in enumerate(zip(chosen, module.projections, strict=True))}


def test_every_synapse_is_aligned_to_whatever_it_can_be() -> None:
    assert set(SYNAPSES) == {n for n in registry.names("synapses") if issubclass(getattr(iso, n), iso.Synapse)} - {
        "Instant"  # has no state to align
    }
    assert set(LINEAR) == {n for n in SYNAPSES if getattr(iso, n).is_linear}


def judge(backend: str, variant: Variant, batch: int | None) -> None:
    proj, *found = run(backend, batch, variant.kind, variant.syn)[variant]
    expected = reference(given_spikes() if batch else given_spikes()[:, :1], variant, proj)
    assert expected[1].max() > 0.1
    for got, truth in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, truth if batch else truth[:, 0], rtol=1e-11, atol=1e-13)


@every_variant
def test_currents_are_those_of_single_synapses(backend: str, variant: Variant) -> None:
    judge(backend, variant, None)


@every_variant
def test_currents_of_each_entry_of_a_batch_are_those_of_single_synapses(numpy_backend: None, variant: Variant) -> None:
    judge("numpy", variant, BATCH)


@pytest.mark.slow
@every_variant
def test_currents_of_each_entry_are_these_on_every_backend(backend: str, variant: Variant) -> None:
    judge(backend, variant, BATCH)


def test_delays_per_synapse_differ_within_a_cell(numpy_backend: None) -> None:
    proj = iso.init_all_states(build(Variant("AlignPostProj", "sparse", "Expon", "per synapse")), name="proj")
    steps = np.asarray(proj.delay.steps)
    assert len(set(steps[proj.comm.csr.pre_indices() == 0])) > 1
    assert steps.max() > 31


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
            self.projections = [build(Variant(kind, comm, "Expon", delay, release)) for kind in kinds]

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
    side = iso.init_all_states(Side([Variant(kind, "sparse", "Expon", "one", release)]))
    with iso.environ.context(numerics="exact"), pytest.raises(NumericsError, match="0 or 1"):
        iso.transform.for_loop(side, given_spikes()[:, 0])
