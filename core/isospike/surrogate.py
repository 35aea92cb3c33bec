"""The surrogate interface: a spike is a step, whose derivative is replaced by that of a smooth function."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike.errors import UnitError
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
    """

    def derivative(self, x: Any) -> Any:
        """Return the pseudo-derivative at x (dimensionless), written with isospike.math."""
        raise NotImplementedError

    def smooth(self, x: Any) -> Any:
        """Return the smooth function whose derivative this is."""
        raise NotImplementedError

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
