"""What tells that a training diverged: a loss or a gradient that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike import math, tree, units
from isospike.errors import DivergenceError
from isospike.state import State

__all__ = ["are_finite", "require_finite"]


def are_finite(gradients: Any) -> Any:
    """Return whether each leaf of the gradients is finite, as one array of the compiled step."""
    return math.stack([math.all(math.isfinite(units.split(g)[0])) for g in tree.flatten(gradients)[0]])


def require_finite(place: str, loss: float, weights: Sequence[State], finite: np.ndarray) -> None:
    """Refuse a step whose loss, or the gradient of a weight, is not finite.

    Parameters
    ----------
    place : str
        Where in the training, such as ``"in epoch 1, batch 2 of 3"``.
    loss : float
        What the step measured.
    weights : sequence of State
        What it changes.
    finite : array of bool
        What `are_finite` returned for them.

    Raises
    ------
    DivergenceError
        The message names the weights, and what helps.
    """
    if not np.isfinite(loss):
        msg = (
            f"fit: the loss is {loss} {place}; the weights are those of before this batch, a checkpoint is that of the "
            "epoch before. Take smaller steps, as with iso.optim.Adam(lr=0.001, clip_norm=1.0), start from smaller "
            "weights, or look for a root or a quotient at 0 in the loss, or for a label outside the classes"
        )
        raise DivergenceError(msg)
    if not finite.all():
        names = [state.name for state in weights for _ in state.spec.avals]
        listed = ", ".join(repr(name) for name, good in zip(names, finite, strict=True) if not good)
        msg = (
            f"fit: the gradient of {listed} holds NaN or infinity {place}, though the loss is {loss:g}; the weights "
            "are those of before this batch. A cell whose potential is NaN does not spike, so that a NaN in the data "
            "can leave the loss finite: look for one with np.isfinite(x).all(), for a weight that is not finite, and "
            "for a root or a quotient at 0 in the network"
        )
        raise DivergenceError(msg)
