"""Loops over the elements of a shape, with as few axes as the arrays that they read allow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from isospike_codegen.text import Text
from isospike_codegen.view import row_major

__all__ = ["Loop", "Strides", "loop_over"]

# How many elements of an array lie between neighbours along each axis of a loop's shape.
Strides = tuple[int, ...]


@dataclass(frozen=True)
class Loop:
    """A nest of loops: its shape, the axes that each loop stands for, and the variable that counts it."""

    shape: tuple[int, ...]
    axes: tuple[tuple[int, ...], ...]
    variables: tuple[str, ...]

    @property
    def element(self) -> str:
        """The number of the element that the loops are at, row by row."""
        return self.place(row_major(self.shape))

    def place(self, strides: Strides, offset: int = 0) -> str:
        """Return where in an array the element is."""
        terms = [str(offset)] if offset else []
        for axes, variable in zip(self.axes, self.variables, strict=True):
            stride = strides[axes[-1]] if axes else 0
            if stride:
                terms.append(variable if stride == 1 else f"{variable} * {stride}")
        return " + ".join(terms) or "0"


@contextmanager
def loop_over(
    text: Text, shape: tuple[int, ...], arrays: Sequence[Strides] = (), *, name: str = "i", apart: bool = False
) -> Iterator[Loop]:
    """Write loops, shared out to the threads of the team, around what is written inside of the context.

    Parameters
    ----------
    text : Text
    shape : tuple of int
        What the loops run over.
    arrays : sequence of tuple of int
        Strides of what is read or written, beside arrays of that very shape.
    name : str
        What the variables begin with.
    apart : bool
        Whether the last axis has a loop of its own.
    """
    groups = _joined(shape, [row_major(shape), *arrays], apart) or [()]
    sizes = [math.prod(shape[a] for a in axes) for axes in groups]
    variables = tuple(f"{name}{k}" if len(groups) > 1 else name for k in range(len(groups)))
    # The larger ones are shared: the last, whose elements follow each other, or the first.
    shared = len(groups) - 1 if sizes[-1] >= sizes[0] else 0
    kinds = ["EACH" if k == shared else "ALL" for k in range(len(groups))]
    heads = [f"ISOSPIKE_{k}({v}, {n})" for k, v, n in zip(kinds, variables, sizes, strict=True)]
    for head in heads[:-1]:
        text.line(head)
    with text.block(heads[-1]):
        yield Loop(shape, tuple(groups), variables)


def _joined(shape: Sequence[int], arrays: Sequence[Strides], apart: bool) -> list[tuple[int, ...]]:
    """Return groups of axes, each of which every array goes through at one stride."""
    groups: list[tuple[int, ...]] = []
    for axis, n in enumerate(shape):
        alone = apart and axis == len(shape) - 1
        if n == 1 and not alone:
            continue
        if groups and not alone and all(s[groups[-1][-1]] == s[axis] * n for s in arrays):
            groups[-1] = (*groups[-1], axis)
        else:
            groups.append((axis,))
    return groups
