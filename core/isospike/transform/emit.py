"""Recording a loop inside a trace: the step becomes the body of a scan node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from isospike import tree
from isospike.errors import StateError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Value
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, where_am_i
from isospike.state import ShortTermState, State, StateRecord
from isospike.transform.arguments import Signature, dress
from isospike.transform.program import advance_clocks, call_step, lift_outputs
from isospike.transform.segments import Checkpoints

__all__ = ["Carry", "Length", "emit_scan", "held", "reading", "store_carry"]


@dataclass(frozen=True)
class Length:
    """How many steps a loop has, and what a gradient of it remembers.

    Parameters
    ----------
    capacity : int
        Entries of the stacks.
    count : Symbol, optional
        How many of them are run; all by default, so that the loop can be differentiated.
    checkpoints : Checkpoints, optional
        What a gradient computes again instead of keeping it.
    """

    capacity: int
    count: Symbol | None = None
    checkpoints: Checkpoints | None = None


@contextmanager
def held(init: Any, trace: Trace) -> Iterator[State]:
    """Hold an explicit carry in a State of this trace alone: a loop then carries it as it does any other State."""
    carry = ShortTermState(name="the carry of scan")
    carry.replace(init)
    try:
        yield carry
    finally:
        level: Trace | None = trace
        while level is not None:
            level.states.pop(carry, None)
            level = level.parent


@contextmanager
def reading(trace: Trace, what: str, cure: str) -> Iterator[None]:
    """Refuse that a part of a trace writes States.

    Raises
    ------
    StateError
        It does; the message says what it is and the cure.
    """
    before = {s: tuple(map(id, r.current)) for s, r in trace.states.items() if r.written}
    yield
    for state, record in trace.states.items():
        if record.written and before.get(state) != tuple(map(id, record.current)):
            msg = f"{what} writes {state.name or 'a State'!r}{where_am_i()}: it may only read; {cure}"
            raise StateError(msg)


class Carry:
    """The States of a loop's body: those that it carries from step to step, and those that it only reads."""

    def __init__(self, body: Trace) -> None:
        self.body = body
        self.carried = {s: r for s, r in body.states.items() if r.written and _check_carry(s, r)}

    @property
    def fixed(self) -> dict[State, StateRecord]:
        """The States that are only read."""
        return {s: r for s, r in self.body.states.items() if s not in self.carried}

    def finals(self) -> list[Value]:
        """Return what the body leaves in the carried States."""
        return [self.body.lift(x) for r in self.carried.values() for x in r.current]

    def inside(self) -> list[Value]:
        """Return the inputs of the body: what it captures, the States that it reads, and those that it carries."""
        records = (*self.fixed.values(), *self.carried.values())
        return [*self.body.captured.values(), *(x.value for r in records for x in r.inputs)]

    def outside(self, trace: Trace) -> tuple[list[Value], list[Value]]:
        """Return the values around it that these stand for: the constant ones, and the first carry."""
        fixed = [trace.lift(x) for s in self.fixed for x in trace.states[s].current]
        return [*self.body.captured, *fixed], [trace.lift(x) for s in self.carried for x in trace.states[s].current]


def emit_scan(
    advance: Callable[..., tuple[Any, Any]],
    init: Any,
    signature: Signature,
    xs: Sequence[Symbol],
    length: Length,
    trace: Trace,
) -> tuple[Any, Any]:
    """Record a loop as one scan node of ``trace``, and return the last carry and the stacked results.

    Parameters
    ----------
    advance : callable
        ``advance(carry, *x)`` returns the next carry, of the shapes, dtypes and units of this one, and what to stack.
    init : array or quantity, or nested
        The first carry.
    signature, xs
        What a step takes beside the carry, and the stacked inputs.
    length : Length
        How many steps.
    trace : Trace
        The trace around it.
    """
    with held(init, trace) as carry:

        def step(*x: Any) -> Any:
            carry.value, result = advance(carry.value, *x)
            return result

        results = _emit(step, signature, xs, length, trace)
        return carry.value, results


def _emit(step: Callable[..., Any], signature: Signature, xs: Sequence[Symbol], length: Length, trace: Trace) -> Any:
    body = Trace(parent=trace, repeats=length.capacity != 1)
    symbols = [body.symbol(Aval(x.shape[1:], x.dtype)) for x in xs]
    for symbol, x in zip(symbols, xs, strict=True):
        body.reveal(symbol.value, None if x.data is None else x.data[0])
    with body.active():
        dressed = [leaf.dress(s) for leaf, s in zip(signature.leaves, symbols, strict=True)]
        result = call_step(step, tree.unflatten(signature.structure, dressed))
        advance_clocks(body)
        structure, outputs, out_units = lift_outputs(body, result)
        carry = Carry(body)
        finals = carry.finals()
    body.finished = True
    graph = body.graph([*carry.inside(), *(s.value for s in symbols)], [*finals, *outputs])
    before, initial = carry.outside(trace)
    attributes = {
        "body": graph,
        "n_const": len(before),
        "n_carry": len(initial),
        "capacity": length.capacity,
        "is_whole": length.count is None,
        "segments": _segments(graph, len(before), len(initial), length),
    }
    avals = [*(v.aval for v in finals), *(Aval((length.capacity, *v.aval.shape), v.aval.dtype) for v in outputs)]
    n = trace.lift(trace.constant(length.capacity, "int32") if length.count is None else length.count)
    results = trace.emit(op("scan"), [*before, *initial, *(trace.lift(x) for x in xs), n], attributes, avals)
    store_carry(trace, carry.carried, results)
    return dress(structure, out_units, results[len(initial) :])


def _segments(body: Graph, n_const: int, n_carry: int, length: Length) -> tuple[int, ...]:
    if length.checkpoints is None:
        return ()
    return length.checkpoints.segments(body, n_const, n_carry, length.capacity)


def _check_carry(state: State, record: StateRecord) -> bool:
    if record.now != record.spec:
        raise StateError(state.carry_error(record.spec, record.now))
    return bool(record.spec.avals)


def store_carry(trace: Trace, carried: dict[State, StateRecord], results: Sequence[Symbol]) -> None:
    """Let the States that a part of a trace has written hold its first results."""
    position = 0
    for state, record in carried.items():
        outer = trace.states[state]
        outer.current = list(results[position : position + len(record.current)])
        outer.now, outer.written = record.now, True
        position += len(record.current)
