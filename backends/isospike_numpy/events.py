"""Event propagation with NumPy: walk the rows of the cells that spike."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["event_matvec"]


def event_matvec(
    xp: Any, spikes: np.ndarray, weights: np.ndarray, indptr: np.ndarray, indices: np.ndarray, *, n_post: int
) -> np.ndarray:
    """Return ``out[..., j] = sum_i spikes[..., i] * w[i, j]`` over a CSR matrix, summed in float64 and rounded once."""
    del xp
    if spikes.ndim == 1:
        return _row(spikes, weights, indptr, indices, n_post)
    flat = spikes.reshape(-1, spikes.shape[-1])
    rows = [_row(row, weights, indptr, indices, n_post) for row in flat]
    out = np.stack(rows) if rows else np.zeros((0, n_post), spikes.dtype)
    return out.reshape(*spikes.shape[:-1], n_post)


def _row(spikes: np.ndarray, weights: np.ndarray, indptr: np.ndarray, indices: np.ndarray, n_post: int) -> np.ndarray:
    active = np.flatnonzero(spikes)
    if active.size == 0:
        return np.zeros(n_post, spikes.dtype)
    first, length = indptr[active], indptr[active + 1] - indptr[active]
    synapses = np.repeat(first - np.concatenate(([0], np.cumsum(length)[:-1])), length) + np.arange(length.sum())
    values = np.repeat(spikes[active].astype(np.float64), length)
    values *= weights if weights.ndim == 0 else weights[synapses]
    return np.bincount(indices[synapses], weights=values, minlength=n_post).astype(spikes.dtype)
