"""How something is computed, in words for the user."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine:
    """How something is computed.

    Attributes
    ----------
    name : str
        The way, such as ``xla-ffi`` with the kernel and ``xla`` without.
    compiled : bool
        True if the kernel is there, False if the array library must do.
    why : str
        The compiler and its version, or the reason why there is no kernel.
    cure : str
        What makes the kernel available; empty if it is.
    """

    name: str
    compiled: bool
    why: str
    cure: str = ""

    def __str__(self) -> str:
        """Return the way and its reason, such as ``xla-ffi (g++ 12.2)``."""
        return f"{self.name} ({self.why})"
