"""The operator of torch with all that it means: on every device, for the compiler, differentiated and batched.

On the CPU the compiled kernel takes the place of `_propagate` once it is loaded (`isospike_torch.events.kernel`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from isospike_torch.events.batch import batched
from isospike_torch.events.check import check
from isospike_torch.events.gradient import differentiable
from isospike_torch.events.grid import propagate
from isospike_torch.events.kernel import KERNEL
from isospike_torch.events.scatter import scatter_all
from isospike_torch.events.schema import LIBRARY, NAME, OP
from isospike_torch.events.walk import walk_rows

__all__ = ["OP"]


def _propagate(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, n_post: int) -> Tensor:
    check(spikes, weights, indptr, indices)
    if 0 in (spikes.numel(), indices.numel(), n_post):
        return spikes.new_zeros((*spikes.shape[:-1], n_post))
    if spikes.device.type == "cuda":
        return propagate(spikes, weights, indptr, indices, n_post)
    if spikes.device.type != "cpu":
        return scatter_all(spikes, weights, indptr, indices, n_post)
    # The first call loads the kernel, to which all later ones go; itself it has been sent here already.
    KERNEL.ready()
    return walk_rows(spikes, weights, indptr, indices, n_post)


def _shaped(spikes: Tensor, weights: Tensor, indptr: Tensor, indices: Tensor, n_post: int) -> Tensor:
    check(spikes, weights, indptr, indices)
    return spikes.new_empty((*spikes.shape[:-1], n_post))


LIBRARY.impl(NAME, _propagate, "CompositeExplicitAutograd")
LIBRARY.impl(NAME, differentiable, "Autograd", with_keyset=True)
torch.library.register_fake(f"isospike::{NAME}", _shaped, lib=LIBRARY)
torch.library.register_vmap(f"isospike::{NAME}", batched, lib=LIBRARY)
