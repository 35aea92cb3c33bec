"""Where a value of a program is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from isospike.graph.aval import Aval
from isospike_codegen.expressions import TYPES

__all__ = ["Array", "Place", "Scalar", "Workspace", "stored"]


def stored(dtype: str) -> str:
    """Return the type of C in which elements lie in memory: GCC vectorises no loop that reads a ``bool`` there."""
    return "uint8_t" if dtype == "bool" else TYPES[dtype]


@dataclass(frozen=True)
class Scalar:
    """A local variable, the same in every thread; or an element, in the loop that computes it."""

    name: str
    dtype: str


@dataclass(frozen=True)
class Array:
    """A pointer to elements that follow each other."""

    name: str
    dtype: str

    def element(self, at: str | int) -> str:
        """Return the expression for an element."""
        return f"({self.name}[{at}] != 0)" if self.dtype == "bool" else f"{self.name}[{at}]"


Place = Scalar | Array


@dataclass
class Workspace:
    """The memory of a program, and how it says that something is wrong.

    Attributes
    ----------
    size : int
        Bytes.
    declarations : list of str
        Its arrays.
    failures : list of str
        What is wrong where the program returns 1, 2 and so on.
    """

    size: int = 0
    declarations: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def array(self, name: str, aval: Aval) -> Array:
        """Return a new array."""
        kind = stored(aval.dtype)
        self.declarations.append(f"{kind}* const {name} = reinterpret_cast<{kind}*>(work + {self.size});")
        n_bytes = math.prod(aval.shape) * {"uint8_t": 1, "double": 8}.get(kind, 4)
        self.size += -(-n_bytes // 64) * 64
        return Array(name, aval.dtype)

    def failure(self, message: str) -> int:
        """Return the number that stands for a failure."""
        self.failures.append(message)
        return len(self.failures)
