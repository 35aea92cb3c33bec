"""SGD: steps along the gradient, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isospike.errors import ParameterError
from isospike.optim.optimizer import Optimizer
from isospike.optim.schedule import Schedule

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Gradient descent, with momentum where asked for.

    .. math:: b \leftarrow \mu b + g, \qquad w \leftarrow w - lr \, b

    and with Nesterov's momentum :math:`w \leftarrow w - lr \, (g + \mu b)`; g is the gradient plus ``weight_decay``
    times w.

    Parameters
    ----------
    lr : float or Schedule
        Learning rate.
    momentum : float
        :math:`\mu`; 0 by default.
    nesterov : bool
        Whether to look ahead by the momentum; False by default.
    weight_decay : float
        Penalty on the square of the weights, in the gradient; 0 by default.
    clip_norm : float, optional
        See `Optimizer`.

    Raises
    ------
    ParameterError
        A number is negative, or ``nesterov`` is asked for without momentum.

    References
    ----------
    Sutskever et al. (2013), On the importance of initialization and momentum in deep learning, ICML.
    """

    slots = ("momentum",)

    def __init__(
        self,
        lr: float | Schedule,
        momentum: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, clip_norm=clip_norm)
        self.momentum = self.checked("momentum", momentum)
        self.nesterov = nesterov
        if nesterov and not momentum:
            msg = "SGD(nesterov=True, momentum=0): there is no momentum to look ahead by; pass momentum=0.9"
            raise ParameterError(msg)

    def step(self, weight: Any, gradient: Any, memory: Sequence[Any], count: Any) -> tuple[Any, Sequence[Any]]:
        """Return the gradient with its momentum."""
        del count
        g = gradient + self.weight_decay * weight
        b = self.momentum * memory[0] + g
        return (g + self.momentum * b if self.nesterov else b), (b,)
