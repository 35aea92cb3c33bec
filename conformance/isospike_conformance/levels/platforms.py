"""P: runs in exact numerics in other processes, to which the processor seems to be older or to have other cores."""

from __future__ import annotations

import os
import platform

from isospike_conformance.compare import compare_chains
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject
from isospike_conformance.worker import chains_of

__all__ = ["LEVEL", "STEPS", "settings"]

STEPS = 300
# What NumPy would choose at run time, by the names of its versions; it warns of those that it does not know.
_NEWER = "X86_V3 X86_V4 AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"


def settings() -> dict[str, dict[str, str]]:
    """Return the environment variables to run under, by what they do; the first holds all that go together."""
    flags = os.environ.get("XLA_FLAGS", "")
    older = {
        "numpy for any processor": {"NPY_DISABLE_CPU_FEATURES": _NEWER, "PYTHONWARNINGS": "ignore"},
        "torch for any processor": {"ATEN_CPU_CAPABILITY": "default"},
        "XLA up to SSE4.2": {"XLA_FLAGS": f"{flags} --xla_cpu_max_isa=SSE4_2".strip()},
    }
    instructions = older if platform.machine() in ("x86_64", "AMD64") else {}
    threads = {f"{n} thread{'s' * (n > 1)}": {"OMP_NUM_THREADS": str(n)} for n in (1, 2)}
    joined = {k: v for variables in (*instructions.values(), threads["1 thread"]) for k, v in variables.items()}
    return {"the oldest processor, 1 thread": joined, **instructions, **threads}


def judge(subject: Subject) -> Outcome:
    """Compare the chains of all States with those of the reference in this process."""
    if not subject.source:
        return Outcome(None, "the case has no name by which another process could find it")
    expected = chains_of(subject.references.record(subject.case, subject.precision, "exact", STEPS))
    chosen = settings() if subject.long else dict(list(settings().items())[:1])
    for title, variables in chosen.items():
        worker = subject.references.worker(variables)
        verdict = compare_chains(expected, worker.chains(subject.source, subject.way, subject.precision, STEPS))
        if not verdict:
            return Outcome(False, f"{title}: {verdict}")
    return Outcome(True, f"{STEPS} steps, {', '.join(expected)}: the same digests with {'; '.join(chosen)}")


LEVEL = Level(
    "P",
    "The bits do not depend on the instruction set that libraries choose, or on the number of threads.",
    needs=("exact",),
    judge=judge,
    cpu_only=True,
    quick=lambda subject: subject.is_default and subject.precision == "float32",
)
