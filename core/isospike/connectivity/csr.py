"""Synapses in compressed sparse rows, the form that every backend reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isospike.connectivity.sizes import check_count, checked_size
from isospike.errors import ShapeError

__all__ = ["CSR"]

Int32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class CSR:
    """Synapses in compressed sparse rows: cell ``i`` projects to ``indices[indptr[i]:indptr[i + 1]]``.

    Both arrays are read-only; a writable array is copied. Compared by identity.

    Parameters
    ----------
    indptr : array of int32, shape ``(n_pre + 1,)``
        Where each presynaptic cell's row begins, and the number of synapses.
    indices : array of int32, shape ``(n_synapses,)``
        Postsynaptic cells, ascending in each row; a repeated one is a second synapse of the pair.
    n_post : int
        Number of postsynaptic cells.

    Raises
    ------
    ShapeError
        If the arrays do not describe such rows, or there are more than ``2**31 - 1`` synapses.

    Examples
    --------
    >>> indptr, indices = np.array([0, 1, 2], np.int32), np.array([0, 1], np.int32)
    >>> CSR(indptr, indices, n_post=2).dense().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    indptr: Int32
    indices: Int32
    n_post: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_post", checked_size("CSR", "n_post", self.n_post))
        for name in ("indptr", "indices"):
            object.__setattr__(self, name, _frozen(name, getattr(self, name)))
        _check_rows(self.indptr, self.indices)
        _check_targets(self.indptr, self.indices, self.n_post)

    @property
    def n_pre(self) -> int:
        """Number of presynaptic cells."""
        return self.indptr.size - 1

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return self.indices.size

    def pre_indices(self) -> Int32:
        """Return the presynaptic cell of each synapse, shape ``(n_synapses,)``."""
        return np.repeat(np.arange(self.n_pre, dtype=np.int32), np.diff(self.indptr))

    def dense(self, weights: ArrayLike = 1.0) -> NDArray[np.float64]:
        """Return the matrix of summed weights, shape ``(n_pre, n_post)``; meant for small networks.

        Parameters
        ----------
        weights : float or array of shape ``(n_synapses,)``, default 1.0
            One weight for all synapses, or one each, in row order.

        Raises
        ------
        ShapeError
            If ``weights`` has another shape.
        """
        each = np.asarray(weights, np.float64)
        if each.shape not in ((), (1,), (self.n_synapses,)):
            raise ShapeError(
                f"CSR.dense: `weights` must be one number or have shape ({self.n_synapses},), one per synapse, but has "
                f"shape {each.shape}. Weights by presynaptic cell become `weights[csr.pre_indices()]`."
            )
        matrix = np.zeros((self.n_pre, self.n_post))
        np.add.at(matrix, (self.pre_indices(), self.indices), each)
        return matrix


def _frozen(name: str, array: Int32) -> Int32:
    """Return a one-dimensional int32 array as read-only, or refuse it."""
    if not isinstance(array, np.ndarray) or array.dtype != np.int32 or array.ndim != 1:
        given = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else repr(array)
        raise ShapeError(
            f"CSR: `{name}` must be a one-dimensional NumPy array of int32, but is {given}. "
            f"Write `{name}=numpy.asarray({name}, numpy.int32)`."
        )
    check_count("CSR", array.size)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _check_rows(indptr: Int32, indices: Int32) -> None:
    """Refuse row pointers that do not divide the indices into at least one row."""
    if indptr.size < 2 or indptr[0] != 0 or indptr[-1] != indices.size or (indptr[1:] < indptr[:-1]).any():
        raise ShapeError(
            f"CSR: `indptr` must rise from 0 to the number of synapses, {indices.size}, in n_pre + 1 >= 2 "
            f"entries, but is {indptr}. From out-degrees: "
            "`indptr = numpy.r_[0, numpy.cumsum(degrees)].astype(numpy.int32)`."
        )


def _check_targets(indptr: Int32, indices: Int32, n_post: int) -> None:
    """Refuse targets out of range, or rows that are not sorted."""
    if indices.size and (indices.min() < 0 or indices.max() >= n_post):
        raise ShapeError(
            f"CSR: `indices` must lie in [0, n_post) = [0, {n_post}), but run from {indices.min()} to "
            f"{indices.max()}. Give the size of the target population: "
            f"`CSR(indptr, indices, n_post={indices.max() + 1})`."
        )
    falls = np.flatnonzero(indices[1:] < indices[:-1]) + 1
    inside = ~np.isin(falls, indptr)
    if inside.any():
        row = int(np.searchsorted(indptr, falls[inside][0], side="right")) - 1
        raise ShapeError(
            f"CSR: the targets of each cell must ascend, but those of cell {row} do not. Sort `indices` and "
            "the weights by `order = numpy.lexsort((indices, pre))`, where "
            "`pre = numpy.repeat(numpy.arange(n_pre), numpy.diff(indptr))`."
        )
