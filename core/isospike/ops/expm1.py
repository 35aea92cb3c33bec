"""expm1: exp(x) - 1, accurate near zero."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("expm1", lambda m, out, x: m.add(out, 1.0), cast=floating)
