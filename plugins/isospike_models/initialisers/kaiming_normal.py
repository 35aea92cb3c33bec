"""KaimingNormal: Gaussian weights whose variance suits rectifying cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike.random.host import HostRandom
from isospike_models.initialisers.variance_scaling import VarianceScaling

__all__ = ["KaimingNormal"]


@dataclass(frozen=True, repr=False)
class KaimingNormal(VarianceScaling):
    r"""Gaussian weights that neither amplify nor damp what passes a layer of rectifying cells.

    .. math:: w \sim \mathcal{N}(0, \sigma^2), \qquad \sigma = \sqrt{s / n}

    Parameters
    ----------
    scale : float
        Numerator s, the square of the gain; 2 by default, for cells that pass half of their input.
    mode : str
        What n is: ``"fan_in"``, the inputs of a cell (default), keeps signals in scale, ``"fan_out"`` gradients;
        ``"fan_avg"`` is between.
    unit : Unit, optional
        Unit of the weights, such as ``u.nS`` or, in a network file, ``"1 nS"``; none by default.

    Raises
    ------
    ParameterError
        ``scale`` is not a positive number, ``mode`` none of these words, or ``unit`` not a unit.
    ShapeError
        It is to draw values of fewer than two axes. With more than two, the last two are n_in and n_out, and
        those before them a receptive field whose size multiplies n.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, ICCV, equations 10 (fan_in) and 14 (fan_out).

    Examples
    --------
    >>> weights = KaimingNormal()((200, 50), HostRandom(seed=0, stream="w"))
    >>> print(f"{weights.std():.2f} is near {(2 / 200) ** 0.5:.2f}")
    0.10 is near 0.10
    """

    scale: float = 2.0

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws of ``shape``, the same for one seed and stream on every backend."""
        return self.normal(shape, rng)
