"""Distances between floats in units in the last place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isospike.errors import ParameterError, ShapeError
from isospike_conformance.compare.bits import bit_pattern, layout_difference

__all__ = ["NO_ULP", "has_ulp", "scale_ulp", "ulp_distance"]

NO_ULP = 2**64 - 1
"""The distance between a NaN and anything that has other bits: larger than any distance of two numbers."""


def has_ulp(dtype: np.dtype[Any]) -> bool:
    """Say whether distances in ulp are defined for a dtype: float32 and float64."""
    return dtype.kind == "f" and dtype.itemsize in (4, 8)


def ulp_distance(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.uint64]:
    """Return how many representable numbers lie between ``a`` and ``b``, counting one of the two ends.

    Integer distance of the bit patterns with the numbers in rising order, so it is exact, symmetric, and counts
    through zero: the smallest positive and negative numbers are 2 apart. ``-0.0`` and ``0.0`` are 0 apart though
    their bits differ; infinity is 1 from the largest number; a NaN is 0 from the same bits and ``NO_ULP`` from
    everything else, other NaNs included.

    Parameters
    ----------
    a, b : array of float32 or float64
        Of one dtype and shape.

    Raises
    ------
    ParameterError
        If the dtype has no ulp, or the two differ.
    ShapeError
        If the shapes differ.
    """
    _check(a, b)
    bits_a, bits_b = bit_pattern(a), bit_pattern(b)
    sign = bits_a.dtype.type(1 << (8 * a.dtype.itemsize - 1))
    size_a, size_b = (bits_a & ~sign).astype(np.uint64), (bits_b & ~sign).astype(np.uint64)
    same_sign = ((bits_a ^ bits_b) & sign) == 0
    apart = np.where(same_sign, np.maximum(size_a, size_b) - np.minimum(size_a, size_b), size_a + size_b)
    broken = (np.isnan(a) | np.isnan(b)) & (bits_a != bits_b)
    return np.asarray(np.where(broken, np.uint64(NO_ULP), apart))


def scale_ulp(a: NDArray[Any], b: NDArray[Any], scale: ArrayLike) -> NDArray[np.float64]:
    r"""Return the difference in ulp of the larger of the two values and the scale of their quantity.

    .. math:: \frac{|a - b|}{\mathrm{ulp}(\max(|a|, |b|, s))}

    Near zero a plain ulp is useless: after cancellation the rounding of one product alone makes thousands of
    them. The scale says what counts as small, such as 1 mV, 1 nS, or 1e-2 for a gate.

    Parameters
    ----------
    a, b : array of float32 or float64
        Of one dtype and shape.
    scale : float or array
        Scale s of the quantity, in the unit of ``a`` and ``b``; positive.

    Returns
    -------
    array of float64
        0 for equal values and for the same NaN; infinity where anything else is not finite, or the
        difference overflows.

    Raises
    ------
    ParameterError
        If the dtype has no ulp, the two differ, or the scale is not positive and finite in it.
    ShapeError
        If the shapes differ.
    """
    _check(a, b)
    floor = np.asarray(scale, a.dtype)
    if not np.all(np.isfinite(floor) & (floor > 0)):
        raise ParameterError(
            f"scale_ulp: scale={scale!r}; expected a positive size in the unit of the values that {a.dtype.name} "
            "can hold, such as scale=1.0 for a voltage in mV."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        difference = np.abs(np.subtract(a, b, dtype=np.float64))
        ratio = difference / np.spacing(np.maximum(np.maximum(np.abs(a), np.abs(b)), floor))
    equal = (a == b) | (bit_pattern(a) == bit_pattern(b))
    return np.asarray(np.where(equal, 0.0, np.where(np.isfinite(ratio), ratio, np.inf)))


def _check(a: NDArray[Any], b: NDArray[Any]) -> None:
    unlike = layout_difference(a, b)
    if unlike.startswith("shape"):
        raise ShapeError(f"ulp: {unlike}; expected two arrays of one shape: a.shape == b.shape.")
    if unlike or not has_ulp(a.dtype):
        raise ParameterError(
            f"ulp: {unlike or f'dtype {a.dtype.name}'}; expected two arrays of float32 or two of float64, since "
            "the ulp belongs to the dtype: a.astype(b.dtype) where a conversion is meant."
        )
