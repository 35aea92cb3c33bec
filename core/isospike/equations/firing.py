"""From a condition to spikes: 0 or 1, with the derivative of a surrogate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike import units
from isospike.equations.evaluate import Scope
from isospike.equations.nodes import Node, Operation

__all__ = ["comparisons", "spikes"]


def spikes(condition: Node, scope: Scope, spike: Callable[[Any], Any], scale: Callable[[Operation], Any]) -> Any:
    """Return 1 where a condition holds, and 0 elsewhere.

    A comparison is the spike function of the distance from the threshold; ``and`` multiplies, ``not x`` is 1 - x, and
    ``a or b`` is ``not (not a and not b)``, so that a gradient flows through each.

    Parameters
    ----------
    condition : Node
        The condition.
    scope : Scope
        Where it is evaluated.
    spike : callable
        1 where a number is zero or positive, such as a surrogate.
    scale : callable
        Gives, for a comparison, the distance from the threshold that counts as 1; ``None`` for 1 in its unit.
    """
    assert isinstance(condition, Operation)
    match condition.operator:
        case "not":
            return 1.0 - spikes(condition.operands[0], scope, spike, scale)
        case "and" | "or":
            a, b = (spikes(operand, scope, spike, scale) for operand in condition.operands)
            return a * b if condition.operator == "and" else 1.0 - (1.0 - a) * (1.0 - b)
    low, high = _sides(condition)
    distance, width = scope.value(high) - scope.value(low), scale(condition)
    distance = distance / (units.quantity(1.0, units.split(distance)[1]) if width is None else width)
    fired = spike(distance)
    return fired * (distance != 0.0) if condition.operator in ("<", ">") else fired


def comparisons(condition: Node) -> list[Operation]:
    """Return the comparisons of a condition, from left to right."""
    assert isinstance(condition, Operation)
    if condition.operator in ("and", "or", "not"):
        return [c for operand in condition.operands for c in comparisons(operand)]
    return [condition]


def _sides(comparison: Operation) -> tuple[Node, Node]:
    """Return the side that has to be low, and the one that has to be high."""
    left, right = comparison.operands
    return (right, left) if comparison.operator in (">", ">=") else (left, right)
