"""What the rules share: how much is made at a time, a cell's own target, and the way into the container."""

from __future__ import annotations

import warnings
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from isospike.connectivity.csr import CSR, Int32
from isospike.connectivity.sizes import check_count
from isospike.errors import PlausibilityWarning

__all__ = ["CHUNK", "Int64", "count", "made", "own_target", "rows"]

Int64: TypeAlias = NDArray[np.int64]

CHUNK = 2**18  # Synapses made at a time; bounds memory, and never changes the result.


def own_target(n_pre: int, n_post: int, offset: int | None) -> Int64:
    """Return the postsynaptic number of each presynaptic cell, ``n_post`` where it is no target."""
    if offset is None:
        return np.full(n_pre, n_post)
    own = np.arange(n_pre) + offset
    return np.where((own >= 0) & (own < n_post), own, n_post)


def count(degrees: Int64, pre: Int64) -> None:
    """Add the ascending presynaptic cells of new synapses to the out-degrees, in place."""
    if pre.size:
        more = np.bincount(pre - pre[0])
        degrees[pre[0] : pre[0] + more.size] += more


def rows(keys: Int64, n_pre: int, n_post: int) -> tuple[Int64, Int32]:
    """Return the out-degrees and the targets of synapses, given as ascending numbers ``pre * n_post + post``."""
    degrees, indices = np.zeros(n_pre, np.int64), np.empty(keys.size, np.int32)
    for start in range(0, keys.size, CHUNK):
        part = keys[start : start + CHUNK]
        pre = part // n_post
        indices[start : start + CHUNK] = part - pre * n_post
        count(degrees, pre)
    return degrees, indices


def made(rule: str, degrees: Int64, indices: Int32, n_post: int) -> CSR:
    """Return the container over fresh arrays, without a copy; warn when it is empty."""
    if not indices.size:
        warnings.warn(
            f"{rule} made no synapse between {degrees.size} and {n_post} cells. Raise the probability or the "
            "degree, or leave the projection out.",
            PlausibilityWarning,
            stacklevel=3,
        )
    check_count(rule, indices.size)
    indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int32)
    indptr.setflags(write=False)
    indices.setflags(write=False)
    return CSR(indptr, indices, n_post)
