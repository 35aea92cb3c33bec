"""Exact numerics of values that are known: host constants of a trace, initial values, arrays outside of any trace.

NumPy's own exp differs by a unit in the last place between processors, as its sums do. A parameter that is computed
with it would make of one exact program another one on each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isospike import environ
from isospike.graph.aval import dtype_name, is_floating, promote
from isospike.graph.exact.forms import FORMS, PLAIN
from isospike.graph.op import Op, floating
from isospike.graph.trace import evaluator, outside
from isospike.namespace import namespace

__all__ = ["evaluate"]


def evaluate(operation: Op, arrays: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    """Return what an operation gives on arrays of one library, by its exact form where it has one."""
    xp = namespace(*arrays)
    dtypes = [dtype_name(x.dtype) for x in arrays if hasattr(x, "dtype")]
    dtype = promote([d for d in dtypes if is_floating(d)])
    if operation.name not in FORMS or operation.name in PLAIN:
        return evaluator(operation)(xp, *arrays, **attributes)
    if not is_floating(dtype):
        if operation.cast is not floating:  # integers and booleans are exact as they are
            return evaluator(operation)(xp, *arrays, **attributes)
        dtype = "float64" if xp is namespace() else environ.float_dtype()
    operands = [xp.astype(x if hasattr(x, "dtype") else xp.asarray(x), getattr(xp, dtype)) for x in arrays]
    # The operations that a form is made of are those of the library.
    with outside(), environ.context(numerics="fast"), np.errstate(all="ignore"):
        return FORMS[operation.name](*operands, **attributes)
