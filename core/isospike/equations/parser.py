"""Expressions by precedence climbing: nothing is evaluated, and nothing but the words of `tokens` is understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isospike.equations.functions import FUNCTIONS
from isospike.equations.nodes import POWER, Call, Name, Node, Number, Operation
from isospike.equations.source import Source
from isospike.equations.tokens import Token, tokenize
from isospike.errors import IsospikeError, nearest

__all__ = ["Parser", "read_expression"]

_DEEPEST = 60  # operations within each other
_LOGIC = ("and", "or", "not")
_COMPARISONS = ("<", "<=", ">", ">=")


def read_expression(source: Source) -> Node:
    """Return the tree of a text that is one expression.

    Raises
    ------
    ParameterError
        It is malformed; the offending piece is marked.
    """
    parser = Parser(source)
    node = parser.expression()
    parser.finish()
    return node


class Parser:
    """Reads expressions from a text, one after the other.

    Parameters
    ----------
    source : Source
        The text.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: Sequence[Token] = tokenize(source)
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        """The word that is read next."""
        return self.tokens[self.position]

    def take(self, text: str = "") -> Token | None:
        """Return the next word and go on, if it is ``text``; any word but the last where no text is given."""
        token = self.next
        if text and (token.text != text or not token.text):
            return None
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def expect(self, text: str, why: str) -> Token:
        """Return the next word, which has to be ``text``."""
        token = self.take(text)
        if token is None:
            raise self.unexpected(f"expected {text!r} {why}")
        return token

    def unexpected(self, expected: str) -> IsospikeError:
        """Return an error about the next word."""
        token = self.next
        what = "the text ends here" if token.kind == "end" else f"{token.text!r} cannot stand here"
        hint = "; for equality write a <= b and a >= b" if token.text == "=" else ""
        return self.source.error(token.start, token.end, f"{what}: {expected}{hint}")

    def finish(self) -> None:
        """Refuse what is left of the text."""
        while self.next.kind == "end" and self.position < len(self.tokens) - 1:
            self.position += 1
        if self.next.kind != "end":
            raise self.unexpected("an operator, such as * or +, or the end of the text is expected")

    def expression(self, power: int = 0) -> Node:
        """Return an expression whose operators hold at least as strongly as ``power``."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.unexpected(_too_deep("parentheses and operators"))
        left = self._operand()
        while (operator := self._operator(power)) is not None:
            binding = POWER[operator]
            right = self.expression(binding if operator == "**" else binding + 1)
            left = self._joined(operator, left, right)
        self.depth -= 1
        return left

    def _operator(self, power: int) -> str | None:
        word = self.next.text
        if word in ("not", "minus") or POWER.get(word, -1) < power:
            return None
        self.take()
        return word

    def _operand(self) -> Node:
        token = self.next
        if token.text == "(":
            return self._parenthesised()
        if token.text in ("-", "+", "not"):
            return self._prefixed()
        if token.kind not in ("number", "name") or token.text in _LOGIC:
            raise self.unexpected("a number, a name or a parenthesis is expected, as in (E_L - v + R*I) / tau")
        self.take()
        if token.kind == "number":
            return self._number(token)
        return self._call(token) if self.next.text == "(" else Name(self.source, token.start, token.end, (), token.text)

    def _parenthesised(self) -> Node:
        start = self.next.start
        self.take("(")
        node = self.expression()
        return replace(node, start=start, end=self.expect(")", "to close the parenthesis").end)

    def _prefixed(self) -> Node:
        token = self.next
        self.take()
        operator = {"-": "minus"}.get(token.text, token.text)
        operand = self.expression(POWER.get("minus" if operator == "+" else operator, 0))
        _require(operand, operator == "not")
        if operator == "+":
            return operand
        if operator == "minus" and isinstance(operand, Number):
            return Number(self.source, token.start, operand.end, (), -operand.value)
        return Operation(self.source, token.start, operand.end, (operand,), operator)

    def _number(self, token: Token) -> Node:
        value = float(token.text)
        if value == float("inf"):
            raise self.source.error(
                token.start, token.end, "this number is larger than any float64: give a smaller one"
            )
        if self.next.kind in ("name", "number") and self.next.text not in _LOGIC:
            fix = f"write {token.text}*{self.next.text}"
            raise self.source.error(
                token.start, self.next.end, f"a number needs an operator before what follows: {fix}"
            )
        return Number(self.source, token.start, token.end, (), value)

    def _call(self, token: Token) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            known = f"{nearest(token.text, FUNCTIONS)} Known are {', '.join(FUNCTIONS)}"
            raise self.source.error(token.start, token.end, f"there is no function {token.text!r}.{known}")
        self.take("(")
        arguments = [self.expression()]
        while self.take(","):
            arguments.append(self.expression())
        end = self.expect(")", f"to close the arguments of {token.text}").end
        node = Call(self.source, token.start, end, tuple(arguments), token.text)
        if len(arguments) != function.arity:
            raise node.error(f"{token.text} takes {function.arity} arguments, but is given {len(arguments)}")
        for i, argument in enumerate(arguments):
            _require(argument, token.text == "where" and i == 0)
        return node

    def _joined(self, operator: str, left: Node, right: Node) -> Node:
        for operand in (left, right):
            _require(operand, operator in _LOGIC)
        node = Operation(self.source, left.start, right.end, (left, right), operator)
        if operator in _COMPARISONS and self.next.text in _COMPARISONS:
            raise self.unexpected("comparisons are joined by and: write a < b and b < c")
        if node.depth > _DEEPEST:
            raise node.error(_too_deep("operations"))
        return node


def _require(node: Node, condition: bool) -> None:
    if node.is_condition != condition:
        given, fix = (
            ("a condition", "use it in where(condition, a, b)")
            if node.is_condition
            else (
                "a number",
                "compare it with another one, as in v > V_th",
            )
        )
        raise node.error(f"{node.piece} is {given}, expected {'a condition' if condition else 'a number'}: {fix}")


def _too_deep(what: str) -> str:
    return f"more than {_DEEPEST} {what} within each other: name a part of it in a line of its own, as in x = ... : mV"
