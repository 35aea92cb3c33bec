"""VarianceScaling: what the Kaiming and Xavier initialisers share."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError, ShapeError
from isospike.initializer import Initializer, show
from isospike.random.host import HostRandom

__all__ = ["VarianceScaling"]

_MODES = ("fan_in", "fan_out", "fan_avg")


@dataclass(frozen=True, repr=False)
class VarianceScaling(Initializer):
    r"""Base of initialisers whose variance falls with the number of inputs or outputs of a cell.

    .. math:: \mathrm{E}[w] = 0, \qquad \mathrm{Var}[w] = \frac{s}{n}

    For weights of shape (n_in, n_out), n is n_in, n_out or their mean. Axes before these two are a receptive
    field, as in a convolution: each of its places is one more input and output, so n is multiplied by their
    number.

    Parameters
    ----------
    scale : float
        Numerator s of the variance, positive.
    mode : str
        What n is: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``, their mean.
    unit : Unit, optional
        Unit of the weights, such as ``u.nS`` or, in a network file, ``"1 nS"``; none by default.

    Raises
    ------
    ParameterError
        ``scale`` is not a positive number, ``mode`` none of these words, or ``unit`` not a unit.
    ShapeError
        It is to draw values of fewer than two axes.
    """

    scale: float = 1.0
    mode: str = "fan_in"
    unit: Any = None

    def __post_init__(self) -> None:
        """Check the parameters."""
        name, given, mode = type(self).__name__, units.split(self.scale)[0], self.mode
        if given is not self.scale or not isinstance(given, Real) or not 0 < float(given) < math.inf:
            msg = f"{name}(scale=...) is {self.scale}, expected a positive number: write {name}(scale=2.0, unit=u.nS)"
            raise ParameterError(msg)
        if mode not in _MODES:
            listed = ", ".join(map(repr, _MODES))
            msg = f"{name}(mode=...) is {mode!r}, expected one of {listed}: write {name}(mode='fan_in')"
            raise ParameterError(msg)
        object.__setattr__(self, "unit", _checked_unit(self.unit, name))

    def variance(self, shape: tuple[int, ...]) -> float:
        """Return the variance of weights of this shape, in the square of their unit."""
        if len(shape) < 2:
            name = type(self).__name__
            msg = (
                f"{name} draws weights of shape (n_in, n_out), but was asked for {shape}, which does not tell "
                f"inputs from outputs: write iso.Normal(0.0, 0.1), with a width of your choice, in place of {name}"
            )
            raise ShapeError(msg)
        *field, n_in, n_out = shape
        fan = {"fan_in": n_in, "fan_out": n_out, "fan_avg": (n_in + n_out) / 2}[self.mode]
        return float(self.scale) / max(math.prod(field) * fan, 1)

    def normal(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws from a Gaussian of that variance."""
        return units.quantity(math.sqrt(self.variance(shape)) * rng.normal(shape), self.unit)

    def uniform(self, shape: tuple[int, ...], rng: HostRandom) -> Any:
        """Return draws, uniform from -a to a, of that variance, which is a**2 / 3."""
        limit = math.sqrt(3.0 * self.variance(shape))
        return units.quantity(limit * (2.0 * rng.uniform(shape) - 1.0), self.unit)

    def __repr__(self) -> str:
        """Return ``KaimingNormal(scale=2., mode='fan_in', unit=nS)``."""
        shown = {"scale": show(self.scale), "mode": repr(self.mode), "unit": units.unit_name(self.unit)}
        given = [f.name for f in fields(self) if f.init and getattr(self, f.name) is not None]
        return f"{type(self).__name__}({', '.join(f'{n}={shown[n]}' for n in given)})"


def _checked_unit(given: Any, name: str) -> Any:
    """Return a unit, or a quantity that is one of it, as the unit; ``None`` for a pure number."""
    if given is None:
        return None
    mantissa, unit = units.split(given)
    one, unit = units.split(units.quantity(mantissa, unit))
    if not np.array_equal(one, 1.0):
        msg = f"{name}(unit=...) is {given!r}, expected a unit: write {name}(unit=u.nS), and a factor as scale"
        raise ParameterError(msg)
    return unit
