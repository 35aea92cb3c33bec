"""The product of spikes and a sparse matrix, as isospike calls it."""

from __future__ import annotations

import torch
from torch import Tensor

from isospike_torch.events.check import check
from isospike_torch.events.grid import GRID
from isospike_torch.events.kernel import cpu_engine
from isospike_torch.events.op import OP

__all__ = ["event_engine", "event_matvec"]


def event_matvec(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, *, n_post: int) -> Tensor:
    """Propagate spikes along the synapses of a CSR matrix.

    ``out[..., j] = sum_i spikes[..., i] * w[i, j]``; on the CPU and on GPUs of NVIDIA only rows with a spike that
    is not 0 cost.

    Parameters
    ----------
    spikes : torch.Tensor
        Shape ``(*batch, n_pre)``, float32 or float64, mostly 0. Graded values multiply.
    weights : torch.Tensor
        Shape ``()``, one weight for all synapses, or ``(n_synapses,)``; dtype of ``spikes``; any unit.
    indptr : torch.Tensor
        Shape ``(n_pre + 1,)``, int32: the synapses of cell ``i`` are ``indptr[i]`` to ``indptr[i + 1] - 1``.
    indices : torch.Tensor
        Shape ``(n_synapses,)``, int32: the postsynaptic cell of each synapse, in ``[0, n_post)``.
    n_post : int
        Number of postsynaptic cells.

    Returns
    -------
    torch.Tensor
        Shape ``(*batch, n_post)``, dtype of ``spikes``, unit of ``weights``.

    Raises
    ------
    ShapeError
        If the sizes of the arrays do not agree.
    ParameterError
        If a dtype is not the one above.

    Notes
    -----
    Gradients and tangents of spikes and weights are exact, also of spikes that are 0, whatever way was taken.
    """
    check(spikes, weights, indptr, indices)
    return OP(spikes, weights, indptr, indices, n_post)


def event_engine() -> str:
    """Return the way that events take on torch's default device and why, such as ``torch-cpp (g++ 12.2)``."""
    device = torch.get_default_device().type
    if device == "cpu":
        return str(cpu_engine())
    return str(GRID.engine()) if device == "cuda" else f"torch (index_add on {device})"
