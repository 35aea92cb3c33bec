"""Arrays as the bits that they are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError

__all__ = ["CHUNK", "bit_pattern", "chunks", "hex_text", "layout_difference", "require_bits"]

CHUNK = 1 << 18  # elements looked at together: the working arrays stay within a few MB whatever the size of a state


def require_bits(array: NDArray[Any]) -> None:
    """Refuse an array whose elements cannot be compared by their bits.

    Raises
    ------
    ParameterError
        If the elements are not booleans, integers or floats of at most 64 bits.
    """
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise ParameterError(
            f"an array of dtype {array.dtype} cannot be compared by its bits; expected booleans, integers or floats "
            "of at most 64 bits, without a unit: np.asarray(values, dtype='float64')."
        )


def bit_pattern(array: NDArray[Any]) -> NDArray[Any]:
    """Return the bits of each element as an unsigned integer of the same width.

    The order of bytes in memory is not part of a value: big-endian arrays give the same integers.

    Raises
    ------
    ParameterError
        If the elements are not booleans, integers or floats of at most 64 bits.
    """
    require_bits(array)
    native = np.asarray(array, array.dtype.newbyteorder("="), order="C")
    return native.view(f"u{array.dtype.itemsize}")


def chunks(array: NDArray[Any], size: int = CHUNK) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the elements in C order, ``size`` at a time, each time with the flat index of the first.

    Arrays of any layout are read in place; only the chunk in hand is ever copied.
    """
    flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
    for start in range(0, array.size, size):
        yield start, np.asarray(flat[start : start + size])


def layout_difference(reference: NDArray[Any], candidate: NDArray[Any]) -> str:
    """Return how dtype or shape differ, such as ``"dtype float32 against float64"``; empty where they agree.

    Raises
    ------
    ParameterError
        If either array has elements that cannot be compared by bits.
    """
    require_bits(reference)
    require_bits(candidate)
    if reference.dtype.name != candidate.dtype.name:
        return f"dtype {reference.dtype.name} against {candidate.dtype.name}"
    if reference.shape != candidate.shape:
        return f"shape {reference.shape} against {candidate.shape}"
    return ""


def hex_text(element: NDArray[Any]) -> str:
    """Return one element as text without loss: ``0x1.48e5f0p-9``, ``nan:0x7fc00000``, or an integer's ``0x00000005``.

    Finite floats read back with ``float.fromhex``.
    """
    integer = f"0x{int(bit_pattern(element)):0{2 * element.dtype.itemsize}x}"
    if element.dtype.kind != "f":
        return integer
    value = float(element)
    if math.isnan(value):
        return f"nan:{integer}"
    mantissa, p, exponent = value.hex().partition("p")
    shown = len("-0x1." if mantissa.startswith("-") else "0x1.") + 6
    # The 23 bits of a float32 fill 6 digits; float.hex writes the 13 of a float64.
    return (mantissa[:shown] if element.dtype.itemsize == 4 else mantissa) + p + exponent
