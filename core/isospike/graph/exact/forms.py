"""Which operation is exact as it is, which in another form, and which is not and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.graph.exact import arithmetic, exponential, sums

__all__ = ["FORMS", "REFUSED", "SAFE"]

# IEEE 754, whole numbers, choices and look-ups: the same everywhere.
SAFE = frozenset(
    """
    abs add all any astype bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_to ceil
    concat equal floor greater greater_equal grid_round guard identity index inverse_tail isfinite isinf isnan less
    less_equal logical_and logical_not logical_or logical_xor max min negative not_equal permute_dims power_of_two
    random_bits reshape round sign spike stop_gradient subtract take where
    """.split()  # noqa: SIM905
)

# (*operands, **attributes) -> Symbol, for floating operands; whole numbers stay as they are.
FORMS: dict[str, Callable[..., Any]] = {
    "cosh": exponential.cosh,
    "divide": arithmetic.divided,
    "exp": exponential.exp,
    "expm1": exponential.expm1,
    "exprel": exponential.exprel,
    "matmul": sums.matmul,
    "maximum": arithmetic.larger,
    "minimum": arithmetic.smaller,
    "multiply": arithmetic.product,
    "sinh": exponential.sinh,
    "square": arithmetic.squared,
    "step_time": arithmetic.time,
    "sum": sums.total,
    "tanh": exponential.tanh,
}

_LIBRARY = "each library has its own approximation of it"
_DIVISION = "libraries round the quotient in it differently"
REFUSED: dict[str, str] = {
    "atan": _LIBRARY,
    "cos": _LIBRARY,
    "floor_divide": _DIVISION,
    "log": _LIBRARY,
    "log1p": _LIBRARY,
    "pow": f"{_LIBRARY}; powers with a whole exponent up to 8 are products, which are exact",
    "remainder": _DIVISION,
    "sin": _LIBRARY,
    "sqrt": "torch computes it with MKL, which errs by one unit in the last place",
}
