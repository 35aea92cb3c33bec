"""Operations as expressions of C: one line an operation.

Names that an expression calls are those of ``include/isospike``; ``{0}`` and so on stand for its operands.
"""

from __future__ import annotations

from collections.abc import Sequence

from isospike.graph.aval import is_floating
from isospike.graph.ir import Node

__all__ = ["POINTWISE", "TYPES", "expression", "is_pointwise"]

TYPES = {"bool": "bool", "int32": "int32_t", "uint32": "uint32_t", "float32": "float", "float64": "double"}

# Of floats an operator; integers wrap, for which C++ needs a function.
_ARITHMETIC = {
    "add": ("{0} + {1}", "add({0}, {1})"),
    "subtract": ("{0} - {1}", "subtract({0}, {1})"),
    "multiply": ("{0} * {1}", "multiply({0}, {1})"),
    "negative": ("-{0}", "negative({0})"),
    "square": ("{0} * {0}", "multiply({0}, {0})"),
    "floor": ("floor({0})", "{0}"),
    "ceil": ("ceil({0})", "{0}"),
    "round": ("round({0})", "{0}"),
    "isfinite": ("isfinite({0})", "true"),
    "isinf": ("isinf({0})", "false"),
}
# Of booleans, and of numbers.
_LOGICAL = {
    "logical_and": ("{0} & {1}", "({0} != 0) & ({1} != 0)"),
    "logical_not": ("!{0}", "{0} == 0"),
    "logical_or": ("{0} | {1}", "({0} != 0) | ({1} != 0)"),
    "logical_xor": ("{0} != {1}", "({0} != 0) != ({1} != 0)"),
}
_EXPRESSIONS = {
    "abs": "absolute({0})",
    "atan": "atan({0})",
    "bitwise_and": "{0} & {1}",
    "bitwise_left_shift": "left_shift({0}, {1})",
    "bitwise_or": "{0} | {1}",
    "bitwise_right_shift": "right_shift({0}, {1})",
    "bitwise_xor": "{0} ^ {1}",
    "cos": "cos({0})",
    "cosh": "cosh({0})",
    "divide": "{0} / {1}",
    "quotient": "{0} / {1}",
    "equal": "{0} == {1}",
    "exp": "exp({0})",
    "expm1": "expm1({0})",
    "exponent": "exponent({0})",
    "exprel": "exprel({0})",
    "floor_divide": "floor_divide({0}, {1})",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "identity": "{0}",
    "isnan": "{0} != {0}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "log": "log({0})",
    "log1p": "log1p({0})",
    "maximum": "maximum({0}, {1})",
    "minimum": "minimum({0}, {1})",
    "not_equal": "{0} != {1}",
    "pow": "pow({0}, {1})",
    "remainder": "remainder({0}, {1})",
    "sign": "sign({0})",
    "sin": "sin({0})",
    "sinh": "sinh({0})",
    "spike": "{0} >= 0 ? {type}(1) : {type}(0)",
    "sqrt": "sqrt({0})",
    "step_time": "{type}({0}) * {1}",
    "tanh": "tanh({0})",
    "where": "{0} ? {1} : {2}",
}
# Their operands are more than one element each: they are read in a way of their own.
_GATHERING = {"inverse_tail", "random_bits", "take"}


def is_pointwise(node: Node) -> bool:
    """Say whether each element of a node's result is one expression."""
    # Several words of an element are several results.
    return node.op.name in POINTWISE and int(node.attributes.get("words", 1)) == 1


def expression(node: Node, operands: Sequence[str]) -> str:
    """Return what an element-wise node computes of operands that are read."""
    name, dtype = node.op.name, node.outputs[0].aval.dtype
    if name in _WITH_ATTRIBUTES:
        template = _WITH_ATTRIBUTES[name](node)
    elif name in _ARITHMETIC:
        template = _ARITHMETIC[name][not is_floating(node.inputs[0].aval.dtype)]
    elif name in _LOGICAL:
        template = _LOGICAL[name][node.inputs[0].aval.dtype != "bool"]
    else:
        template = _EXPRESSIONS[name]
    return template.format(*operands, type=TYPES[dtype])


def _astype(node: Node) -> str:
    if node.attributes["to"] == "bool":
        return "{0} != 0"
    if node.inputs[0].aval.dtype != "bool":
        return "{type}({0})"
    # A choice is vectorised, a conversion of a boolean is not. GCC 12 takes its mask of -1 for the 1 where that is a
    # position; a number that it does not know is no mask.
    return "{0} ? {type}(1) : {type}(0)" if is_floating(node.attributes["to"]) else "{0} ? {type}(one) : {type}(0)"


def _grid_round(node: Node) -> str:
    exponent: int = node.attributes["exponent"]
    return f"round({{0}} * {{type}}(0x1p{-exponent})) * {{type}}(0x1p{exponent})"


def _power_of_two(node: Node) -> str:
    return f"power_of_two_{node.attributes['to']}({{0}})"


_WITH_ATTRIBUTES = {"astype": _astype, "grid_round": _grid_round, "power_of_two": _power_of_two}
POINTWISE = frozenset({*_ARITHMETIC, *_EXPRESSIONS, *_GATHERING, *_LOGICAL, *_WITH_ATTRIBUTES})
