"""From a text to its words: numbers, names, operators and ends of statements, in plain ASCII."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from isospike.equations.source import Source

__all__ = ["Token", "tokenize"]

_WORD = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
      | (?P<end>[\n;])
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<operator>\*\*|[<>]=?|[-+*/]=|[-+*/(),:=])""",
    re.VERBOSE | re.ASCII,
)
_HINTS = {
    ".": "numbers and names have no attributes",
    "^": "write x**2 for a power",
    "!": "write not (...)",
    "&": "write and",
    "|": "write or",
    "%": "a remainder is not known here",
    "[": "equations hold for each cell: leave out indices",
    "'": "a text has no place in an expression",
    '"': "a text has no place in an expression",
}


@dataclass(frozen=True)
class Token:
    """A word of a text: its kind (``number``, ``name``, ``operator`` or ``end``), itself, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(source: Source) -> list[Token]:
    """Return the words of a text, the last of which ends a statement.

    A line end inside parentheses, a comment (``# ...``) and space count for nothing.

    Raises
    ------
    ParameterError
        A character has no meaning; it is marked.
    """
    tokens: list[Token] = []
    position = depth = 0
    while position < len(source.text):
        found = _WORD.match(source.text, position)
        if found is None:
            raise source.error(position, position + 1, _meaningless(source.text[position]))
        kind, word = str(found.lastgroup), found.group()
        depth += (word == "(") - (word == ")")
        if kind != "space" and not (word == "\n" and depth > 0):
            tokens.append(Token(kind, word, position, found.end()))
        position = found.end()
    return [*tokens, Token("end", "", position, position)]


def _meaningless(character: str) -> str:
    if character.isascii():
        hint = _HINTS.get(character, "use letters, digits, + - * / ** ( ) , < > = and names of functions")
        return f"{character!r} has no meaning in an equation: {hint}"
    name = f"{unicodedata.name(character, 'a character')} (U+{ord(character):04X})"
    return f"{name} is not ASCII: spell it with plain letters, such as tau, mu or um"
