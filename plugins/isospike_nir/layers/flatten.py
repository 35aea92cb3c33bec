"""Flatten: the node Flatten of NIR."""

from __future__ import annotations

from typing import Any

from isospike.dynamics import Size, as_size
from isospike.math import reshape
from isospike.module import Module

__all__ = ["Flatten"]


class Flatten(Module):
    """Joins neighbouring axes of its input into one.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of one input and one output; batch axes come before them and stay.
    """

    def __init__(self, in_size: Size, out_size: Size) -> None:
        self.in_size = as_size(in_size, "Flatten(in_size=...)")
        self.out_size = as_size(out_size, "Flatten(out_size=...)")

    def update(self, x: Any) -> Any:
        """Return the input in its new shape."""
        return reshape(x, (*x.shape[: x.ndim - len(self.in_size)], *self.out_size))
