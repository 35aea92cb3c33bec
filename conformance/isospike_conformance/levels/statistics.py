"""L2: the statistics of a network in float32 and fast numerics, over seeds."""

from __future__ import annotations

from isospike_conformance.compare import tolerance
from isospike_conformance.comparison.ensemble import Ensemble
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject
from isospike_conformance.way import REFERENCE

__all__ = ["LEVEL", "judge"]


def judge(subject: Subject, *, n_seeds: int | None = None, seconds: float | None = None) -> Outcome:
    """Compare rates, CV, intervals and correlations with those of other seeds on the reference.

    Parameters
    ----------
    subject : Subject
        The network.
    n_seeds : int, default 8
        Seeds on each side, from the table of tolerances.
    seconds : float, s, default 10
        Length of each run after the warm-up, from the table of tolerances.
    """
    n = int(tolerance("L2", "seeds").number) if n_seeds is None else n_seeds
    length = tolerance("L2", "seconds").number if seconds is None else seconds
    exact, fast = (
        Ensemble(subject.case, {"precision": subject.precision, "numerics": numerics}, n, length)
        for numerics in ("exact", "fast")
    )
    expected = subject.references.once(
        ("ensemble", subject.case, subject.precision, n, length),
        lambda: list(exact.run(REFERENCE, is_reference=True)),
    )
    verdict = fast.judge(expected, list(fast.run(subject.way, is_reference=False)))
    worst = max((q.ks / q.ks_limit for q in verdict.quantities if q.ks_limit), default=None)
    return Outcome(verdict.passed, f"{n} seeds of {length:g} s: {verdict}", worst)


LEVEL = Level(
    "L2",
    "Rates, irregularity and correlations in float32 and fast numerics are those of other seeds of the reference.",
    judge=judge,
    precisions=("float32",),
    by_default=False,
)
