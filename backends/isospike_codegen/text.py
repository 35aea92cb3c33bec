"""Lines of a program, indented by their blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Text"]


class Text:
    """The text of a program while it is written."""

    def __init__(self, depth: int = 0) -> None:
        self.lines: list[str] = []
        self._depth = depth

    def line(self, code: str, comment: object = "") -> None:
        """Add a line, and what there is to say of it."""
        end = f"  // {comment}" if str(comment) else ""
        self.lines.append(f"{'  ' * self._depth}{code}{end}")

    @contextmanager
    def block(self, head: str, comment: object = "") -> Iterator[None]:
        """Add a block with what is written inside of the context."""
        self.line(f"{head} {{" if head else "{", comment)
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")
