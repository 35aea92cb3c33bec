"""stop_gradient: x itself, whose derivative is zero."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("stop_gradient", None, evaluate=lambda xp, x: x)
