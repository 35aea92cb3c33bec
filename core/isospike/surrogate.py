"""The surrogate interface: a spike is a step, whose derivative is replaced by that of a smooth function."""

from __future__ import annotations

import dataclasses
import math
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from isospike.errors import ParameterError, UnitError
from isospike.graph.aval import Aval
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, close
from isospike.units import split, unit_name

__all__ = ["Surrogate"]


class Surrogate:
    """Base of surrogate functions; subclasses are frozen dataclasses that define ``derivative``.

    Calling one gives 1 where x >= 0 and 0 elsewhere; its derivative, where a gradient is taken, is
    ``derivative(x)``.

    Raises
    ------
    ParameterError
        A number among the fields is not finite, or one that is named in ``positive`` or ``nonnegative`` is not.
    UnitError
        A field has a unit.
    """

    #: Names of the fields that have to be positive, and of those that may also be 0.
    positive: ClassVar[tuple[str, ...]] = ()
    nonnegative: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Check the fields of a dataclass."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            self._check(field)

    def derivative(self, x: Any) -> Any:
        """Return the pseudo-derivative at x (dimensionless), written with isospike.math."""
        raise NotImplementedError

    def smooth(self, x: Any) -> Any:
        """Return the smooth function whose derivative this is."""
        raise NotImplementedError

    def _check(self, field: dataclasses.Field[Any]) -> None:
        """Refuse a number that would make the derivative no number, or zero everywhere."""
        name, (value, unit) = field.name, split(getattr(self, field.name))
        positive, nonnegative = name in self.positive, name in self.nonnegative
        if isinstance(value, Real):
            x = float(value)
            fits = math.isfinite(x) and (x > 0 or not positive) and (x >= 0 or not nonnegative)
        else:  # something else has no sign: a part of a surrogate of one's own
            fits = not (positive or nonnegative)
        if fits and unit is None:
            return
        wanted = "a positive number" if positive else "a number from 0 on" if nonnegative else "a finite number"
        cure = (
            "" if field.default is dataclasses.MISSING else f": write {type(self).__name__}({name}={field.default!r})"
        )
        msg = f"{type(self).__name__}({name}={getattr(self, name)!r}), expected {wanted}{cure}"
        raise ParameterError(msg) if unit is None else UnitError(msg)

    def __call__(self, x: Any) -> Any:
        """Return the spikes of a dimensionless x, in its dtype."""
        x, unit = split(x)
        if unit is not None:
            msg = (
                f"{self!r} is given a value in {unit_name(unit)}, expected a number: divide by a scale, as "
                "in (V - V_th) / (V_th - V_reset)"
            )
            raise UnitError(msg)
        if not isinstance(x, Symbol):
            return op("spike").evaluate(np, np.asarray(x, dtype=np.float64), derivative=None)  # type: ignore[misc]
        graph, captured = close(self.derivative, [Aval(x.shape, x.dtype)])
        return apply(op("spike"), x, *captured, derivative=graph)
