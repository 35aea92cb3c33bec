"""spike: the Heaviside step, 1 where x >= 0 and 0 elsewhere, in the dtype of x.

Its derivative is a surrogate: the attribute ``derivative`` is a closed graph from x (and the surrogate's
parameters, the remaining operands) to the pseudo-derivative. Only a backend that differentiates reads it.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, floating


def _infer(x: Aval, *parameters: Aval, derivative: Any) -> Aval:
    return x


def _evaluate(xp: Any, x: Any, *parameters: Any, derivative: Any) -> Any:
    return xp.astype(x >= 0, x.dtype)


OP = Op("spike", _infer, _evaluate, floating)
