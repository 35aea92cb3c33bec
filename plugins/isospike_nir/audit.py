"""Audit: what a graph does not say and had to be chosen, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Audit", "Note"]


@dataclass(frozen=True)
class Note:
    """One choice: the node that it is about, empty for the whole graph, and what was chosen."""

    node: str
    text: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.node or '(graph)'}: {self.text}"


@dataclass
class Audit:
    """The choices that were made where a graph was loaded; prints as text, one line for each.

    Parameters
    ----------
    notes : list of Note
        The choices, in the order in which they were made.
    """

    notes: list[Note] = field(default_factory=list)

    def note(self, node: str, text: str) -> None:
        """Add a choice."""
        self.notes.append(Note(node, text))

    def about(self, node: str) -> list[str]:
        """Return what was chosen for one node, or for the graph as a whole under the empty name."""
        return [note.text for note in self.notes if note.node == node]

    def __iter__(self) -> Iterator[Note]:
        """Yield the choices."""
        return iter(self.notes)

    def __str__(self) -> str:
        """Return the whole text, what is about the whole graph first."""
        return "\n".join(map(str, sorted(self.notes, key=lambda note: note.node != "")))
