"""exp: the exponential."""

from __future__ import annotations

from isospike.graph.op import elementwise, floating

OP = elementwise("exp", lambda m, out, x: out, cast=floating)
