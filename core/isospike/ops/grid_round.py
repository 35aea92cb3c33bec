"""grid_round: x rounded to a multiple of 2 ** exponent, ties to even.

Weights on a grid that is coarse enough for all their sums have exact sums, whatever the order; see
`isospike.graph.exact`.
"""

from __future__ import annotations

from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op, floating


def _infer(x: Aval, *, exponent: int) -> Aval:
    return x


def _evaluate(xp: Any, x: Any, *, exponent: int) -> Any:
    # Products with powers of two are exact, so that no compiler can round them otherwise.
    return xp.round(x * 2.0**-exponent) * 2.0**exponent


OP = Op("grid_round", _infer, _evaluate, floating, (lambda m, out, x: 1,))
