"""LogTailedRelu: slope of a rectifier that goes over into a logarithm at 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import math
from isospike.surrogate import Surrogate

__all__ = ["LogTailedRelu"]


@dataclass(frozen=True)
class LogTailedRelu(Surrogate):
    r"""Slope of a rectifier that goes over into a logarithm at 1.

    .. math:: \frac{ds}{dx} = \begin{cases} \alpha & x \le 0 \\ 1 & 0 < x \le 1 \\ 1 / x & x > 1 \end{cases}

    Parameters
    ----------
    alpha : float
        Slope below the threshold, 0 by default.

    References
    ----------
    Cai et al. (2017), Deep learning with low precision by half-wave Gaussian quantization, CVPR.
    """

    alpha: float = 0.0

    nonnegative = ("alpha",)

    def derivative(self, x: Any) -> Any:
        """Return alpha up to zero, 1 up to one, then 1 / x."""
        return math.where(x <= 0.0, self.alpha, 1.0 / math.maximum(x, 1.0))

    def smooth(self, x: Any) -> Any:
        """Return the rectifier, which is 1 + log(x) above one."""
        inside = math.clip(x, 0.0, 1.0)
        return self.alpha * math.minimum(x, 0.0) + inside + math.log(math.maximum(x, 1.0))
