"""XavierUniform: uniform weights whose variance suits cells that are linear near zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from isospike.random.host import HostRandom
from isospike_models.initialisers.variance_scaling import VarianceScaling

__all__ = ["XavierUniform"]


@dataclass(frozen=True, repr=False)
class XavierUniform(VarianceScaling):
    r"""Uniform weights that keep both signals and gradients in scale where cells are linear near zero.

    .. math:: w \sim \mathcal{U}[-a, a), \qquad a = \sqrt{\frac{6 s}{n_{in} + n_{out}}}

    Parameters
    ----------
    scale : float
        Square s of the gain; 1 by default.
    unit : Unit, optional
        Unit of the weights, such as ``u.nS`` or, in a network file, ``"1 nS"``; none by default.

    Raises
    ------
    ParameterError
        ``scale`` is not a positive number, or ``unit`` not a unit.
    ShapeError
        It is to draw values of fewer than two axes. With more than two, the last two are n_in and n_out, and
        those before them a receptive field whose size multiplies both.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, AISTATS,
    equation 16.
    """

    mode: str = field(default="fan_avg", init=False)

    def __call__(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws of ``shape``, the same for one seed and stream on every backend."""
        return self.uniform(shape, rng)
