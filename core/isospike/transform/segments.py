"""Which steps of a long loop a gradient remembers, and which it computes again."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isospike.errors import ParameterError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph

__all__ = ["Checkpoints", "parse_memory"]

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_MOST_LEVELS = 6


@dataclass(frozen=True)
class Checkpoints:
    """The wish of a caller: a length of chunks, levels of them, or a budget of memory.

    A loop of T steps in chunks of c keeps T / c carries and, while a chunk is differentiated, what c steps leave
    behind; each step is computed once more. A level more divides the chunks again and costs one computation more.
    Lengths that are not asked for are powers of two, into which what compiles several steps at once fits.

    Parameters
    ----------
    chunk : int, optional
        Steps between two checkpoints; the power of two near the square root of T by default.
    levels : int
        How many times chunks are divided again; 1 by default.
    memory : int, optional
        Bytes that carries and steps may take together: the fewest levels and the longest chunks that keep to it.
    """

    chunk: int | None = None
    levels: int = 1
    memory: int | None = None

    def segments(self, body: Graph, n_const: int, n_carry: int, capacity: int) -> tuple[int, ...]:
        """Return the steps of a chunk on each level, the outermost first; none where everything is kept.

        Raises
        ------
        ParameterError
            No number of levels keeps to the budget.
        """
        if capacity == 0:
            return ()
        if self.chunk is not None:
            return (self.chunk,) if self.chunk < capacity else ()
        carry = max(1, _bytes([v.aval for v in body.inputs[n_const : n_const + n_carry]]))
        step = max(1, _bytes([v.aval for node in body.nodes for v in node.outputs]))
        if self.memory is None:
            return _divided(capacity, self.levels, capacity ** (1 / (self.levels + 1)))
        if capacity * step <= self.memory:
            return ()
        smallest = math.inf
        for levels, halvings in itertools.product(range(1, _MOST_LEVELS + 1), range(1, capacity.bit_length())):
            segments = _divided(capacity, levels, 2**halvings)
            needed = _needed(capacity, segments, carry, step)
            if needed <= self.memory:
                return segments
            smallest = min(smallest, needed)
        msg = (
            f"a loop of {capacity} steps cannot be differentiated in memory={_size(self.memory)!r}: its carry of "
            f"{_size(carry)} and a step of {_size(step)} need more. Write memory={_size(smallest)!r}, or make the "
            "batch smaller"
        )
        raise ParameterError(msg)


def parse_memory(memory: str | int | None) -> int | None:
    """Return a budget such as ``"512 MB"`` in bytes.

    Raises
    ------
    ParameterError
        It is not a size.
    """
    if memory is None or (isinstance(memory, int) and not isinstance(memory, bool) and memory > 0):
        return memory
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kKMG]?i?B)\s*", memory) if isinstance(memory, str) else None
    if found is None or found[2] not in _UNITS or float(found[1]) <= 0:
        msg = f'memory={memory!r}: expected a size in {", ".join(_UNITS)}, such as memory="512 MB"'
        raise ParameterError(msg)
    return int(float(found[1]) * _UNITS[found[2]])


def _divided(capacity: int, levels: int, pieces: float) -> tuple[int, ...]:
    exponents = [round(math.log2(capacity / pieces**level)) for level in range(1, levels + 1)]
    lengths = [2 ** max(0, exponent) for exponent in exponents]
    return tuple(n for n, before in zip(lengths, [capacity, *lengths], strict=False) if n < before)


def _needed(capacity: int, segments: Sequence[int], carry: int, step: int) -> int:
    """Return the bytes of the carries of each level and of the steps of one innermost chunk."""
    whole = (capacity, *segments)
    return sum(math.ceil(a / b) * carry for a, b in zip(whole, segments, strict=False)) + whole[-1] * step


def _size(n_bytes: float) -> str:
    """Return a size with three digits, rounded up."""
    factor, unit = (1e6, "MB") if n_bytes >= 1e6 else (1e3, "kB")
    digits = 10 ** max(0, 2 - math.floor(math.log10(max(n_bytes / factor, 1e-3))))
    return f"{math.ceil(n_bytes / factor * digits) / digits:g} {unit}"


def _bytes(avals: Sequence[Aval]) -> int:
    """Return the size of floating values; integers have no derivative that needs them."""
    return sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in avals if a.dtype.startswith("float"))
