"""Equality of two arrays by their bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare.bits import CHUNK, bit_pattern, chunks, layout_difference
from isospike_conformance.compare.element import Element, element
from isospike_conformance.compare.ulp import has_ulp, ulp_distance
from isospike_conformance.compare.verdict import Verdict

__all__ = ["BitVerdict", "compare_bits"]


@dataclass(frozen=True)
class BitVerdict(Verdict):
    """Whether two arrays have one dtype, one shape and the same bits.

    Attributes
    ----------
    unlike : str
        How dtype or shape differ; the elements were then not compared.
    size : int
        Elements of the reference.
    n_differ : int or None
        Elements with other bits; None where they were not compared.
    first : Element or None
        The first of them in C order.
    worst : Element or None
        The one furthest apart in ulp, the first of equals; a NaN against other bits is further than any
        number. None for integers and booleans.
    """

    unlike: str
    size: int
    n_differ: int | None
    first: Element | None
    worst: Element | None

    @property
    def passed(self) -> bool:
        """Whether everything is equal."""
        return not self.unlike and self.n_differ == 0

    def __str__(self) -> str:
        """Return one line."""
        if self.unlike:
            return f"not comparable by bits: {self.unlike}"
        if self.passed:
            return f"all {self.size} elements equal by bits"
        ulp = None if self.worst is None else self.worst.ulp
        most = "" if self.worst is None else f"; max {'NaN' if ulp is None else ulp} ulp at index {self.worst.index}"
        return f"{self.n_differ} of {self.size} elements differ, first {self.first}{most}"


def compare_bits(reference: NDArray[Any], candidate: NDArray[Any], *, chunk: int = CHUNK) -> BitVerdict:
    """Compare two arrays bit by bit.

    Unlike ``==``, this tells ``-0.0`` from ``0.0`` and one NaN from another, holds a NaN equal to itself, and
    converts nothing: an array of another dtype or shape is different, even an empty one.

    Parameters
    ----------
    reference, candidate : array
        Booleans, integers or floats of at most 64 bits, in any layout.
    chunk : int
        Elements looked at together; the verdict does not depend on it.

    Raises
    ------
    ParameterError
        If an array holds something else, such as objects or complex numbers.
    """
    reference, candidate = np.asarray(reference), np.asarray(candidate)
    unlike = layout_difference(reference, candidate)
    if unlike:
        return BitVerdict(unlike, reference.size, None, None, None)
    n_differ, first, worst, furthest = 0, -1, -1, -1
    for (start, ref), (_, got) in zip(chunks(reference, chunk), chunks(candidate, chunk), strict=True):
        where = np.flatnonzero(bit_pattern(ref) != bit_pattern(got))
        if not where.size:
            continue
        first = start + int(where[0]) if first < 0 else first
        n_differ += where.size
        if has_ulp(ref.dtype):
            apart = ulp_distance(ref[where], got[where])
            top = int(np.argmax(apart))
            if int(apart[top]) > furthest:
                worst, furthest = start + int(where[top]), int(apart[top])
    shown = [element(reference, candidate, index) if index >= 0 else None for index in (first, worst)]
    return BitVerdict("", reference.size, n_differ, *shown)
