"""Normal: values drawn from a Gaussian, clipped where asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import math, units
from isospike.errors import ParameterError
from isospike.initializer import Initializer, show
from isospike.random.host import HostRandom

__all__ = ["Normal"]


@dataclass(frozen=True, repr=False)
class Normal(Initializer):
    r"""Values drawn from a Gaussian; what falls outside ``low`` and ``high`` is moved to them.

    .. math:: x_i = \min(\max(\mu + \sigma z_i,\, low),\, high), \qquad z_i \sim \mathcal{N}(0, 1)

    Parameters
    ----------
    mean, std : number or Quantity
        Mean and standard deviation, of one dimension.
    low, high : number or Quantity, optional
        Limits, such as ``low=0 * u.nS`` for a conductance.

    Raises
    ------
    UnitError
        The parameters differ in dimension.
    ParameterError
        ``std`` is negative, or ``low`` lies above ``high``.
    """

    mean: Any
    std: Any
    low: Any = None
    high: Any = None

    def __post_init__(self) -> None:
        """Check the parameters against each other."""
        unit = units.split(self.mean)[1]
        given = {n: v for n in ("std", "low", "high") if (v := getattr(self, n)) is not None}
        bare = {n: np.asarray(units.convert(v, unit, what=f"Normal({n}=...)")) for n, v in given.items()}
        if np.any(bare["std"] < 0) or np.any(bare.get("low", -np.inf) > bare.get("high", np.inf)):
            msg = f"{self!r} has a negative std or a low above its high: write for example Normal(-65 * u.mV, 5 * u.mV)"
            raise ParameterError(msg)

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws of ``shape``, the same for one seed and stream on every backend."""
        mantissa, unit = units.split(self.std)
        draws = math.add(self.mean, units.quantity(rng.normal(shape) * mantissa, unit))
        return math.clip(draws, self.low, self.high)

    def __repr__(self) -> str:
        """Return ``Normal(mean=-65. mV, std=5. mV)``."""
        limits = "".join(f", {n}={show(v)}" for n, v in (("low", self.low), ("high", self.high)) if v is not None)
        return f"Normal(mean={show(self.mean)}, std={show(self.std)}{limits})"
