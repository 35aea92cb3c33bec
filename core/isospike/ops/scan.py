"""scan: a loop whose body is a closed graph.

Operands are the loop-invariant values, the first carry, the stacked inputs and the number of steps to run;
outputs are the last carry and the stacked outputs. The stacks hold ``capacity`` steps, of which the number of
steps given at run time are used, so that the length of a loop is not part of its program. With ``is_whole`` that
number is the capacity, as in every loop inside another program: these can be differentiated. Their gradient keeps the
carries between chunks of ``segments[0]`` steps and computes each chunk again, in chunks of ``segments[1]`` and so on.
Every backend lowers it in its own way.
"""

from __future__ import annotations

from isospike.graph.op import Op, unchanged

OP = Op("scan", lambda *avals, **attributes: (), None, unchanged)
