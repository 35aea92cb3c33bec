"""One element in which two arrays differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare.bits import hex_text
from isospike_conformance.compare.ulp import NO_ULP, has_ulp, ulp_distance

__all__ = ["Element", "element"]


@dataclass(frozen=True)
class Element:
    """Where an element is, and what each side holds there.

    Attributes
    ----------
    index : int
        In C order: the number of the neuron in a state of shape ``(neurons,)``.
    position : tuple of int
        The same for each axis.
    ref, got : float, int or bool
        The values; exact, since every float32 is a float64.
    ref_hex, got_hex : str
        The values without loss, NaN with its bits.
    ulp : int or None
        Distance; None where there is none: for integers, and between a NaN and other bits.
    """

    index: int
    position: tuple[int, ...]
    ref: float | int | bool
    got: float | int | bool
    ref_hex: str
    got_hex: str
    ulp: int | None

    def __str__(self) -> str:
        """Return ``index 1: 0x1.48e5f0p-9 against 0x1.48e5eep-9 (0.0025093 against 0.0025092999, 1 ulp)``."""
        place = f"index {self.index}" + (f" {self.position}" if len(self.position) > 1 else "")
        far = f", {self.ulp} ulp" if self.ulp is not None else ""
        return f"{place}: {self.ref_hex} against {self.got_hex} ({self.ref:.9g} against {self.got:.9g}{far})"


def element(reference: NDArray[Any], candidate: NDArray[Any], index: int) -> Element:
    """Return the element at a flat index of two arrays of one dtype and shape."""
    position = tuple(int(i) for i in np.unravel_index(index, reference.shape)) if reference.ndim else ()
    ref, got = np.asarray(reference[position]), np.asarray(candidate[position])
    ulp = int(ulp_distance(ref, got)) if has_ulp(ref.dtype) else NO_ULP
    return Element(
        int(index), position, ref.item(), got.item(), hex_text(ref), hex_text(got), None if ulp == NO_ULP else ulp
    )
