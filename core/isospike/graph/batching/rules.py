"""How operations that name axes or shapes are written for many examples, one function an operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike.graph.aval import Aval
from isospike.graph.batching.call import Call, moved
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.graph.trace import apply, current_trace, raw

__all__ = ["RULES", "each", "elementwise"]


def elementwise(call: Call) -> Any:
    """Line up the axes behind that of the examples, which broadcasting counts from the last."""
    rank = max(len(v.aval.shape) for v in call.node.inputs)
    aligned = []
    for x, flag, value in zip(call.operands, call.flags, call.node.inputs, strict=True):
        shape = value.aval.shape
        is_short = flag and len(shape) < rank
        aligned.append(raw.reshape(x, shape=(call.size, *(1,) * (rank - len(shape)), *shape)) if is_short else x)
    return apply(call.node.op, *aligned, **call.attributes)


def each(call: Call) -> Any:
    """Run the node in a loop over the examples."""
    node, trace = call.node, current_trace()
    assert trace is not None
    fixed = [i for i, flag in enumerate(call.flags) if not flag]
    order = [*fixed, *(i for i, flag in enumerate(call.flags) if flag)]
    values = [Value(v.aval) for v in node.inputs]
    inner = Node(node.op, tuple(values), node.attributes, tuple(Value(v.aval) for v in node.outputs), node.origin)
    attributes = {
        "body": Graph(tuple(values[i] for i in order), (inner,), inner.outputs),
        "n_const": len(fixed),
        "n_carry": 0,
        "capacity": call.size,
        "is_whole": True,
        "segments": (),
    }
    count = trace.lift(trace.constant(call.size, "int32"))
    avals = [Aval((call.size, *v.aval.shape), v.aval.dtype) for v in node.outputs]
    return trace.emit(op("scan"), [*(trace.lift(call.operands[i]) for i in order), count], attributes, avals)[0]


def _reduced(call: Call) -> Any:
    attributes = call.attributes
    attributes["axis"] = tuple(a + 1 for a in attributes["axis"])
    return apply(call.node.op, *call.operands, **attributes)


def _broadcast_to(call: Call) -> Any:
    (x,), shape = call.operands, call.attributes["shape"]
    inner = x.shape[1:]
    aligned = raw.reshape(x, shape=(call.size, *(1,) * (len(shape) - len(inner)), *inner))
    return raw.broadcast_to(aligned, shape=(call.size, *shape))


def _concat(call: Call) -> Any:
    return raw.concat(*call.with_axis(), axis=call.attributes["axis"] + 1)


def _reshape(call: Call) -> Any:
    return raw.reshape(call.operands[0], shape=(call.size, *call.attributes["shape"]))


def _permute_dims(call: Call) -> Any:
    return raw.permute_dims(call.operands[0], axes=(0, *(a + 1 for a in call.attributes["axes"])))


def _index(call: Call) -> Any:
    return raw.index(call.operands[0], index=((0, call.size, 1), *call.attributes["index"]))


def _take(call: Call) -> Any:
    (x, indices), axis = call.operands, call.attributes["axis"]
    if not call.flags[1]:
        return raw.take(x, indices, axis=axis + 1)
    if not call.flags[0]:
        return moved(raw.take(x, indices, axis=axis), axis, 0)
    if axis:
        return each(call)
    # All examples in one row, each with its own stretch of it; what is outside of that is outside of the row.
    n = x.shape[1]
    flat = raw.reshape(x, shape=(call.size * n, *x.shape[2:]))
    first = np.arange(0, call.size * n, n, dtype=np.int32).reshape(call.size, *(1,) * (indices.ndim - 1))
    counted = raw.where(raw.less(indices, 0), raw.add(indices, n), indices)
    is_outside = raw.logical_or(raw.less(counted, 0), raw.greater_equal(counted, n))
    return raw.take(flat, raw.where(is_outside, call.size * n, raw.add(counted, first)), axis=0)


def _matmul(call: Call) -> Any:
    (x, y), (is_row, is_column) = call.operands, (len(v.aval.shape) == 1 for v in call.node.inputs)
    if is_row:
        x = raw.reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))
    if is_column:
        y = raw.reshape(y, shape=(*y.shape, 1))
    # Axes before the matrices are counted from the last, and that of the examples comes before all of them.
    rank = max(a.ndim - is_batched for a, is_batched in zip((x, y), call.flags, strict=True))
    x, y = (_led(a, rank) if is_batched else a for a, is_batched in zip((x, y), call.flags, strict=True))
    result = raw.matmul(x, y)
    return raw.reshape(result, shape=(call.size, *call.node.outputs[0].aval.shape)) if is_row or is_column else result


def _led(x: Any, rank: int) -> Any:
    """Return a batched operand of so many axes beside that of the examples."""
    return raw.reshape(x, shape=(x.shape[0], *(1,) * (rank + 1 - x.ndim), *x.shape[1:]))


def _event_matvec(call: Call) -> Any:
    if any(call.flags[1:]):
        return each(call)
    return apply(call.node.op, *call.operands, **call.attributes)


def _random_bits(call: Call) -> Any:
    """Draw for each example anew: its number counts as that of an axis before the others."""
    if any(call.flags):
        return each(call)
    attributes = call.attributes
    attributes["shape"] = (call.size, *attributes["shape"])
    bits = apply(call.node.op, *call.operands, **attributes)
    return bits if attributes.get("words", 1) == 1 else moved(bits, 1, 0)


def _inverse_tail(call: Call) -> Any:
    if call.flags[0]:
        return each(call)
    return apply(call.node.op, call.operands[0], *call.with_axis()[1:])


def _as_it_is(call: Call) -> Any:
    return apply(call.node.op, *call.operands, **call.attributes)


RULES: dict[str, Callable[[Call], Any]] = {
    "all": _reduced,
    "any": _reduced,
    "astype": _as_it_is,
    "broadcast_to": _broadcast_to,
    "concat": _concat,
    "event_matvec": _event_matvec,
    "grid_round": _as_it_is,
    "index": _index,
    "inverse_tail": _inverse_tail,
    "matmul": _matmul,
    "max": _reduced,
    "min": _reduced,
    "permute_dims": _permute_dims,
    "power_of_two": _as_it_is,
    "random_bits": _random_bits,
    "reshape": _reshape,
    "step_time": _as_it_is,
    "sum": _reduced,
    "take": _take,
}
