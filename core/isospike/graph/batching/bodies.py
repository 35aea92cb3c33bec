"""How loops, branches, derivatives and spikes, which hold a graph, are written for many examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.batching.call import Call, Flagged, batch_axis, moved
from isospike.graph.batching.inline import Body, batched_body, inline_batched
from isospike.graph.ir import Graph, Value
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply, current_trace, raw

__all__ = ["BODIES"]


def _spike(call: Call) -> list[Flagged]:
    """Write the step, with its surrogate derivative over the same values."""
    if not any(call.flags):
        return [(apply(call.node.op, *call.operands, **call.attributes), False)]
    operands = [batch_axis(call.operands[0], call.flags[0], call.size), *call.operands[1:]]
    flags = [True, *call.flags[1:]]
    body = Trace()
    inputs = [body.symbol(Aval(x.shape, x.dtype)) for x in operands]
    with body.active():
        (slope,), (has_axis,) = inline_batched(call.attributes["derivative"], inputs, flags, call.size)
        output = body.lift(batch_axis(slope, has_axis, call.size))
    body.finished = True
    derivative = body.graph([x.value for x in inputs], [output])
    return [(apply(call.node.op, *operands, derivative=derivative), True)]


def _scan(call: Call) -> list[Flagged]:
    body: Graph = call.attributes["body"]
    n_const, n_carry, capacity = (call.attributes[k] for k in ("n_const", "n_carry", "capacity"))
    operands, flags = list(call.operands), list(call.flags[:-1])
    for i in range(n_const + n_carry, len(flags)):
        operands[i] = moved(operands[i], 0, 1) if flags[i] else operands[i]  # time comes first
    carry = slice(n_const, n_const + n_carry)
    batched = _settled(body, flags, carry, call.size)
    operands[carry] = _brought(operands[carry], call.flags[carry], flags[carry], call.size)
    avals = [v.aval for v in batched.graph.outputs[:n_carry]]
    avals += [Aval((capacity, *v.aval.shape), v.aval.dtype) for v in batched.graph.outputs[n_carry:]]
    results = _emitted(call, batched, operands, avals)
    stacks = [moved(x, 1, 0) if f else x for x, f in zip(results[n_carry:], batched.flags[n_carry:], strict=True)]
    return list(zip([*results[:n_carry], *stacks], batched.flags, strict=True))


def _when(call: Call) -> list[Flagged]:
    body: Graph = call.attributes["body"]
    n = len(body.inputs)
    given, given_flags, condition = call.operands[n:-1], call.flags[n:-1], call.operands[-1]
    if call.flags[-1]:
        return _chosen(call, given, given_flags, condition)
    found = batched_body(body, call.flags[:n], call.size).flags
    wanted = [a or b for a, b in zip(found, given_flags, strict=True)]
    batched = batched_body(body, call.flags[:n], call.size, wanted)
    others = _brought(given, given_flags, wanted, call.size)
    results = _emitted(call, batched, [*call.operands[:n], *others, condition], [v.aval for v in batched.graph.outputs])
    return list(zip(results, wanted, strict=True))


def _chosen(call: Call, given: Sequence[Symbol], flags: Sequence[bool], condition: Symbol) -> list[Flagged]:
    """Compute the body for every example, and choose."""
    body: Graph = call.attributes["body"]
    n = len(body.inputs)
    outputs, found = inline_batched(body, call.operands[:n], call.flags[:n], call.size)
    pairs = zip(
        _brought(outputs, found, [True] * len(found), call.size),
        _brought(given, flags, [True] * len(flags), call.size),
        strict=True,
    )
    return [(_select(condition, x, y), True) for x, y in pairs]


def _while_loop(call: Call) -> list[Flagged]:
    body: Graph = call.attributes["body"]
    n_const, n_carry = call.attributes["n_const"], call.attributes["n_carry"]
    carry = slice(n_const, n_const + n_carry)
    flags = list(call.flags[:-1])
    batched = _settled(body, flags, carry, call.size)
    if not (batched.flags[-1] or call.flags[-1]):
        operands = list(call.operands)
        operands[carry] = _brought(operands[carry], call.flags[carry], flags[carry], call.size)
        results = _emitted(call, batched, operands, [v.aval for v in batched.graph.outputs[:n_carry]])
        return list(zip(results, flags[carry], strict=True))
    return _until_all_are_done(call, body, carry)


def _until_all_are_done(call: Call, body: Graph, carry: slice) -> list[Flagged]:
    """Go on while any example does, and leave those that are done as they are."""
    inner = Trace(parent=current_trace())
    flags = [*call.flags[: carry.start], *(True for _ in range(carry.stop - carry.start))]
    going = batch_axis(call.operands[-1], call.flags[-1], call.size)
    first = _brought(call.operands[carry], call.flags[carry], [True] * (carry.stop - carry.start), call.size)
    operands = [*call.operands[: carry.start], *first, going]
    inputs = [inner.symbol(Aval(x.shape, x.dtype)) for x in operands]
    with inner.active():
        outputs, found = inline_batched(body, inputs[:-1], flags, call.size)
        new = _brought(outputs, found, [True] * len(found), call.size)
        kept = [_select(inputs[-1], x, y) for x, y in zip(new[:-1], inputs[carry], strict=True)]
        again = raw.logical_and(inputs[-1], new[-1])
        values = [inner.lift(x) for x in (*kept, again, raw.any(again, axis=(0,), keepdims=False))]
    inner.finished = True
    graph = inner.graph([*inner.captured.values(), *(x.value for x in inputs)], values)
    batched = Body(graph, list(inner.captured), [True] * len(kept))
    whole = Call(call.node, operands, flags, call.size)
    any_goes = raw.any(going, axis=(0,), keepdims=False)
    results = _emitted(whole, batched, [*operands, any_goes], [v.aval for v in values[:-1]], n_carry=len(kept) + 1)
    return [(x, True) for x in results[:-1]]


def _vjp(call: Call) -> list[Flagged]:
    """Differentiate all examples together: each depends on its own points only."""
    body: Graph = call.attributes["body"]
    n_const, n_pulled = call.attributes["n_const"], call.attributes["n_pulled"]
    n = len(body.inputs)
    flags = [*call.flags[:n_const], *(True for _ in range(n - n_const))]
    batched = batched_body(body, flags, call.size, [True] * n_pulled)
    moving = _brought(call.operands[n_const:], call.flags[n_const:], [True] * (len(call.operands) - n_const), call.size)
    points = moving[: n - n_const]
    avals = [*(v.aval for v in batched.graph.outputs), *(Aval(x.shape, x.dtype) for x in points)]
    results = _emitted(call, batched, [*call.operands[:n_const], *moving], avals)
    return list(zip(results, [*batched.flags, *(True for _ in points)], strict=True))


def _settled(body: Graph, flags: list[bool], carry: slice, size: int) -> Body:
    """Return the body once the carry that goes in has the axis wherever that which comes out has it."""
    while True:
        batched = batched_body(body, flags, size, flags[carry])
        found = batched.flags[: carry.stop - carry.start]
        if found == flags[carry]:
            return batched
        flags[carry] = found


def _brought(xs: Sequence[Symbol], flags: Sequence[bool], wanted: Sequence[bool], size: int) -> list[Symbol]:
    """Return values with the axis where it is wanted."""
    return [batch_axis(x, f or not w, size) for x, f, w in zip(xs, flags, wanted, strict=True)]


def _select(condition: Symbol, x: Symbol, y: Symbol) -> Any:
    return raw.where(raw.reshape(condition, shape=(*condition.shape, *(1,) * (x.ndim - 1))), x, y)


def _emitted(
    call: Call, body: Body, operands: Sequence[Symbol], avals: Sequence[Aval], **attributes: Any
) -> list[Symbol]:
    """Write the node with its new body, which takes what it captures first."""
    trace = current_trace()
    assert trace is not None
    inputs: list[Value] = [*body.captured, *(trace.lift(x) for x in operands)]
    n_const = call.attributes["n_const"] + len(body.captured)
    changed = {**call.attributes, **attributes, "body": body.graph, "n_const": n_const}
    return trace.emit(op(call.node.op.name), inputs, changed, avals)


BODIES: dict[str, Callable[[Call], list[Flagged]]] = {
    "scan": _scan,
    "spike": _spike,
    "vjp": _vjp,
    "when": _when,
    "while_loop": _while_loop,
}
