"""Which operation is exact as it is, which in another form, and which is not and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.graph.exact import arithmetic, exponential, logarithm, power, root, sums, trigonometric

__all__ = ["FORMS", "FUNCTIONS", "PLAIN", "REFUSED", "SAFE"]

# IEEE 754, whole numbers, choices and look-ups: the same everywhere.
SAFE = frozenset(
    """
    abs add all any astype bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_to ceil
    concat equal exponent floor greater greater_equal grid_round guard identity index inverse_tail isfinite isinf isnan
    less less_equal logical_and logical_not logical_or logical_xor negative not_equal permute_dims power_of_two
    quotient random_bits reshape round spike stop_gradient subtract take where
    """.split()  # noqa: SIM905
)

# (*operands, **attributes) -> Symbol, for floating operands; whole numbers stay as they are.
FORMS: dict[str, Callable[..., Any]] = {
    "atan": trigonometric.atan,
    "cos": trigonometric.cos,
    "cosh": exponential.cosh,
    "divide": arithmetic.divided,
    "exp": exponential.exp,
    "expm1": exponential.expm1,
    "exprel": exponential.exprel,
    "log": logarithm.log,
    "log1p": logarithm.log1p,
    "matmul": sums.matmul,
    "max": sums.largest,
    "maximum": arithmetic.larger,
    "min": sums.smallest,
    "minimum": arithmetic.smaller,
    "multiply": arithmetic.product,
    "pow": power.power,
    "sign": arithmetic.signum,
    "sin": trigonometric.sin,
    "sinh": exponential.sinh,
    "sqrt": root.sqrt,
    "square": arithmetic.squared,
    "step_time": arithmetic.time,
    "sum": sums.total,
    "tanh": exponential.tanh,
}

# Approximated by polynomials; the others are arithmetic.
FUNCTIONS = frozenset("atan cos cosh exp expm1 exprel log log1p pow sin sinh sqrt tanh".split())  # noqa: SIM905
# What these forms write out is what the operation does by itself, where no compiler looks at it.
PLAIN = frozenset({"divide", "multiply", "square", "step_time"})

_DIVISION = "libraries round the quotient in it differently"
REFUSED: dict[str, str] = {"floor_divide": _DIVISION, "remainder": _DIVISION}
