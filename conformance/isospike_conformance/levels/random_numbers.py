"""R: the generator and what is drawn from it, against known answers and golden numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import isospike as iso
from isospike import environ, random, units
from isospike.graph.trace import raw
from isospike.namespace import to_host
from isospike.random.host import HostRandom
from isospike.transform import for_loop, jit
from isospike_conformance.compare import digest
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.philox import KNOWN, plain_philox
from isospike_conformance.levels.subject import Subject

__all__ = ["EDGES", "GOLDEN", "LEVEL", "Draws"]

N, STEPS, LONG = 1024, 64, 1024  # numbers in a step, and steps: 2^16 numbers, or 2^20
SEED = 1

# Digests of 2^16 and of 2^20 numbers, by draw and precision.
GOLDEN: dict[tuple[str, str], tuple[int, int]] = {
    ("words", "float32"): (0xB3988403D97CD82E, 0x672B55E85839A8A5),
    ("uniform", "float32"): (0x2BE44600D703198C, 0xE433E28617D225C3),
    ("normal", "float32"): (0xEDCAAB0CD1BB7229, 0xD9B15D0310691FB0),
    ("bernoulli", "float32"): (0x2B9C8C9C11F2180E, 0xEA59EC4E5E3148F1),
    ("poisson", "float32"): (0x141451E5B96AAC9B, 0x676A13A7FF4B7116),
    ("exponential", "float32"): (0xC7B5D005B42152FE, 0x27C11F538D75A286),
    ("words", "float64"): (0xB3988403D97CD82E, 0x672B55E85839A8A5),
    ("uniform", "float64"): (0xCA242274F95272B7, 0xB78614503388CCBA),
    ("normal", "float64"): (0x18521F27E44DB631, 0xDCE272184E6BAFDE),
    ("bernoulli", "float64"): (0x2B9C8C9C11F2180E, 0xEA59EC4E5E3148F1),
    ("poisson", "float64"): (0x141451E5B96AAC9B, 0x676A13A7FF4B7116),
    ("exponential", "float64"): (0xA8E2B00B968B26EB, 0x58A4FB6890C7E9C7),
}
PERMUTATION = (0xC41152AD8ACF93C6, 0x4ADB4E24414B560A)
EDGES = 0x8737EC6A100AD899


class Draws(iso.Module):
    """Draws from every distribution in each step."""

    def init_state(self, batch_size: int | None = None) -> None:
        """Have a state, so that the module has a clock."""
        self.steps = iso.HiddenState(np.zeros(()))

    def update(self) -> dict[str, Any]:
        """Return one draw from each, by name."""
        self.steps.value = self.steps.value + 1.0
        shape, fraction = (N,), np.arange(N) / N  # exact, so that no processor makes another table of them
        return {
            "words": random.random_bits(self, shape),
            "uniform": random.uniform(self, shape),
            "normal": random.normal(self, shape),
            "bernoulli": random.bernoulli(self, fraction, shape),
            "poisson": random.poisson(self, 100 * fraction, shape),
            "exponential": random.exponential(self, 2.0, shape),
        }


def drawn(subject: Subject, numerics: str, *, in_loop: bool) -> dict[str, NDArray[Any]]:
    """Return what is drawn, step by step, in a loop or call by call."""
    steps = LONG if subject.long and in_loop else STEPS
    with environ.context(dt=0.1 * units.ms, seed=SEED, numerics=numerics, precision=subject.precision):
        module = iso.init_all_states(Draws(), name="draws")
        with environ.context(**subject.way.environment):
            if in_loop:
                return {name: to_host(x) for name, x in for_loop(module, length=steps).items()}
            calls = [{name: to_host(x) for name, x in module().items()} for _ in range(steps)]
    return {name: np.stack([call[name] for call in calls]) for name in calls[0]}


def judge_draws(subject: Subject) -> Outcome:
    """Compare the digests of all draws: in a loop, in the strictest numerics that are claimed, and call by call."""
    failed, count = [], 0
    ways = [(subject.exactness, True), ("fast", False)] if subject.is_default or subject.long else [("fast", False)]
    for numerics, in_loop in ways:
        for name, x in drawn(subject, numerics, in_loop=in_loop).items():
            expected = GOLDEN[name, subject.precision][len(x) == LONG]
            count += x.size
            if digest(x) != expected:
                place = "in a loop" if in_loop else "call by call"
                failed.append(f"{name} {place}, {numerics}: digest {digest(x):016x} against {expected:016x}")
    return Outcome(not failed, "; ".join(failed) or f"the digests of {count} draws are the golden ones")


def judge_known_answers(subject: Subject) -> Outcome:
    """Compare words with the published vectors, and with a generator that is written out in whole numbers."""
    for counter, key, words in KNOWN:
        if plain_philox(counter, key) != words:
            return Outcome(False, f"the check itself is broken: other words than the vector of {counter}, {key}")
    failed = []
    for key in (KNOWN[0][1], (0xFFFFFFFF, 0xFFFFFFFF), KNOWN[2][1]):
        for step, draw in ((0, 0), (1, 5), (2**31 - 1, 2**31 - 1)):
            got = _words(subject, key, step, draw)
            expected = np.array([plain_philox((i, j, step, draw), key) for j in range(2) for i in range(17)]).T
            if not np.array_equal(got, expected.reshape(got.shape)):
                failed.append(f"key {key}, step {step}, draw {draw}")
    detail = f"words differ for {'; '.join(failed)}" if failed else "306 blocks of words are the known ones"
    return Outcome(not failed, detail)


def judge_host(subject: Subject) -> Outcome:
    """Compare what is drawn on the host: a permutation, and the synapses of a network."""
    n = N * (LONG if subject.long else STEPS)
    permutation = digest(HostRandom(SEED, "permutation").permutation(n))
    with environ.context(seed=SEED, precision=subject.precision, **subject.way.environment):
        csr = iso.init_all_states(iso.FixedProb(1000, 1000, 0.1, 1.0), name="edges").csr
    edges = (digest(csr.indptr) + digest(csr.indices)) % 2**64
    checks = {"permutation": (permutation, PERMUTATION[subject.long]), "synapses": (edges, EDGES)}
    failed = [f"{name}: digest {got:016x} against {want:016x}" for name, (got, want) in checks.items() if got != want]
    detail = f"a permutation of {n} and {csr.n_synapses} synapses are the golden ones"
    return Outcome(not failed, "; ".join(failed) or detail)


def _words(subject: Subject, key: tuple[int, ...], step: int, draw: int) -> NDArray[Any]:
    arrays = np.array(key, np.uint32), np.array(step, np.int32)
    with environ.context(precision=subject.precision, numerics="fast", **subject.way.environment):
        return to_host(jit(lambda k, s: raw.random_bits(k, s, shape=(2, 17), draw=draw, words=4))(*arrays))


LEVEL = Level(
    "R",
    "Random words are those of Philox4x32-10, and what is drawn from them has the golden digests.",
    parts={"known answers": judge_known_answers, "draws": judge_draws, "host": judge_host},
)
