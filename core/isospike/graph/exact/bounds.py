"""How small the values of a graph can be beside 0: where denormals cannot appear, none has to be cut off.

A value is followed by the exponent of its smallest size that is not 0. XLA flushes denormals on the CPU where other
libraries keep them, so that a value which could be one is snapped to 0 on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isospike.graph.ir import Node, Value

__all__ = ["SMALLEST", "SNAPPED", "Bounds"]

# Exponents: of the smallest normal number, and of what is snapped to 0. The second leaves room for a product with
# whatever is of usual size, and lies far below a part in a million of a picoampere in amperes.
SMALLEST = {"float32": -126, "float64": -1022}
SNAPPED = {"float32": -80, "float64": -700}
_DIGITS = {"float32": 24, "float64": 53}
# Near a multiple of pi/2, an angle is what the last part of that leaves (`isospike.graph.exact.trigonometric`).
_ANGLE = {"float32": -100, "float64": -200}
_LEAST = {
    "cos": _ANGLE,
    "cosh": {"float32": 0, "float64": 0},
    "exp": SNAPPED,
    "exprel": SNAPPED,
    "inverse_tail": {"float32": -60, "float64": -60},
    "log": {"float32": -25, "float64": -54},  # beside 1
    "pow": SNAPPED,
}
_NEVER = 10_000  # the exponent of what is 0 everywhere
_PASSING = {"abs", "broadcast_to", "concat", "guard", "identity", "index", "max", "maximum", "min"}
_PASSING |= {"minimum", "negative", "permute_dims", "reshape", "stop_gradient", "take", "where"}
# Whose results are about as small as the argument where that is small.
_FOLLOWING = {"atan", "expm1", "log1p", "sin", "sinh", "tanh"}
_WHOLE = {"ceil", "floor", "round", "sign", "spike"}


class Bounds:
    """The smallest sizes of the values of a graph, as far as they are known.

    Parameters
    ----------
    given : mapping of Value to int
        The exponents of inputs.
    constants : mapping of Value to array
        Inputs whose data are known.
    """

    def __init__(self, given: Mapping[Value, int], constants: Mapping[Value, Any]) -> None:
        self.exponents = {**given, **{v: _exponent(x) for v, x in constants.items()}}
        self._never_zero = {v for v, x in constants.items() if np.all(np.asarray(x) != 0)}

    def of(self, value: Value) -> int:
        """Return the exponent of a value; that of a denormal where nothing is known."""
        return self.exponents.get(value, 2 * SMALLEST.get(value.aval.dtype, 0))

    def exceeds_denormals(self, value: Value) -> bool:
        """Say whether a value is 0, or so large that a denormal is lost beside it."""
        dtype = value.aval.dtype
        return dtype in SMALLEST and self.of(value) - _DIGITS[dtype] - 1 >= SMALLEST[dtype]

    def follow(self, node: Node, binary: frozenset[Value]) -> int:
        """Return the exponent of a node's result, and remember it."""
        exponent = self._result(node, binary)
        self.exponents[node.outputs[0]] = exponent
        return exponent

    def _result(self, node: Node, binary: frozenset[Value]) -> int:
        name, inputs, dtype = node.op.name, node.inputs, node.outputs[0].aval.dtype
        known = [self.of(v) for v in inputs]
        if node.outputs[0] in binary or name in _WHOLE or not dtype.startswith("float"):
            return 0
        if name == "astype":
            return known[0] if inputs[0].aval.dtype.startswith("float") else 0
        if name == "event_matvec":
            return known[1]
        if name == "grid_round":
            return max(known[0], int(node.attributes["exponent"]))
        if name == "sqrt":
            return max(known[0], SMALLEST[dtype]) // 2
        if name in _FOLLOWING:
            return min(known[0], 0 if name != "sin" else _ANGLE[dtype]) - 2
        if name in _LEAST:
            return _LEAST[name][dtype]
        if name in _PASSING:
            return min(known[1:] if name == "where" else known[:1] if name in ("guard", "take") else known)
        if name in ("multiply", "square"):
            return self._product([*inputs, *inputs] if name == "square" else inputs, binary)
        if name in ("add", "subtract"):
            return self._sum(inputs, _DIGITS[dtype])
        return 2 * SMALLEST[dtype]

    def _product(self, inputs: Sequence[Value], binary: frozenset[Value]) -> int:
        return sum(self.of(v) for v in inputs if v not in binary)

    def _sum(self, inputs: Sequence[Value], digits: int) -> int:
        """Return the smallest of a term alone, and of what can be left where two terms cancel.

        They cancel only where both are of one size, which is that of the larger bound at least; what is left is then
        a unit in the last place.
        """
        x, y = inputs
        alone = [self.of(a) for a, b in ((x, y), (y, x)) if b not in self._never_zero]
        return min([*alone, max(self.of(x), self.of(y)) - digits - 1])


def _exponent(value: Any) -> int:
    sizes = np.abs(np.asarray(value, dtype=np.float64))
    sizes = sizes[(sizes != 0) & np.isfinite(sizes)]
    return int(np.frexp(sizes.min())[1]) - 1 if sizes.size else _NEVER
