"""Delay lines: what the last steps brought, newest first, as the rows of one array that shifts in each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ
from isospike.graph.trace import differentiating
from isospike.math import astype, broadcast_to, concat, expand_dims, getitem, not_equal, reshape, take
from isospike.units import split
from isospike.warn import warn

__all__ = ["Line", "SpikeLine", "ValueLine"]

# Steps in a word. The sign bit of an int32 is left out: a shift to the right would smear it.
_STEPS = 31
_LOW = 2 ** (_STEPS - 1) - 1


class Line:
    """Base of delay lines of ``n`` cells; ``held`` is the array of shape ``(*batch, n_rows, n)`` that a State keeps.

    Parameters
    ----------
    n : int
        Number of cells.
    depth : int
        Longest delay, in steps.
    """

    def __init__(self, n: int, depth: int) -> None:
        self.n, self.depth = n, depth

    def same(self, other: Line | None) -> bool:
        """Say whether another is of the same kind and size."""
        return type(self) is type(other) and vars(self) == vars(other)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    def initial(self, value: Any, batch: tuple[int, ...]) -> Any:
        """Return the array of a line that has always brought ``value``."""
        raise NotImplementedError

    def push(self, held: Any, x: Any) -> Any:
        """Return the array after a step that brings x, of shape ``(n,)`` or ``(*batch, n)``."""
        raise NotImplementedError

    def read(self, held: Any, steps: np.ndarray, cells: np.ndarray | None) -> Any:
        """Return what came that many steps ago: one number for all cells, or one for each of ``cells``."""
        raise NotImplementedError

    def _row(self, held: Any, row: np.ndarray, cells: np.ndarray | None) -> Any:
        """Return one row, or the elements at a row and a cell each."""
        if (row == row.flat[0]).all():
            whole = getitem(held, (..., int(row.flat[0]), slice(None)))
            return whole if cells is None else take(whole, cells, axis=-1)
        columns = np.arange(self.n, dtype=np.int32) if cells is None else cells
        flat = reshape(held, (*split(held)[0].shape[:-2], self.n_rows * self.n))
        return take(flat, (row * self.n + columns).astype(np.int32), axis=-1)


class SpikeLine(Line):
    """A line of spikes, 31 steps in each int32; the lowest bit of the first row is the newest."""

    @property
    def n_rows(self) -> int:
        """Number of words per cell."""
        return self.depth // _STEPS + 1

    def initial(self, value: Any, batch: tuple[int, ...]) -> Any:
        """Return words without a spike."""
        del value
        return np.zeros((*batch, self.n_rows, self.n), dtype=np.int32)

    def push(self, held: Any, x: Any) -> Any:
        """Return the words shifted by one step."""
        if differentiating():
            warn(
                "a delay of spikes passes no gradient on to the cells that emit them: to train through it, call "
                "init_all_states inside `with iso.environ.context(fit=True):`, or pass delay=iso.Delay(n, time, "
                "keeps='values')"
            )
        arrived = astype(not_equal(x, 0), "int32")
        incoming = expand_dims(broadcast_to(arrived, (*held.shape[:-2], self.n)), axis=-2)
        if self.n_rows > 1:
            leaving = getitem(held, (..., slice(0, -1), slice(None))) >> (_STEPS - 1)
            incoming = concat([incoming, leaving], axis=-2)
        return ((held & _LOW) << 1) | incoming

    def read(self, held: Any, steps: np.ndarray, cells: np.ndarray | None) -> Any:
        """Return 1 where a spike came that many steps ago, else 0."""
        row, bit = np.divmod(steps, _STEPS)
        if (bit == bit.flat[0]).all():
            bit = bit.flat[0]
        word = self._row(held, row, cells)
        return astype(not_equal((word >> bit) & 1, 0), environ.float_dtype())


class ValueLine(Line):
    """A line of numbers, one row for each step; a gradient flows through it."""

    @property
    def n_rows(self) -> int:
        """Number of steps held."""
        return self.depth + 1

    def initial(self, value: Any, batch: tuple[int, ...]) -> Any:
        """Return rows of ``value``."""
        return broadcast_to(expand_dims(value, axis=-2), (*batch, self.n_rows, self.n))

    def push(self, held: Any, x: Any) -> Any:
        """Return the rows moved by one step."""
        shape = split(held)[0].shape
        newest = expand_dims(broadcast_to(x, (*shape[:-2], self.n)), axis=-2)
        if self.n_rows == 1:
            return newest
        return concat([newest, getitem(held, (..., slice(0, -1), slice(None)))], axis=-2)

    def read(self, held: Any, steps: np.ndarray, cells: np.ndarray | None) -> Any:
        """Return the values of that many steps ago."""
        return self._row(held, steps, cells)
