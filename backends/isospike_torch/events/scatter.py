"""Event propagation by torch operations on all synapses, on accelerators."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["pre_of_synapse", "scatter_all"]


def scatter_all(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, n_post: int) -> Tensor:
    """Propagate by one scatter-add over all synapses.

    Arguments as for `isospike_torch.events.event_matvec`, none of size 0. No size depends on a value, so that the
    host waits for nothing and a CUDA graph can record it.
    """
    flat = spikes.reshape(-1, spikes.shape[-1])
    values = flat.index_select(1, pre_of_synapse(indptr, indices))
    # A silent synapse adds 0, whatever it weighs. To aim all of them at a cell too many, as jax does, is no choice:
    # additions to one address wait for each other.
    arriving = (values * weights).masked_fill(values == 0, 0)
    out = flat.new_zeros(flat.shape[0], n_post).index_add_(1, indices, arriving)
    return out.reshape(*spikes.shape[:-1], n_post)


def pre_of_synapse(indptr: Tensor, indices: Tensor) -> Tensor:
    """Return the presynaptic cell of each synapse."""
    return torch.repeat_interleave(torch.diff(indptr), output_size=indices.shape[0])
