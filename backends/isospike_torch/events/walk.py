"""Event propagation by torch operations on the rows that spike, on the CPU where there is no kernel."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["walk_rows"]


def walk_rows(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, n_post: int) -> Tensor:
    """Propagate along the rows that spike; how many these are decides the sizes of what is computed.

    Arguments as for `isospike_torch.events.event_matvec`, none of size 0. Additions are made in the order of the
    compiled kernel.
    """
    flat = spikes.reshape(-1, spikes.shape[-1])
    batch, pre = torch.nonzero(flat, as_tuple=True)
    first = indptr[pre]
    degree = indptr[pre + 1] - first
    # One entry for each synapse of each event: the event, and the synapse by its place in the row.
    event = torch.repeat_interleave(degree)
    place = torch.arange(len(event), device=flat.device) - (torch.cumsum(degree, 0) - degree)[event]
    synapse = first[event] + place
    values = flat[batch, pre][event] * (weights[synapse] if weights.ndim else weights)
    # Over a single axis index_add_ adds one value after the other.
    out = flat.new_zeros(flat.shape[0] * n_post)
    out.index_add_(0, batch[event] * n_post + indices[synapse], values)
    return out.reshape(*spikes.shape[:-1], n_post)
