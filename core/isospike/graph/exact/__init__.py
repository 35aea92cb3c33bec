"""Exact numerics: every operation of a graph in a form that has the same bits on every backend.

``numerics="exact"`` is one pass over the finished graph (`isospike.graph.passes.exact`). What a compiler or a library
is free to do in its own way is written out in what IEEE 754 fixes: sums, products that are guarded against
contraction, comparisons, choices, whole numbers and look-ups.
"""

from __future__ import annotations

from isospike.graph.exact.forms import FORMS, FUNCTIONS, REFUSED, SAFE

__all__ = ["FORMS", "FUNCTIONS", "REFUSED", "SAFE"]
