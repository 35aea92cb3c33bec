"""Adam: steps by the mean of gradients over the root of their mean square."""

from __future__ import annotations

import math as host
from collections.abc import Sequence
from typing import Any

from isospike import math
from isospike.optim.optimizer import Optimizer
from isospike.optim.schedule import Schedule

__all__ = ["Adam"]


class Adam(Optimizer):
    r"""Adam.

    .. math::

        m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
        w \leftarrow w - lr \, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    with g the gradient plus ``weight_decay`` times w, and t the number of the update.

    Parameters
    ----------
    lr : float or Schedule
        Learning rate; 0.001 by default.
    betas : (float, float)
        0.9 and 0.999 by default.
    eps : float
        1e-8 by default.
    weight_decay : float
        Penalty on the square of the weights, in the gradient; 0 by default.
    clip_norm : float, optional
        See `Optimizer`.

    Raises
    ------
    ParameterError
        A number is negative, or a beta is not below 1.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, ICLR.
    """

    slots = ("mean", "square")

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, clip_norm=clip_norm)
        self.beta1, self.beta2 = (self.checked("betas", b, below=1.0) for b in betas)
        self.eps = self.checked("eps", eps)

    def step(self, weight: Any, gradient: Any, memory: Sequence[Any], count: Any) -> tuple[Any, Sequence[Any]]:
        """Return the corrected mean over the root of the corrected square, and both as they are."""
        return self.moved(gradient + self.weight_decay * weight, memory, count)

    def moved(self, gradient: Any, memory: Sequence[Any], count: Any) -> tuple[Any, Sequence[Any]]:
        """Return the way of a gradient, without any decay of weights."""
        mean = self.beta1 * memory[0] + (1.0 - self.beta1) * gradient
        square = self.beta2 * memory[1] + (1.0 - self.beta2) * math.square(gradient)
        unbiased = [x / _share(b, count) for x, b in ((mean, self.beta1), (square, self.beta2))]
        return unbiased[0] / (math.sqrt(unbiased[1]) + self.eps), (mean, square)


def _share(beta: float, count: Any) -> Any:
    """Return 1 - beta**count, without cancellation."""
    return -math.expm1(count * host.log(beta)) if beta else 1.0
