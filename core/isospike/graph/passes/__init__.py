"""Rewrites of a finished graph, each one a file and a function from graph to graph.

Constant folding needs no pass: host values fold while the step is traced, in float64.
"""

from __future__ import annotations

from isospike.graph.ir import Graph
from isospike.graph.passes.carry_over import carry_over
from isospike.graph.passes.common_subexpressions import common_subexpressions
from isospike.graph.passes.dead_code import dead_code
from isospike.graph.passes.exact import exact
from isospike.graph.passes.hoist import hoist_invariants
from isospike.graph.passes.integer_time import integer_time
from isospike.graph.passes.merge_factors import merge_factors
from isospike.graph.passes.rewrite import Constants

__all__ = [
    "carry_over",
    "common_subexpressions",
    "dead_code",
    "exact",
    "hoist_invariants",
    "integer_time",
    "merge_factors",
    "optimise",
]


def optimise(graph: Graph, constants: Constants, *, numerics: str = "fast") -> Graph:
    """Run every pass in order; ``constants`` maps input values to their host arrays and may gain entries."""
    graph = integer_time(graph, constants)
    graph = common_subexpressions(graph)
    graph = dead_code(graph)
    graph = merge_factors(graph, constants)
    graph = dead_code(graph)
    if numerics == "exact":
        graph = dead_code(common_subexpressions(exact(graph, constants)))
    return carry_over(hoist_invariants(graph))
