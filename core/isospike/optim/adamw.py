"""AdamW: Adam, with a decay of the weights beside the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isospike.optim.adam import Adam
from isospike.optim.schedule import Schedule

__all__ = ["AdamW"]


class AdamW(Adam):
    r"""Adam with decoupled weight decay: w loses :math:`lr \, \lambda w` in each update, whatever its gradient.

    Parameters
    ----------
    lr, betas, eps, clip_norm
        As for `Adam`.
    weight_decay : float
        :math:`\lambda`; 0.01 by default.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization, ICLR.
    """

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay=weight_decay, clip_norm=clip_norm)

    def step(self, weight: Any, gradient: Any, memory: Sequence[Any], count: Any) -> tuple[Any, Sequence[Any]]:
        """Return the way of Adam and the decay."""
        way, kept = self.moved(gradient, memory, count)
        return way + self.weight_decay * weight, kept
