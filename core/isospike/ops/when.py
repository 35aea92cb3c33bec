"""when: the results of a closed graph where a condition holds, and given values where it does not.

Operands are the inputs of the body, one given value for each of its outputs, and the condition, a single boolean;
results are as many. A choice between two graphs is two of these, the second of which is given the results of the
first. Every backend lowers it in its own way, and runs the body only where the condition holds.
"""

from __future__ import annotations

from isospike.graph.op import Op, unchanged

OP = Op("when", lambda *avals, **attributes: (), None, unchanged)
