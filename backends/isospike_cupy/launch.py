"""How many threads run a program."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from isospike.graph.ir import Graph

__all__ = ["Launch", "launch_for", "width_of"]

_WARP = 32
# Threads of a block where there are several: blocks of more are fewer at a time, as they need more registers at once.
_BLOCK = 256
_REDUCING = ("all", "any", "max", "min", "sum")


@dataclass(frozen=True)
class Launch:
    """Blocks, and threads of a block."""

    blocks: int
    threads: int


def launch_for(width: int, most: int, resident: Callable[[int], int]) -> Launch:
    """Return how many threads run a program.

    Threads of one block wait for each other in tens of nanoseconds, those of several in microseconds: a program gets
    one block if that is as wide as its loops, and else no more blocks than there is work for.

    Parameters
    ----------
    width : int
        Elements of its largest loop.
    most : int
        Threads of the largest block that can run it.
    resident : callable
        ``resident(threads)`` is how many blocks of so many threads the device holds at once.
    """
    whole = most // _WARP * _WARP
    if width <= whole:
        return Launch(1, max(1, math.ceil(width / _WARP)) * _WARP)
    threads = min(_BLOCK, whole)
    blocks = min(math.ceil(width / threads), resident(threads))
    return Launch(blocks, threads) if blocks * threads > whole else Launch(1, whole)


def width_of(graph: Graph) -> int:
    """Return the elements of the largest loop of a time loop's step, or of the graph where it has no time loop."""
    inner = {n: [g for g in n.attributes.values() if isinstance(g, Graph)] for n in graph.nodes if n.op.name != "spike"}
    steps = [g for node, bodies in inner.items() if node.op.name == "scan" for g in bodies]
    if steps:
        return max(map(width_of, steps))
    computed = [v for n in graph.nodes for v in (*n.outputs, *(n.inputs if n.op.name in _REDUCING else ()))]
    sizes = [math.prod(v.aval.shape) for v in computed]
    return max([1, *sizes, *(width_of(g) for bodies in inner.values() for g in bodies)])
