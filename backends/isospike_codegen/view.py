"""Views: how an array is read, as elements of another one at an offset and with one stride an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from isospike.graph.ir import Value

__all__ = ["View", "row_major", "whole"]


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of an array whose elements follow each other."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


@dataclass(frozen=True)
class View:
    """An array as elements of ``base``, which lies in memory row by row.

    Parameters
    ----------
    base : Value
        What holds the elements.
    shape, strides : tuple of int
        Size of each axis, and how many elements of ``base`` lie between its entries.
    offset : int
        Place of the first element.
    """

    base: Value
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    @property
    def is_contiguous(self) -> bool:
        """Whether its elements follow each other in ``base``."""
        if 0 in self.shape:
            return True
        pairs = zip(self.shape, self.strides, row_major(self.shape), strict=True)
        return all(n == 1 or stride == expected for n, stride, expected in pairs)

    @property
    def is_whole(self) -> bool:
        """Whether it is ``base`` itself."""
        return self.shape == self.base.aval.shape and self.offset == 0 and self.is_contiguous

    def index(self, index: Sequence[int | tuple[int, int, int]]) -> View:
        """Return what basic indexing picks."""
        offset, shape, strides = self.offset, [], []
        for entry, stride in zip(index, self.strides, strict=True):
            start = entry if isinstance(entry, int) else entry[0]
            offset += start * stride
            if not isinstance(entry, int):
                shape.append(len(range(*entry)))
                strides.append(stride * entry[2])
        return View(self.base, tuple(shape), tuple(strides), offset)

    def broadcast(self, shape: tuple[int, ...]) -> View:
        """Return it repeated along new or unit axes."""
        new = len(shape) - len(self.shape)
        kept = [s if n == m else 0 for n, s, m in zip(self.shape, self.strides, shape[new:], strict=True)]
        return View(self.base, shape, (*(0,) * new, *kept), self.offset)

    def permute(self, axes: Sequence[int]) -> View:
        """Return it with its axes in another order."""
        return View(self.base, tuple(self.shape[a] for a in axes), tuple(self.strides[a] for a in axes), self.offset)

    def reshape(self, shape: tuple[int, ...]) -> View | None:
        """Return it in another shape, or None where strides cannot say that."""
        if self.is_contiguous:
            return View(self.base, shape, row_major(shape), self.offset)
        strides = dict(enumerate(s for n, s in zip(self.shape, self.strides, strict=True) if n != 1))
        if [n for n in shape if n != 1] != [n for n in self.shape if n != 1]:
            return None
        left = iter(strides.values())
        return View(self.base, shape, tuple(0 if n == 1 else next(left) for n in shape), self.offset)


def whole(value: Value) -> View:
    """Return the view of all of a value."""
    return View(value, value.aval.shape, row_major(value.aval.shape))
