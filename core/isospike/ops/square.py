"""square: x * x."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("square", lambda m, out, x: m.multiply(2.0, x))
