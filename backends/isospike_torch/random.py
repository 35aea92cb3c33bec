"""Random words with torch: the counter-based generator in int64, which holds a uint32 and never overflows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from isospike.random.philox import MULTIPLIERS, ROUNDS, WEYL
from isospike_torch.elementwise import UINT32_MASK, cast, wide_product

__all__ = ["random_bits"]


def random_bits(key: Tensor, step: Tensor, *, shape: tuple[int, ...], draw: int) -> Tensor:
    """Return uint32 words, held in int64, as the operation of this name defines them."""
    n, n_batch = math.prod(shape[-1:]), math.prod(shape[:-1])
    c0, c1 = (torch.arange(size, dtype=torch.int64, device=key.device) for size in (n, n_batch))
    c1 = torch.reshape(c1, (n_batch, 1))
    c2 = torch.bitwise_and(cast(step, torch.int64), UINT32_MASK)
    c3 = torch.full((), draw, dtype=torch.int64, device=key.device)
    keys = torch.select(key, 0, 0), torch.select(key, 0, 1)
    for turn in range(ROUNDS):
        k0, k1 = (torch.bitwise_and(torch.add(k, turn * w), UINT32_MASK) for k, w in zip(keys, WEYL, strict=True))
        (high0, low0), (high1, low1) = wide_product(c0, MULTIPLIERS[0]), wide_product(c2, MULTIPLIERS[1])
        c0, c1, c2, c3 = _xor(high1, c1, k0), low1, _xor(high0, c3, k1), low0
    return torch.reshape(torch.broadcast_to(c0, (n_batch, n)), shape)


def _xor(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return torch.bitwise_xor(torch.bitwise_xor(a, b), c)
