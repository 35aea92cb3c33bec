"""How many threads a step is worth.

Below some ten thousand elements torch computes element by element in one thread, but MKL's functions and compiled code
start all of them for each call. On a busy machine they then wait for each other: a second of COBA with 4000 cells took
53 s in two threads beside other work, and 3 s in one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from isospike.graph.ir import Graph

__all__ = ["is_small", "one_thread"]

# From this many elements on torch divides element-wise work among threads.
GRAIN = 2**15


def is_small(graph: Graph) -> bool:
    """Say whether no value of a step is worth a second thread; a matrix product may be."""
    values = (v for node in graph.nodes for v in node.outputs)
    large = any(math.prod(v.aval.shape) >= GRAIN for v in values)
    return not large and all(node.op.name != "matmul" and node.op.evaluate is not None for node in graph.nodes)


@contextmanager
def one_thread(small: bool) -> Iterator[None]:
    """Compute a small step in one thread, inside the block."""
    n = torch.get_num_threads()
    if not small or n == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n)
