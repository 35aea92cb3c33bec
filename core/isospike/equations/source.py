"""A text that a user wrote, and errors that mark the piece of it that they are about."""

from __future__ import annotations

from dataclasses import dataclass

from isospike.errors import IsospikeError, ParameterError

__all__ = ["LONGEST", "Source"]

LONGEST = 10_000  # characters; equations of neurons have some hundreds
_AROUND = 60  # characters shown on either side of the marked piece


@dataclass(frozen=True, eq=False)
class Source:
    """Equations, a threshold, a reset or another text.

    Parameters
    ----------
    title : str
        What it is, for messages, such as ``"from_equations(reset=...)"``.
    text : str
        The text.

    Raises
    ------
    ParameterError
        It is no text, or longer than 10 000 characters.
    """

    title: str
    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            msg = f'{self.title} is {self.text!r}, expected a text, such as "v > V_th"'
            raise ParameterError(msg)
        if len(self.text) > LONGEST:
            count = f"{len(self.text)} characters, more than the {LONGEST} that equations may have"
            raise self.error(LONGEST, LONGEST + 1, f"the text has {count}: leave out what is not needed")

    def piece(self, start: int, end: int) -> str:
        """Return a piece of the text on one line, cut where it is long."""
        piece = " ".join(self.text[start : min(end, start + _AROUND)].split())
        return piece if end - start <= _AROUND else f"{piece}..."

    def error(self, start: int, end: int, problem: str, kind: type[IsospikeError] = ParameterError) -> IsospikeError:
        """Return an error about a piece of the text, which it shows with a caret under each of its characters."""
        first = self.text.rfind("\n", 0, start) + 1
        last = len(self.text) if (found := self.text.find("\n", start)) < 0 else found
        end = min(end, start + _AROUND)
        left, right = max(first, start - _AROUND), min(last, end + _AROUND)
        line = "".join(c if c.isprintable() else " " for c in self.text[left:right])
        carets = "^" * max(1, min(end, right) - start)
        number = self.text.count("\n", 0, start) + 1
        where = f", line {number}" if "\n" in self.text.strip() else ""
        return kind(f"{self.title}{where}: {problem}\n    {line}\n    {' ' * (start - left)}{carets}")
