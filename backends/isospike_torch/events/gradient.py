"""The derivatives of the operator: reverse and forward mode, of any order, inside and outside of ``torch.func``.

They are registered below ``torch.func`` and above the kernels, as those of torch's own operators are. What
``torch.library.register_autograd`` registers there fails under ``torch.func.grad``, and ``torch.func.jvp`` takes it
for a constant.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch._functorch.utils import enable_single_level_autograd_function
from torch.autograd import forward_ad
from torch.autograd.function import _SingleLevelFunction

from isospike_torch.events.scatter import pre_of_synapse
from isospike_torch.events.schema import OP

__all__ = ["differentiable"]


def differentiable(keys: Any, *arguments: Any) -> Tensor:
    """Compute the operator, so that it can be differentiated.

    Whether it will be cannot be told for less than this costs, 10 us: compiled code enters a level of forward mode
    without Python knowing. Loops that want no derivative skip this by ``torch._C._AutoDispatchBelowAutograd()``.

    Parameters
    ----------
    keys : DispatchKeySet
        Where the call comes from.
    *arguments : Tensor or int
        Those of the operator.
    """
    if not (torch.is_grad_enabled() or torch._C._is_fwd_grad_enabled() or torch._C._are_functorch_transforms_active()):
        # Inside another function's forward, such as that of compiled code, no derivative is recorded.
        return _below(keys, arguments)
    with enable_single_level_autograd_function():
        return _EventMatvec.apply(keys, *arguments)


def _below(keys: Any, arguments: tuple[Any, ...]) -> Tensor:
    with torch._C._AutoDispatchBelowAutograd():
        return OP.redispatch(keys & torch._C._after_autograd_keyset, *arguments)


class _EventMatvec(_SingleLevelFunction):
    """The operator at one level of differentiation; those above and below it have calls of their own."""

    # Compiled autograd asks every function for this.
    _compiled_autograd_key = torch.autograd.Function._compiled_autograd_key

    @staticmethod
    def forward(keys: Any, *arguments: Any) -> Tensor:
        # The level below may be differentiated too.
        with torch.enable_grad(), forward_ad._set_fwd_grad_enabled(True):
            return _below(keys, arguments)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        del output
        # Only the arguments are kept: a derived rule would keep one value a synapse and step.
        _, *tensors, ctx.n_post = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        """Return d spikes[i] = sum_(k of i) w[k] slope[post(k)] and d w[k] = spikes[pre(k)] slope[post(k)]."""
        spikes, weights, indptr, indices = ctx.saved_tensors
        to_spikes = to_weights = None
        pre = pre_of_synapse(indptr, indices)
        arriving = slope.index_select(-1, indices)
        if ctx.needs_input_grad[1]:
            sent = arriving * weights
            # On the CPU index_add along the last of several axes takes 20 times longer.
            to_spikes = torch.zeros_like(spikes).scatter_add(-1, pre.long().expand(sent.shape), sent)
        if ctx.needs_input_grad[2]:
            to_weights = (spikes.index_select(-1, pre) * arriving).sum_to_size(weights.shape)
        return None, to_spikes, to_weights, None, None, None

    @staticmethod
    def jvp(ctx: Any, _: None, to_spikes: Tensor | None, to_weights: Tensor | None, *others: None) -> Tensor:
        """Return the change with the spikes plus that with the weights: the product is linear in both."""
        del others
        spikes, weights, *matrix = ctx.saved_tensors
        parts = []
        # The level below may be differentiated too, this one not again.
        with forward_ad._set_fwd_grad_enabled(True):
            spikes, weights = (forward_ad.unpack_dual(x, level=0).primal for x in (spikes, weights))
            if to_spikes is not None:
                parts.append(OP(to_spikes, weights, *matrix, ctx.n_post))
            if to_weights is not None:
                parts.append(OP(spikes, to_weights, *matrix, ctx.n_post))
            return sum(parts[1:], parts[0])
