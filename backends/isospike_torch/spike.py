"""The spike function under torch: a step whose derivative is its surrogate."""

from __future__ import annotations

import torch
from torch import Tensor

from isospike_torch.elementwise import cast

__all__ = ["spike", "step"]


def step(x: Tensor) -> Tensor:
    """Return 1 where x >= 0 and 0 elsewhere, in the dtype of x; without a derivative."""
    return cast(torch.ge(x, 0.0), x.dtype)


def spike(x: Tensor, slope: Tensor) -> Tensor:
    """Return ``step(x)`` with the derivative ``slope``, of which none is taken.

    The term that is added is 0 and has the derivative 1 (*straight through*). Being made of plain operations it is
    right under autograd, compilation, export and every transform of ``torch.func``; a custom operation has no
    forward derivative, and ``torch.func.jvp`` takes that for zero.
    """
    outside = torch.logical_not(torch.isfinite(x))  # infinity - infinity is not 0
    finite = torch.masked_fill(x, outside, 0.0)
    through = torch.sub(finite, torch.detach(finite))
    return torch.add(step(x), torch.mul(torch.masked_fill(torch.detach(slope), outside, 0.0), through))
