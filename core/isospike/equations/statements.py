"""The statements of a model: its differential equations, sub-expressions, declarations, and assignments of a reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike.equations.nodes import Name, Node
from isospike.equations.parser import Parser
from isospike.equations.source import Source
from isospike.equations.unit import read_unit

__all__ = ["Assignment", "Statement", "read_assignments", "read_statements"]

HELD = "unless refractory"
CONSTANT = "constant over dt"
FIXED = "constant"  # which every parameter is; Brian2 asks for it
_FLAGS = {"differential": (HELD,), "sub-expression": (CONSTANT,), "parameter": (FIXED,)}
_KINDS = {"differential": "differential equation", "sub-expression": "sub-expression", "parameter": "parameter"}
_FORMS = "write one statement a line: dx/dt = ... : unit, or x = ... : unit, or x : unit"


@dataclass(frozen=True)
class Statement:
    """One line of equations.

    Parameters
    ----------
    kind : {"differential", "sub-expression", "parameter"}
        Whether it is ``dx/dt = ... : unit``, ``x = ... : unit`` or ``x : unit``.
    name : Name
        What it defines.
    right : Node or None
        The right-hand side; ``None`` for a parameter.
    unit : Unit or None
        The unit of what it defines; ``None`` for a pure number.
    unit_text : str
        The unit as it is written; empty for a pure number.
    flag : str
        ``"unless refractory"``, ``"constant over dt"``, ``"constant"`` or nothing.
    """

    kind: str
    name: Name
    right: Node | None
    unit: Any
    unit_text: str
    flag: str

    def __str__(self) -> str:
        """Return the statement, however it was spaced."""
        left = f"d{self.name}/dt" if self.kind == "differential" else str(self.name)
        right = "" if self.right is None else f" = {self.right}"
        return f"{left}{right} : {self.unit_text or '1'}{self.flag and f' ({self.flag})'}"


@dataclass(frozen=True)
class Assignment:
    """One statement of a reset, such as ``w += b``; its operator is ``=``, ``+=``, ``-=``, ``*=`` or ``/=``."""

    target: Name
    operator: str
    right: Node

    def __str__(self) -> str:
        """Return the statement, however it was spaced."""
        return f"{self.target} {self.operator} {self.right}"


def read_statements(source: Source) -> list[Statement]:
    """Return the statements of equations, which line ends or semicolons part.

    Raises
    ------
    ParameterError, UnitError
        One is malformed, or its unit is none; the offending piece is marked.
    """
    parser, statements = Parser(source), []
    while not _at_end(parser):
        statements.append(_statement(parser))
    return statements


def read_assignments(source: Source) -> list[Assignment]:
    """Return the assignments of a reset; as for `read_statements`."""
    parser, assignments = Parser(source), []
    while not _at_end(parser):
        target = _name(parser, "a State is expected, as in v = V_r; w += b")
        if parser.next.text not in ("=", "+=", "-=", "*=", "/="):
            raise parser.unexpected("expected =, +=, -=, *= or /=, as in v = V_r; w += b")
        operator = parser.next.text
        parser.take()
        assignments.append(Assignment(target, operator, _number(parser)))
        _end(parser, "write one assignment a line, or part them by semicolons")
    return assignments


def _at_end(parser: Parser) -> bool:
    while parser.next.kind == "end":
        if parser.position == len(parser.tokens) - 1:
            return True
        parser.take()
    return False


def _statement(parser: Parser) -> Statement:
    start = parser.position
    name, kind, right = _name(parser, _FORMS), "parameter", None
    if parser.take("/"):
        kind, name = "differential", _differential(parser, name)
    if parser.take("="):
        kind = "sub-expression" if kind == "parameter" else kind
        right = _number(parser)
    elif kind == "differential":
        raise parser.unexpected(f"expected '=' after d{name}/dt")
    if right is None and parser.next.text != ":":
        raise parser.unexpected(_FORMS if parser.position == start + 1 else "expected '='")
    parser.expect(":", f"and the unit of {name}, as in : mV, or : 1 for a pure number")
    unit, unit_text = read_unit(parser)
    flag = _flag(parser, kind) if parser.next.text == "(" else ""
    _end(parser, _FORMS)
    return Statement(kind, name, right, unit, unit_text, flag)


def _differential(parser: Parser, name: Name) -> Name:
    """Return the State of ``dx/dt``, of which ``dx`` and the slash are read."""
    if name.name[0] != "d" or len(name.name) == 1 or parser.next.text != "dt":
        raise name.error(f"{_FORMS}; {name} / {parser.next.text} is none of these")
    parser.take()
    return Name(name.source, name.start + 1, name.end, (), name.name[1:])


def _name(parser: Parser, expected: str) -> Name:
    token = parser.next
    if token.kind != "name":
        raise parser.unexpected(expected)
    parser.take()
    return Name(parser.source, token.start, token.end, (), token.text)


def _number(parser: Parser) -> Node:
    node = parser.expression()
    if node.is_condition:
        raise node.error(f"{node.piece} is a condition, expected a number: write where({node}, 1, 0)")
    return node


def _end(parser: Parser, expected: str) -> None:
    if parser.next.kind != "end":
        raise parser.unexpected(expected)


def _flag(parser: Parser, kind: str) -> str:
    opening = parser.next
    words = []
    while parser.next.text != ")" and parser.next.kind != "end":
        words.append(parser.next.text)
        parser.take()
    closing = parser.expect(")", "to close the flag")
    flag = " ".join(words[1:])
    if flag not in _FLAGS[kind]:
        known = " or ".join(f"({f})" for f in _FLAGS[kind]) or "none"
        problem = f"a {_KINDS[kind]} has no flag ({flag}); it may have {known}"
        raise parser.source.error(opening.start, closing.end, problem)
    return flag
