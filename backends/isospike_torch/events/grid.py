"""Event propagation by a kernel on NVIDIA's GPUs: loaded on the first use of a process, or why it is not."""

from __future__ import annotations

import torch
from torch import Tensor

from isospike_codegen.event_grid import EventGrid, event_grid
from isospike_codegen.kernel import Kernel
from isospike_torch.device import dtype_of
from isospike_torch.events.scatter import scatter_all

__all__ = ["GRID", "launch", "propagate"]

# Spikes that the kernel counts.
_MOST = 2**30

GRID = Kernel(
    lambda: event_grid().compiled_by,
    compiled="torch-cuda",
    plain="torch",
    loss="On the GPU events are propagated by plain torch, which looks at all synapses, because there is no kernel",
)


def propagate(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, n_post: int) -> Tensor:
    """Propagate on a GPU, by the kernel if there is one.

    Arguments as for `isospike_torch.events.event_matvec`, none of size 0.
    """
    # The kernel adds in any order, and so in another one with each call.
    is_free = not torch.are_deterministic_algorithms_enabled()
    if torch.version.cuda is None or not is_free or spikes.numel() > _MOST or not GRID.ready():
        return scatter_all(spikes, weights, indptr, indices, n_post)
    with torch.cuda.device(spikes.device):
        stream = torch.cuda.current_stream().cuda_stream
        return launch(event_grid(), spikes.get_device(), stream, spikes, weights, indptr, indices, n_post)


def launch(
    grid: EventGrid,
    device: int,
    stream: int,
    spikes: Tensor,
    weights: Tensor,
    indptr: Tensor,
    indices: Tensor,
    n_post: int,
) -> Tensor:
    """Launch the kernel in a stream of the current device, and return what it will have computed."""
    out = spikes.new_zeros((*spikes.shape[:-1], n_post))
    # A single weight may be on the host.
    near = weights.to(spikes.device)
    tensors = [*(x.contiguous() for x in (spikes, near, indptr, indices)), out]
    n_pre = spikes.shape[-1]
    sizes = spikes.numel() // n_pre, n_pre, n_post, indices.shape[0]
    grid.launch(dtype_of(spikes), device, stream, [x.data_ptr() for x in tensors], weights.ndim == 0, sizes)
    return out
