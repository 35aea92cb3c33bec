"""Agreement of two arrays within a number of ulp."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isospike.errors import ParameterError
from isospike_conformance.compare.bits import CHUNK, chunks, layout_difference
from isospike_conformance.compare.element import Element, element
from isospike_conformance.compare.ulp import scale_ulp
from isospike_conformance.compare.verdict import Verdict

__all__ = ["ClosenessVerdict", "compare_closeness"]


@dataclass(frozen=True)
class ClosenessVerdict(Verdict):
    """The largest difference of two arrays in ulp of their scale, and the limit.

    Attributes
    ----------
    unlike : str
        How dtype or shape differ; the elements were then not compared.
    limit : float
        Largest difference allowed, in scale ulp.
    largest : float
        Largest difference found: infinite for a NaN or infinity on one side, NaN where nothing was compared.
    worst : Element or None
        Where it was found; None where the arrays are equal.
    """

    unlike: str
    limit: float
    largest: float
    worst: Element | None

    @property
    def passed(self) -> bool:
        """Whether every difference is within the limit."""
        return not self.unlike and self.largest <= self.limit

    def __str__(self) -> str:
        """Return one line."""
        if self.unlike:
            return f"not comparable in ulp: {self.unlike}"
        where = f", {self.worst}" if self.worst else ""
        return f"largest difference {self.largest:.6g} scale ulp, allowed {self.limit:g}{where}"


def compare_closeness(
    reference: NDArray[Any], candidate: NDArray[Any], limit: float, *, scale: ArrayLike, chunk: int = CHUNK
) -> ClosenessVerdict:
    """Compare two float arrays in scale ulp; see :func:`isospike_conformance.compare.ulp.scale_ulp`.

    Parameters
    ----------
    reference, candidate : array of float32 or float64
        Any shape and layout.
    limit : float
        Largest difference allowed; a row of the table of tolerances.
    scale : float or array
        Scale of the quantity in the unit of the arrays; an array broadcasts against them.
    chunk : int
        Elements looked at together; the verdict does not depend on it.

    Raises
    ------
    ParameterError
        If the limit is not a finite number of 0 or more, the dtype has no ulp, or the scale is not positive.
    """
    if not (math.isfinite(limit) and limit >= 0):
        raise ParameterError(f"compare_closeness: limit={limit}; expected a finite number of ulp, such as limit=16.")
    reference, candidate = np.asarray(reference), np.asarray(candidate)
    unlike = layout_difference(reference, candidate)
    if unlike:
        return ClosenessVerdict(unlike, limit, math.nan, None)
    scales = np.broadcast_to(np.asarray(scale, np.float64), reference.shape)
    largest, worst = 0.0, -1
    triples = zip(chunks(reference, chunk), chunks(candidate, chunk), chunks(scales, chunk), strict=True)
    for (start, ref), (_, got), (_, size) in triples:
        apart = scale_ulp(ref, got, size)
        top = int(np.argmax(apart))
        if apart[top] > largest:
            largest, worst = float(apart[top]), start + top
    return ClosenessVerdict("", limit, largest, element(reference, candidate, worst) if worst >= 0 else None)
