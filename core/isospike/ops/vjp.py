"""vjp: a closed graph and its pullback, the product of a vector with its Jacobian.

Operands are the constants of the body, the points at which it is differentiated, and one vector for each of its
first ``n_pulled`` outputs; results are the outputs of the body, and a gradient for each point. Backends that claim
gradients lower it by their own differentiation.
"""

from __future__ import annotations

from isospike.graph.op import Op, unchanged

OP = Op("vjp", lambda *avals, **attributes: (), None, unchanged)
