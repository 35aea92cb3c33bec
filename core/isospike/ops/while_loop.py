"""while_loop: a loop whose body is a closed graph that says whether it is run again.

Operands are the loop-invariant values, the first carry, and whether to run at all; results are the last carry. The
outputs of the body are the next carry and whether to go on, a single boolean. It has no gradient. Every backend
lowers it in its own way.
"""

from __future__ import annotations

from isospike.graph.op import Op, unchanged

OP = Op("while_loop", lambda *avals, **attributes: (), None, unchanged)
