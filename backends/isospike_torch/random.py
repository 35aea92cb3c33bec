"""Random numbers with torch: the counter-based generator in int64, which holds a uint32 and never overflows."""

from __future__ import annotations

import math
from types import SimpleNamespace

import torch
from torch import Tensor

from isospike.ops.inverse_tail import double, single
from isospike.random.philox import MULTIPLIERS, ROUNDS, WEYL
from isospike_torch.elementwise import DTYPES, UINT32_MASK, cast, wide_product

__all__ = ["inverse_tail", "random_bits"]

# What the definition of the operation asks of a namespace.
_TORCH = SimpleNamespace(
    astype=cast,
    int64=torch.int64,
    take=lambda x, indices: x[indices],
    **{k: v for k, v in DTYPES.items() if k != "bool"},
)


def inverse_tail(table: Tensor, high: Tensor, *low: Tensor) -> Tensor:
    """Return numbers of a tabulated tail function: its definition needs no more than 32 bits, or 63."""
    return double(_TORCH, table, high, *low) if low else single(_TORCH, table, high)


def random_bits(key: Tensor, step: Tensor, *, shape: tuple[int, ...], draw: int, words: int = 1) -> Tensor:
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
    block = [torch.reshape(torch.broadcast_to(c, (n_batch, n)), shape) for c in (c0, c1, c2, c3)]
    return block[0] if words == 1 else torch.stack(block[:words])


def _xor(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return torch.bitwise_xor(torch.bitwise_xor(a, b), c)
