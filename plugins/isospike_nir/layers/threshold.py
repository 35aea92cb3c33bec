"""Threshold: the node Threshold of NIR."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.dynamics import Size, as_size
from isospike.module import Module
from isospike.surrogate import Surrogate
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["Threshold"]


class Threshold(Module):
    r"""Step function, 1 where :math:`x > \theta`, else 0.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the input.
    threshold : array of that shape
        Threshold.
    spk_fun : Surrogate
        Whose derivative a gradient takes; ``ReluGrad()`` by default.
    """

    def __init__(self, in_size: Size, threshold: Any, spk_fun: Surrogate | None = None) -> None:
        self.in_size = self.out_size = as_size(in_size, "Threshold(in_size=...)")
        self.threshold = np.array(threshold, dtype=np.float64)
        self.spk_fun = ReluGrad() if spk_fun is None else spk_fun

    def update(self, x: Any) -> Any:
        """Return 1 where the input is above the threshold."""
        return 1.0 - self.spk_fun(self.threshold - x)
