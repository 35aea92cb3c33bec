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
    is_finite = torch.isfinite(x)  # infinity - infinity is not 0
    finite = torch.where(is_finite, x, 0.0)
    through = torch.sub(finite, torch.detach(finite))
    return torch.add(step(x), torch.mul(torch.where(is_finite, torch.detach(slope), 0.0), through))
