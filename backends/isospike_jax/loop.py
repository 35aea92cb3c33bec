"""Lowering of graphs to JAX: operations to ``jax.numpy``, loops to ``lax.fori_loop`` with stacked outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from isospike.graph.ir import Graph, Node, Value
from isospike.graph.trace import evaluator
from isospike_jax.events import event_matvec
from isospike_jax.spike import spike

__all__ = ["run_graph"]


def run_graph(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """Compute a graph's outputs from its inputs, inside ``jax.jit`` or outside."""
    memory: dict[Value, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes:
        outputs = _lower(node, [memory[v] for v in node.inputs])
        memory.update(zip(node.outputs, outputs, strict=True))
    return [memory[v] for v in graph.outputs]


def _lower(node: Node, operands: Sequence[Any]) -> Sequence[Any]:
    if node.op.name in _STRUCTURED:
        return _STRUCTURED[node.op.name](node, operands)
    if node.op.name in _LOWERINGS:
        return [_LOWERINGS[node.op.name](*operands, **node.attributes)]
    return [evaluator(node.op)(jnp, *operands, **node.attributes)]


def _spike(x: Any, *parameters: Any, derivative: Graph) -> Any:
    return spike(x, parameters, lambda *arguments: run_graph(derivative, arguments)[0])


def _power_of_two(k: Any, *, to: str) -> Any:
    """Return 2**k, by its exponent bits."""
    bits, bias, shift = (jnp.int32, 127, 23) if to == "float32" else (jnp.int64, 1023, 52)
    return jax.lax.bitcast_convert_type((k.astype(bits) + bias) << shift, to)


def _exponent(x: Any) -> Any:
    """Return the k of a normal number m 2**k, from its exponent bits."""
    bits, bias, shift = (jnp.int32, 127, 23) if x.dtype == "float32" else (jnp.int64, 1023, 52)
    biased = (jax.lax.bitcast_convert_type(x, bits) >> shift) & (2 * bias + 1)
    return (biased - bias).astype(jnp.int32)


def _astype(x: Any, *, to: str) -> Any:
    """Return x in a dtype; of a product with a boolean XLA would make a choice, in which 0 * inf is 0."""
    is_factor = x.dtype == bool and to.startswith("float")
    return (x.astype("int32") if is_factor else x).astype(to)


def _quotient(x: Any, y: Any) -> Any:
    """Return x / y; by what it knows to be repeated XLA would multiply the reciprocal."""
    whole = jnp.broadcast_to(y, jnp.broadcast_shapes(x.shape, y.shape))
    return jnp.divide(x, jax.lax.optimization_barrier(whole))


_LOWERINGS: dict[str, Callable[..., Any]] = {
    "astype": _astype,
    "event_matvec": event_matvec,
    "exponent": _exponent,
    "power_of_two": _power_of_two,
    "quotient": _quotient,
    "spike": _spike,
    "stop_gradient": jax.lax.stop_gradient,
}


def _scan(node: Node, operands: Sequence[Any]) -> list[Any]:
    """Run a loop; only one whose length is known when it is compiled has a gradient."""
    if not node.attributes["is_whole"] or node.attributes["capacity"] == 0:
        return _counted(node, operands)
    body: Graph = node.attributes["body"]
    n_const, n_carry = node.attributes["n_const"], node.attributes["n_carry"]
    constants, carry, xs = operands[:n_const], operands[n_const : n_const + n_carry], operands[n_const + n_carry : -1]

    def step(carry: list[Any], inputs: list[Any]) -> tuple[list[Any], list[Any]]:
        outputs = run_graph(body, [*constants, *carry, *inputs])
        return outputs[:n_carry], outputs[n_carry:]

    last, recorded = _whole(step, list(carry), list(xs), node.attributes["capacity"], node.attributes["segments"])
    return [*last, *recorded]


def _whole(
    step: Callable[..., Any], carry: list[Any], xs: list[Any], length: int, segments: Sequence[int]
) -> tuple[list[Any], list[Any]]:
    """Run a loop in chunks of the first segment's length, each computed again for its gradient, and so on inside."""
    inner = [n for n in segments if n < length]
    if not inner:
        return jax.lax.scan(step, carry, xs, length=length)
    size, *smaller = inner
    n_chunks, rest = divmod(length, size)
    head = [x[: n_chunks * size].reshape(n_chunks, size, *x.shape[1:]) for x in xs]
    chunk = jax.checkpoint(lambda carry, xs: _whole(step, carry, xs, size, smaller))
    carry, recorded = jax.lax.scan(chunk, carry, head, length=n_chunks)
    recorded = [y.reshape(n_chunks * size, *y.shape[2:]) for y in recorded]
    if not rest:
        return carry, recorded
    last = jax.checkpoint(lambda carry, xs: _whole(step, carry, xs, rest, smaller))
    carry, more = last(carry, [x[n_chunks * size :] for x in xs])
    return carry, [jnp.concatenate(pair) for pair in zip(recorded, more, strict=True)]


def _counted(node: Node, operands: Sequence[Any]) -> list[Any]:
    """Run the loop for as many steps as are asked for, writing each step's outputs into its place of the stacks.

    The number of steps is known only at run time, so that one program serves loops of every length.
    """
    body: Graph = node.attributes["body"]
    n_const, n_carry = node.attributes["n_const"], node.attributes["n_carry"]
    constants, carry = operands[:n_const], operands[n_const : n_const + n_carry]
    xs, count = operands[n_const + n_carry : -1], operands[-1]
    capacity = node.attributes["capacity"]
    stacks = [jnp.zeros((capacity, *v.aval.shape), v.aval.dtype) for v in body.outputs[n_carry:]]
    if capacity == 0:
        return [*carry, *stacks]

    def step(i: Any, state: tuple[list[Any], list[Any]]) -> tuple[list[Any], list[Any]]:
        carry, stacks = state
        inputs = [jax.lax.dynamic_index_in_dim(x, i, keepdims=False) for x in xs]
        outputs = run_graph(body, [*constants, *carry, *inputs])
        recorded = [
            jax.lax.dynamic_update_index_in_dim(s, y, i, 0) for s, y in zip(stacks, outputs[n_carry:], strict=True)
        ]
        return outputs[:n_carry], recorded

    last, recorded = jax.lax.fori_loop(0, count, step, (list(carry), stacks))
    return [*last, *recorded]


def _vjp(node: Node, operands: Sequence[Any]) -> list[Any]:
    """Return the outputs of a graph and their pullback, by JAX's reverse mode."""
    body: Graph = node.attributes["body"]
    n_const, n_pulled = node.attributes["n_const"], node.attributes["n_pulled"]
    constants, points = operands[:n_const], operands[n_const : len(body.inputs)]

    def primal(*points: Any) -> tuple[list[Any], list[Any]]:
        outputs = run_graph(body, [*constants, *points])
        return outputs[:n_pulled], outputs[n_pulled:]

    pulled, pullback, others = jax.vjp(primal, *points, has_aux=True)
    return [*pulled, *others, *pullback(list(operands[len(body.inputs) :]))]


def _when(node: Node, operands: Sequence[Any]) -> list[Any]:
    body: Graph = node.attributes["body"]
    constants, others = operands[: node.attributes["n_const"]], list(operands[node.attributes["n_const"] : -1])
    return list(jax.lax.cond(operands[-1], lambda: run_graph(body, constants), lambda: others))


def _while_loop(node: Node, operands: Sequence[Any]) -> list[Any]:
    body: Graph = node.attributes["body"]
    constants, state = operands[: node.attributes["n_const"]], list(operands[node.attributes["n_const"] :])
    *last, _ = jax.lax.while_loop(
        lambda state: state[-1], lambda state: run_graph(body, [*constants, *state[:-1]]), state
    )
    return last


_STRUCTURED: dict[str, Callable[[Node, Sequence[Any]], Sequence[Any]]] = {
    "scan": _scan,
    "vjp": _vjp,
    "when": _when,
    "while_loop": _while_loop,
}
