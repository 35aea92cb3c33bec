"""What the arguments of ``event_matvec`` must be."""

from __future__ import annotations

import torch
from torch import Tensor

from isospike.errors import ParameterError, ShapeError

__all__ = ["check"]


def check(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor) -> None:
    """Raise ``ShapeError`` or ``ParameterError`` unless sizes agree and dtypes are right."""
    n_pre, n_synapses = spikes.shape[-1:], indices.shape
    fits = len(n_pre) == 1 and indptr.shape == (n_pre[0] + 1,) and len(n_synapses) == 1
    if not fits or weights.shape not in ((), n_synapses):
        msg = (
            "event_matvec takes spikes (*batch, n_pre), weights () or (n_synapses,), indptr (n_pre + 1,) and "
            f"indices (n_synapses,), but was given {tuple(spikes.shape)}, {tuple(weights.shape)}, "
            f"{tuple(indptr.shape)} and {tuple(n_synapses)}: build indptr with one row per presynaptic cell"
        )
        raise ShapeError(msg)
    near = [x.device for x in (spikes, indptr, indices, *([weights] if weights.ndim else []))]
    if len(set(near)) > 1:
        msg = (
            f"event_matvec takes tensors of one device, but was given {', '.join(map(str, near))} as those of spikes, "
            "indptr, indices and weights: move them first, as in `weights.to(spikes.device)`"
        )
        raise ParameterError(msg)
    floats = spikes.dtype in (torch.float32, torch.float64) and weights.dtype == spikes.dtype
    if not floats or indptr.dtype != torch.int32 or indices.dtype != torch.int32:
        msg = (
            "event_matvec takes spikes and weights of one dtype, float32 or float64, with int32 indptr and "
            f"indices, but was given {spikes.dtype}, {weights.dtype}, {indptr.dtype} and {indices.dtype}: "
            "convert first, as in `weights.to(spikes.dtype)`"
        )
        raise ParameterError(msg)
