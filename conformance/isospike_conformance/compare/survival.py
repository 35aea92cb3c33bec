"""Which runs kept their activity, and whether as many did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isospike_conformance.compare.activity import Activity
from isospike_conformance.compare.tolerance import tolerance
from isospike_conformance.compare.verdict import Verdict

__all__ = ["SurvivalVerdict", "compare_survival", "fisher_exact", "survived"]

TAIL = 0.2  # of the window: 2 s of the 10 s that level L2 asks for

Seed = Mapping[str, Activity]


@dataclass(frozen=True)
class SurvivalVerdict(Verdict):
    """The seeds that died to silence, by their place in the ensemble.

    Attributes
    ----------
    n_reference, n_candidate : int
        Seeds of each side.
    died_reference, died_candidate : tuple of int
        Those that were set aside.
    p, p_limit : float
        Chance of counts at least as unlikely if both sides die alike (Fisher's exact test), and the least allowed.
    """

    n_reference: int
    n_candidate: int
    died_reference: tuple[int, ...]
    died_candidate: tuple[int, ...]
    p: float
    p_limit: float

    @property
    def passed(self) -> bool:
        """Whether a candidate seed survived, and the sides die about as often."""
        return len(self.died_candidate) < self.n_candidate and self.p >= self.p_limit

    def __str__(self) -> str:
        """Return one line."""
        sides = (
            ("reference", self.n_reference, self.died_reference),
            ("candidate", self.n_candidate, self.died_candidate),
        )
        texts = [
            f"{n - len(died)} of {n} {side} seeds survived" + (f" (died: {', '.join(map(str, died))})" if died else "")
            for side, n, died in sides
        ]
        return f"{texts[0]}, {texts[1]}, p {self.p:.2g}"


def survived(seed: Seed) -> bool:
    """Say whether any population still spikes in the last fifth of the window."""
    return any((a.steps >= a.stop - math.ceil(TAIL * (a.stop - a.start))).any() for a in seed.values())


def compare_survival(reference: Sequence[Seed], candidate: Sequence[Seed]) -> SurvivalVerdict:
    """Compare how many seeds of two ensembles kept their activity."""
    died_ref, died_got = (tuple(i for i, seed in enumerate(s) if not survived(seed)) for s in (reference, candidate))
    n, m = len(reference), len(candidate)
    p, limit = fisher_exact(len(died_ref), n, len(died_got), m), tolerance("L2", "survival_p").number
    return SurvivalVerdict(n, m, died_ref, died_got, p, limit)


def fisher_exact(hits_a: int, n_a: int, hits_b: int, n_b: int) -> float:
    r"""Return the two-sided p of two counts after Fisher.

    The sum of :math:`\binom{n_a}{x} \binom{n_b}{k - x} / \binom{n_a + n_b}{k}` over all x that are no likelier
    than the x observed, k hits in all; in integers up to the last division.

    Examples
    --------
    >>> round(fisher_exact(0, 8, 8, 8), 6)
    0.000155
    """
    hits = hits_a + hits_b
    ways = [math.comb(n_a, x) * math.comb(n_b, hits - x) for x in range(hits + 1)]
    return sum(w for w in ways if w <= ways[hits_a]) / sum(ways)
