"""Event propagation with NumPy: walk the rows of the cells that spike."""

from __future__ import annotations

import numpy as np

__all__ = ["event_matvec"]


def event_matvec(
    spikes: np.ndarray, weights: np.ndarray, indptr: np.ndarray, indices: np.ndarray, *, n_post: int
) -> np.ndarray:
    """Return ``out[..., j] = sum_i spikes[..., i] * w[i, j]`` over a CSR matrix, summed in float64 and rounded once."""
    if spikes.ndim == 1:
        return _row(spikes, weights, indptr, indices, n_post)
    flat = spikes.reshape(-1, spikes.shape[-1])
    out = np.zeros((flat.shape[0], n_post), spikes.dtype)
    for i, row in enumerate(flat):
        out[i] = _row(row, weights, indptr, indices, n_post)
    return out.reshape(*spikes.shape[:-1], n_post)


def _row(spikes: np.ndarray, weights: np.ndarray, indptr: np.ndarray, indices: np.ndarray, n_post: int) -> np.ndarray:
    # nonzero of booleans is several times faster than of floats.
    active = np.flatnonzero(np.not_equal(spikes, 0))
    if active.size == 0:
        return np.zeros(n_post, spikes.dtype)
    rows = [slice(a, b) for a, b in zip(indptr[active].tolist(), indptr[active + 1].tolist(), strict=True)]
    targets = np.concatenate([indices[row] for row in rows])
    values = spikes[active]
    if weights.ndim == 0 and (values == 1).all():
        # All events weigh the same: count them, which is exact, and scale once.
        counted: np.ndarray = np.multiply(np.bincount(targets, minlength=n_post), weights, dtype=np.float64)
        return counted.astype(spikes.dtype)
    strengths = np.repeat(values.astype(np.float64), [row.stop - row.start for row in rows])
    strengths *= weights if weights.ndim == 0 else np.concatenate([weights[row] for row in rows])
    total: np.ndarray = np.bincount(targets, weights=strengths, minlength=n_post).astype(spikes.dtype)
    return total
