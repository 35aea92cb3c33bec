"""Every tolerance of the suite, in one table, each with the sentence that justifies it."""

from __future__ import annotations

from dataclasses import dataclass

from isospike.errors import UnknownNameError, nearest

__all__ = ["DTYPES", "TABLE", "Tolerance", "tolerance"]

DTYPES = ("any", "bool", "int32", "uint32", "int64", "uint64", "float32", "float64")


@dataclass(frozen=True)
class Tolerance:
    """One row: what is allowed, and why.

    Attributes
    ----------
    level : str
        Level of conformance: R, L0e, L0f, L1, L1f, L2, G, C or P; ``"truth"`` where a case judges the reference.
    quantity : str
        What is measured.
    dtype : str
        Dtype that it holds for; ``"any"`` where it is the same for all.
    number : float
        The tolerance; 0 where it counts differing bits.
    reason : str
        The sentence that justifies the number.
    """

    level: str
    quantity: str
    dtype: str
    number: float
    reason: str


TABLE = (
    Tolerance("R", "bits", "any", 0, "Random words are integer arithmetic, and draws from them use IEEE operations."),
    Tolerance("L0e", "bits", "any", 0, "Exact numerics allow only operations that IEEE 754 defines to the last bit."),
    Tolerance(
        "L0f", "scale_ulp.lif", "float32", 16, "A linear cell rounds a few times a step, fused or not: 16 is generous."
    ),
    Tolerance(
        "L0f", "scale_ulp.lif", "float64", 16, "Roundings, not their size, are counted, so float64 has as many ulp."
    ),
    Tolerance(
        "L0f", "scale_ulp.hh", "float32", 64, "Gates divide and cancel, and libraries' exp errs by 2.3 ulp in float32."
    ),
    Tolerance("L0f", "scale_ulp.hh", "float64", 64, "The same chain of operations as in float32, counted in its ulp."),
    Tolerance("L0f", "scale_ulp.adex", "float32", 64, "The exponential current multiplies the error of its argument."),
    Tolerance(
        "L0f", "scale_ulp.adex", "float64", 64, "The same chain of operations as in float32, counted in its ulp."
    ),
    Tolerance("L1", "bits", "any", 0, "One differing bit may move a spike, after which the runs are unrelated."),
    Tolerance(
        "L1f", "flips", "float64", 0, "Every float64 network that was tried kept its spikes for the whole second."
    ),
    Tolerance(
        "L1f",
        "excuse_factor",
        "float64",
        1e3,
        "A crossing within this many measured state errors of threshold is decided by rounding, not by the model.",
    ),
    Tolerance("L2", "ks_factor", "any", 1.5, "A new seed may stray somewhat further than the furthest of a few seeds."),
    Tolerance("L2", "abs_z", "any", 4, "Several means are judged a night, and at 2 or 3 chance alone would fail some."),
    Tolerance("L2", "seeds", "any", 8, "Fewer reference seeds do not show how far two seeds can be apart."),
    Tolerance("L2", "seconds", "any", 10, "Shorter runs leave a cell at a few Hz with too few intervals for a CV."),
    Tolerance(
        "L2",
        "survival_p",
        "any",
        1e-3,
        "Some seeds die by chance; 8 of 8 against none has p = 2e-4 by Fisher's exact test, 8 of 8 against one 1.4e-3.",
    ),
    Tolerance(
        "G", "across_backends", "float64", 1e-9, "Backends sum in other orders: only 37 % of elements match bits."
    ),
    Tolerance("G", "across_backends", "float32", 1e-4, "The float64 case with ulp that are 5e8 times as large."),
    Tolerance("G", "checkpointing", "float64", 1e-12, "Recomputed states are equal; only the order of sums changes."),
    Tolerance("G", "checkpointing", "float32", 1e-5, "Recomputed states are equal; only the order of sums changes."),
    Tolerance("C", "bits", "any", 0, "A saved state holds all bits, so that continuing is the same computation."),
    Tolerance("P", "bits", "any", 0, "IEEE operations do not depend on the instruction set or the number of threads."),
    Tolerance(
        "truth", "scale_ulp", "float64", 1024, "Each step rounds about once, and the length of a case is 1000 steps."
    ),
    Tolerance(
        "truth", "scale_ulp.upstroke", "float64", 1e9, "An upstroke multiplies what was rounded before it by 1e6 or so."
    ),
    Tolerance(
        "truth",
        "scale_ulp.sum",
        "float64",
        1e5,
        "Weights are rounded to 2^-53 of the largest sum, once for each synapse.",
    ),
    Tolerance(
        "truth", "differences", "float64", 1e-6, "Central differences of a step of 1e-5 are right to its square."
    ),
    Tolerance(
        "truth", "abs_z", "any", 4, "The seed is fixed, so that chance fails a right case once in 16000 at most."
    ),
)


def tolerance(level: str, quantity: str, dtype: str = "any") -> Tolerance:
    """Return the row for a level, quantity and dtype, or else the row that holds for any dtype.

    Raises
    ------
    UnknownNameError
        If there is no such row; nothing is ever judged by a tolerance that nobody wrote down.

    Examples
    --------
    >>> tolerance("L0f", "scale_ulp.hh", "float32").number
    64
    """
    rows = {(row.level, row.quantity, row.dtype): row for row in TABLE}
    row = rows.get((level, quantity, dtype)) or rows.get((level, quantity, "any"))
    if row is None or dtype not in DTYPES:
        known = [f"{r.level}/{r.quantity}/{r.dtype}" for r in TABLE]
        wanted = f"{level}/{quantity}/{dtype}"
        raise UnknownNameError(
            f"tolerance: the table has no row {wanted!r}.{nearest(wanted, known)} Rows of {level}: "
            f"{', '.join(k for k in known if k.startswith(level + '/')) or 'none'}. Add one, with the sentence that "
            "justifies it: Tolerance(level, quantity, dtype, number, reason)."
        )
    return row
