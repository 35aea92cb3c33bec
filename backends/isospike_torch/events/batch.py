"""The operator under ``torch.func.vmap``."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from isospike_torch.events.schema import OP

__all__ = ["batched"]


def batched(info: Any, axes: tuple[int | None, ...], *arguments: Any) -> tuple[Tensor, int]:
    """Return the results of a batch and where its axis is.

    Parameters
    ----------
    info : VmapInfo
        Holds the size of the batch.
    axes : tuple
        The batch axis of each argument, or None.
    *arguments : Tensor or int
        Those of the operator.
    """
    moved = [x if axis is None else x.movedim(axis, 0) for x, axis in zip(arguments, axes, strict=True)]
    if all(axis is None for axis in axes[1:]):
        return OP(*moved), 0
    # The operator has one matrix only.
    entries = [
        OP(*(x if axis is None else x[i] for x, axis in zip(moved, axes, strict=True))) for i in range(info.batch_size)
    ]
    if not entries:
        shape = moved[0].shape[axes[0] is not None : -1]
        return moved[0].new_zeros((0, *shape, moved[-1])), 0
    return torch.stack(entries), 0
