"""The tree of an expression; each node knows the piece of text that it was read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isospike.equations.source import Source
from isospike.errors import IsospikeError, ParameterError

__all__ = ["POWER", "Call", "Name", "Node", "Number", "Operation", "named"]

#: How strongly each operator holds its operands; a unary minus stands between * and **.
POWER = {"or": 1, "and": 2, "not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
POWER |= {"+": 5, "-": 5, "*": 6, "/": 6, "minus": 7, "**": 8}


@dataclass(frozen=True, eq=False)
class Node:
    """A number, a name, a call or an operation; ``str(node)`` is how it reads without needless parentheses."""

    source: Source = field(repr=False)
    start: int
    end: int
    operands: tuple[Node, ...]
    #: Number of nodes on the longest way down.
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((x.depth for x in self.operands), default=0))

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false, and no number."""
        return False

    @property
    def piece(self) -> str:
        """The text that it was read from, in quotes."""
        return f"'{self.source.piece(self.start, self.end)}'"

    def error(self, problem: str, kind: type[IsospikeError] = ParameterError) -> IsospikeError:
        """Return an error that marks this piece of the text."""
        return self.source.error(self.start, self.end, problem, kind)


@dataclass(frozen=True, eq=False)
class Number(Node):
    """A literal."""

    value: float

    def __str__(self) -> str:
        """Return the shortest form that reads as this number."""
        return repr(self.value).removesuffix(".0")


@dataclass(frozen=True, eq=False)
class Name(Node):
    """A State, a parameter, a sub-expression, a constant or a unit."""

    name: str

    def __str__(self) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True, eq=False)
class Call(Node):
    """A function of its arguments."""

    function: str

    def __str__(self) -> str:
        """Return the call."""
        return f"{self.function}({', '.join(map(str, self.operands))})"


@dataclass(frozen=True, eq=False)
class Operation(Node):
    """An operator between its operands, or before its only one."""

    operator: str

    @property
    def is_condition(self) -> bool:
        """Whether it compares or joins comparisons."""
        return POWER[self.operator] <= POWER["<"]

    def __str__(self) -> str:
        """Return it with the parentheses that it needs."""
        power = POWER[self.operator]
        sign = {"minus": "-", "not": "not "}.get(self.operator)
        if sign is not None:
            return f"{sign}{_inside(self.operands[0], power)}"
        left, right = self.operands
        # a - (b - c) needs its parentheses, and so does (a ** b) ** c.
        from_right = self.operator == "**"
        parts = _inside(left, power + from_right), _inside(right, power + (not from_right))
        return f" {self.operator} ".join(parts)


def named(node: Node) -> Iterator[Name]:
    """Yield the names of an expression, from left to right."""
    if isinstance(node, Name):
        yield node
    for operand in node.operands:
        yield from named(operand)


def _inside(node: Node, power: int) -> str:
    own = POWER[node.operator] if isinstance(node, Operation) else 9
    negative = isinstance(node, Number) and node.value < 0
    return f"({node})" if own < power or (negative and power > POWER["minus"]) else str(node)
