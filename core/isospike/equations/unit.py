"""The unit of a statement: a product, quotient or power of units by name."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.equations.nodes import Name, Node, Number, Operation
from isospike.equations.parser import Parser
from isospike.errors import IsospikeError, UnitError

__all__ = ["read_unit"]

_LARGEST_POWER = 10
_LONGEST = 20


def read_unit(parser: Parser) -> tuple[Any, str]:
    """Return the unit that stands next in a text, and how it is written; ``None`` and nothing for a pure number.

    Raises
    ------
    ParameterError, UnitError
        It is no product, quotient or power of units; the piece is marked.
    """
    node = _product(parser)
    unit = _unit_of(node)
    text = "" if unit is None or unit.is_unitless else str(node).replace(" ", "")
    return unit if text else None, text


def _product(parser: Parser) -> Node:
    """Return an expression up to the flag, which a unit in front of its parenthesis would call like a function."""
    left = _power(parser)
    while parser.next.text in ("*", "/"):
        operator = parser.next.text
        parser.take()
        right = _power(parser)
        left = Operation(parser.source, left.start, right.end, (left, right), operator)
        if left.depth > _LONGEST:
            raise left.error(f"a unit of more than {_LONGEST} factors is none that anything is measured in")
    return left


def _power(parser: Parser) -> Node:
    token = parser.next
    if token.kind == "name":
        node: Node = Name(parser.source, token.start, token.end, (), token.text)
        parser.take()
    elif token.kind == "number" and float(token.text) == 1:
        parser.take()
        node = Number(parser.source, token.start, token.end, (), 1.0)
    else:
        raise parser.unexpected("a unit is expected, such as mV, mV/ms, mS/cm**2 or 1")
    if not parser.take("**"):
        return node
    exponent = parser.expression(8)
    if not isinstance(exponent, Number) or abs(exponent.value) > _LARGEST_POWER:
        raise exponent.error(f"the exponent of a unit is a number of at most {_LARGEST_POWER}, as in cm**2")
    return Operation(parser.source, node.start, exponent.end, (node, exponent), "**")


def _unit_of(node: Node) -> Any:
    """Return the unit that a tree of units stands for; ``None`` for 1."""
    if isinstance(node, Name):
        try:
            return units.parse_unit(node.name)
        except UnitError as error:
            raise _no_unit(node, error) from None
    if isinstance(node, Number):
        return units.parse_unit("1")
    assert isinstance(node, Operation)
    left, right = node.operands
    if isinstance(right, Number) and node.operator == "**":
        return _unit_of(left) ** right.value
    return _unit_of(left) * _unit_of(right) if node.operator == "*" else _unit_of(left) / _unit_of(right)


def _no_unit(node: Node, error: UnitError) -> IsospikeError:
    return node.error(str(error), UnitError)
