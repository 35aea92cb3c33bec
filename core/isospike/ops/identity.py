"""identity: x itself, as a value of its own while a derivative is taken."""

from __future__ import annotations

from isospike.graph.op import elementwise

OP = elementwise("identity", lambda m, out, x: 1, evaluate=lambda xp, x: x)
