"""TruncatedNormal: values drawn from a Gaussian between two limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError
from isospike.initializer import Initializer, show
from isospike.random.gaussian import Floats, normal_cdf, normal_quantile
from isospike.random.host import HostRandom

__all__ = ["TruncatedNormal"]


@dataclass(frozen=True, repr=False)
class TruncatedNormal(Initializer):
    r"""Values drawn from a Gaussian, given that they lie between ``low`` and ``high``.

    .. math:: x = \mu + \sigma\,\Phi^{-1}\big((1 - u)\,\Phi(a) + u\,\Phi(b)\big), \qquad
        a = \frac{low - \mu}{\sigma}, \quad b = \frac{high - \mu}{\sigma}

    with u uniform. The density keeps its shape between the limits and has no mass on them, unlike that of
    `Normal`, which moves what falls outside to them. Mean and variance are those of the Gaussian before it is
    cut. Both functions are of IEEE operations only (`isospike.random.gaussian`), so the draws are the same on
    every processor; limits above the mean are mirrored, so that far tails keep their accuracy.

    Parameters
    ----------
    mean, std : number, array or Quantity
        Mean and standard deviation of the Gaussian, of one dimension; ``std`` positive.
    low, high : number, array or Quantity, optional
        Limits, of the same dimension; none by default.

    Raises
    ------
    UnitError
        The parameters differ in dimension.
    ParameterError
        ``std`` is not positive, ``low`` not below ``high``, or both limits so far in one tail (38 ``std``)
        that no probability is left between them.

    Examples
    --------
    ``TruncatedNormal(1 * u.nS, 0.5 * u.nS, low=0 * u.nS)`` gives conductances of which none is negative.
    """

    mean: Any
    std: Any
    low: Any = None
    high: Any = None

    def __post_init__(self) -> None:
        """Check the parameters against each other."""
        mean, std, low, high = self._bare()
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and np.all(std > 0) and np.all(low < high)):
            msg = (
                f"{self!r} needs a finite mean, a positive std, and a low below its high: write for example "
                "TruncatedNormal(1 * u.nS, 0.5 * u.nS, low=0 * u.nS)"
            )
            raise ParameterError(msg)
        _, below, above = _interval((low - mean) / std, (high - mean) / std)
        if not np.all(below < above):
            msg = (
                f"{self!r} leaves no probability between its limits, which lie too far from the mean or too "
                "close together: widen std, or write Uniform(low, high)"
            )
            raise ParameterError(msg)

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws of ``shape``, the same for one seed and stream on every backend."""
        mean, std, low, high = self._bare()
        sign, below, above = _interval((low - mean) / std, (high - mean) / std)
        u = np.maximum(rng.uniform(shape), 2.0**-54)  # no quantile belongs to a probability of zero
        z = sign * normal_quantile(below + u * (above - below))
        # Where rounding leads out of the limits.
        return units.quantity(np.clip(mean + std * z, low, high), units.split(self.mean)[1])

    def _bare(self) -> list[Floats]:
        """Return mean, std, low and high as bare numbers in the unit of the mean."""
        unit = units.split(self.mean)[1]
        given = {"mean": self.mean, "std": self.std, "low": self.low, "high": self.high}
        bare = {k: units.convert(v, unit, what=f"TruncatedNormal({k}=...)") for k, v in given.items() if v is not None}
        limits = {"low": -np.inf, "high": np.inf}
        return [np.asarray({**limits, **bare}[k], dtype=np.float64) for k in given]

    def __repr__(self) -> str:
        """Return ``TruncatedNormal(mean=1. nS, std=0.5 nS, low=0. nS)``."""
        limits = "".join(f", {n}={show(v)}" for n, v in (("low", self.low), ("high", self.high)) if v is not None)
        return f"TruncatedNormal(mean={show(self.mean)}, std={show(self.std)}{limits})"


def _interval(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the sign, and the probabilities of the limits of the interval that it makes of (a, b).

    The interval that lies mostly above zero is mirrored: a float64 tells small probabilities apart better than
    those near one.
    """
    mirrored = np.asarray(-a < b)
    low, high = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    return np.where(mirrored, -1.0, 1.0), normal_cdf(low), normal_cdf(high)
