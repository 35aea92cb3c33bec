"""Compiled programs, cached by the structure of their graphs, and the counters that tests read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from isospike.backend import Backend, Compiled, require
from isospike.graph.ir import Graph

__all__ = ["CacheInfo", "cache_info", "compile_graph", "count_trace"]


@dataclass(frozen=True)
class CacheInfo:
    """How often steps were traced and graphs compiled since the process began."""

    traces: int
    compiles: int


_lock = threading.Lock()
_compiled: OrderedDict[tuple[Backend, str, frozenset[int]], Compiled] = OrderedDict()
_MAX_COMPILED = 256
_counts = {"traces": 0, "compiles": 0}


def cache_info() -> CacheInfo:
    """Return the counters; the difference of two readings tells whether a call compiled anything."""
    return CacheInfo(**_counts)


def count_trace() -> None:
    """Count one trace."""
    with _lock:
        _counts["traces"] += 1


def compile_graph(backend: Backend, graph: Graph, donate: frozenset[int] = frozenset()) -> Compiled:
    """Return the compiled form of a graph on a backend, compiling it only if no equal graph was compiled before."""
    key = (backend, graph.signature, donate)
    with _lock:
        if key not in _compiled:
            if any(node.op.name == "vjp" for node in graph.nodes):
                require(backend, "gradient", "transform.grad")
            _counts["compiles"] += 1
            _compiled[key] = backend.compile(graph, donate=donate)
            if len(_compiled) > _MAX_COMPILED:
                _compiled.popitem(last=False)
        _compiled.move_to_end(key)
        return _compiled[key]
