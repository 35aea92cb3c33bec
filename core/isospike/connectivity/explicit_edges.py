"""The rule that takes synapses as they are listed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import Int64, made, rows
from isospike.connectivity.sizes import check_count, checked_ends
from isospike.errors import ParameterError, ShapeError

__all__ = ["explicit_edges"]


def explicit_edges(
    n_pre: int, n_post: int, pre: ArrayLike, post: ArrayLike, *, multapses: bool = False
) -> tuple[CSR, Int64]:
    """Connect the cells that are listed.

    Parameters
    ----------
    n_pre, n_post : int
        Sizes of the populations.
    pre, post : array of int (n_synapses,)
        Presynaptic and postsynaptic cell of each synapse, in any order.
    multapses : bool, default False
        Accept that a pair is listed more than once.

    Returns
    -------
    CSR
        The synapses.
    array of int64 (n_synapses,)
        Place in the list of each synapse of the rows: ``weight[order]`` are weights in row order.

    Raises
    ------
    ParameterError
        If a cell is not in its population, or a pair is listed twice without ``multapses``.
    ShapeError
        If ``pre`` and ``post`` are not of one length, a size is not a positive integer, or there are more than
        ``2**31 - 1`` synapses.

    Examples
    --------
    >>> csr, order = explicit_edges(2, 3, pre=[1, 0], post=[2, 0])
    >>> csr.dense().tolist(), order.tolist()
    ([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [1, 0])
    """
    rule = "explicit_edges"
    n_pre, n_post, _ = checked_ends(rule, n_pre, n_post, None)
    cells = [_cells(rule, *given) for given in (("pre", pre, n_pre), ("post", post, n_post))]
    if cells[0].shape != cells[1].shape:
        raise ShapeError(
            f"{rule}: `pre` and `post` have shapes {cells[0].shape} and {cells[1].shape}, expected one entry for each "
            "synapse: `pre=[0, 0], post=[3, 7]`."
        )
    check_count(rule, cells[0].size)
    keys = cells[0] * n_post
    keys += cells[1]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    if not multapses and (again := np.flatnonzero(keys[1:] == keys[:-1])).size:
        i, j = divmod(int(keys[again[0]]), n_post)
        raise ParameterError(
            f"{rule}: cell {i} is connected to cell {j} more than once, as are {again.size} of {keys.size} synapses in "
            "all. Join them and add their weights, or allow several synapses of a pair: `multapses=True`."
        )
    return made(rule, *rows(keys, n_pre, n_post), n_post), order


def _cells(rule: str, name: str, given: ArrayLike, size: int) -> Int64:
    """Return the listed cells of a population, or refuse them."""
    cells = np.asarray(given)
    if cells.ndim != 1 or (cells.size and cells.dtype.kind not in "iu"):
        raise ShapeError(
            f"{rule}: `{name}` must be a vector of whole numbers, but is {cells.dtype} of shape {cells.shape}. Write "
            f"`{name}=numpy.asarray({name}).astype(int).ravel()`."
        )
    if cells.size and not 0 <= cells.min() <= cells.max() < size:
        raise ParameterError(
            f"{rule}: `{name}` must lie in [0, {size}), the cells of its population, but runs from {cells.min()} to "
            f"{cells.max()}. Cells are counted from 0."
        )
    return cells.astype(np.int64)
