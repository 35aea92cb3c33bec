"""The time loop: trace a step once, run it many times in compiled chunks."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import tree, units
from isospike.backend import Backend
from isospike.errors import ShapeError, StateError
from isospike.graph.aval import Aval
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace
from isospike.progress import reporter
from isospike.select import active_backend
from isospike.state import State, StateRecord
from isospike.transform.arguments import Leaf, Signature, describe, dress
from isospike.transform.cached import Recent, environment_key
from isospike.transform.fingerprint import fingerprint
from isospike.transform.program import Program, advance_clocks, call_step, lift_outputs, trace_program

__all__ = ["Chunk", "Loop", "for_loop"]

# Steps that one compiled call can hold. Few sizes, so that loops of any length share a handful of programs.
_CAPACITIES = (1024, 256, 64, 16, 4, 1)
# Stacked outputs of one call stay below this, so that recording a large network does not need its whole
# history at once.
_CHUNK_BYTES = 64 * 2**20
_CHUNK_SECONDS = 1.0


# Traced steps, by the fingerprint of the step and what else the trace depends on.
_programs: Recent[Program] = Recent(32)


def for_loop(step: Callable[..., Any], *xs: Any, length: int | None = None, pbar: Any = None) -> Any:
    """Run ``step`` once per entry of the inputs, as one compiled loop.

    Parameters
    ----------
    step : callable
        ``step(*x)`` is traced once, with the entries of one time step; it reads and writes States and returns
        what to record, in nested dicts, tuples and lists, or ``None``.
    *xs : array (time, ...), or nested dicts and tuples of them
        Inputs, one entry per step. Times on the grid ``start + i * dt`` are kept as integers and do not
        drift.
    length : int, optional
        Number of steps where there are no inputs.
    pbar : bool or callable, optional
        True shows a progress bar; a callable is called with the number of finished steps and the number of
        all steps.

    Returns
    -------
    array (time, ...), or nested
        The recorded values, stacked along a first axis of time.

    Raises
    ------
    ShapeError
        The inputs differ in length, or none and no ``length`` is given.
    TraceError
        The step branches on a traced value, or keeps one on an object.
    StateError
        A State changes its shape, dtype or structure from step to step.
    """
    trace = current_trace()
    signature, arrays = describe(xs, stacked=True)
    n_steps = _length(signature, length)
    if trace is not None:
        return _loop_in_trace(step, signature, arrays, n_steps, trace)
    loop = Loop(step, signature, arrays, n_steps)
    with reporter(pbar, n_steps) as report:
        chunks = []
        for chunk in loop.run():
            chunks.append(chunk.results)
            report(chunk.start + chunk.n, n_steps)
    return loop.dress(chunks)


@dataclass(frozen=True)
class Chunk:
    """Results of a run of steps: stacked arrays of the backend, without units."""

    start: int
    n: int
    results: Sequence[Any]


class Loop:
    """A top-level loop: one program, run in chunks, with the books kept here for every backend.

    Parameters
    ----------
    step, signature, arrays, n_steps
        The step, what it takes, the stacked inputs (arrays, or a range of steps), and the number of steps.
    """

    def __init__(self, step: Callable[..., Any], signature: Signature, arrays: Sequence[Any], n_steps: int) -> None:
        self.backend: Backend = active_backend()
        self.n_steps = n_steps
        self.arrays = arrays
        self.dtypes = [leaf.aval.dtype for leaf in signature.leaves]
        self.capacity = min(c for c in _CAPACITIES if c >= min(n_steps, _CAPACITIES[0]))
        self.program = self._find_program(step, signature)
        while self.capacity > 1 and self._chunk_bytes() > _CHUNK_BYTES:
            self.capacity = _CAPACITIES[_CAPACITIES.index(self.capacity) + 1]
            self.program = self._find_program(step, signature)

    def prepare(self) -> None:
        """Compile by running no step."""
        self.backend.synchronize(self.program.run(self.backend, [*self._window(0), np.int32(0)], donate=True))

    def run(self) -> Iterator[Chunk]:
        """Run all steps, chunk by chunk; States are consistent between chunks, also after an interrupt."""
        start, size = 0, self.capacity
        while start < self.n_steps:
            began = time.perf_counter()
            n = min(size, self.n_steps - start)
            outputs = self.program.run(self.backend, [*self._window(start), np.int32(n)], donate=True)
            kept = outputs if n == self.capacity else [self.backend.head(x, n) for x in outputs]
            yield Chunk(start, n, kept)
            start += n
            # The number of steps is free at run time: keep progress and Ctrl-C within a second or so.
            if time.perf_counter() - began > _CHUNK_SECONDS:
                size = max(1, size // 2)

    def dress(self, chunks: Sequence[Sequence[Any]]) -> Any:
        """Return the results of all chunks stacked, with units."""
        columns = list(zip(*chunks, strict=True))
        joined = [c[0] if len(c) == 1 else self.backend.concat(c) for c in columns]
        if not chunks:
            shapes = (
                [v.aval for v in self.program.graph.outputs[-len(self.program.units) :]] if self.program.units else []
            )
            joined = [self.backend.asarray(np.zeros((0, *a.shape[1:]), a.dtype), a.dtype) for a in shapes]
        return self.program.dress(joined)

    def _window(self, start: int) -> list[Any]:
        """Return the inputs of the steps from ``start`` on, as many as a program holds."""
        parts = [x[start : start + self.capacity] for x in self.arrays]
        return [self._filled(x, d) if len(x) < self.capacity else x for x, d in zip(parts, self.dtypes, strict=True)]

    def _filled(self, part: Any, dtype: str) -> Any:
        """Return an input with zeros for the steps that are not run, on the device and part of any gradient."""
        rest = np.zeros((self.capacity - len(part), *np.shape(part)[1:]), dtype)
        return self.backend.concat([self.backend.asarray(x, dtype) for x in (part, rest)])

    def _find_program(self, step: Callable[..., Any], signature: Signature) -> Program:
        """Return the program of an equal step traced before, or trace this one."""
        code = fingerprint(step)
        if code is None:
            return self._trace(step, signature)
        key = (code, signature, self.capacity, environment_key())
        program = _programs.get(key)
        if program is None or not program.valid():
            program = _programs.put(key, self._trace(step, signature))
        return program

    def _trace(self, step: Callable[..., Any], signature: Signature) -> Program:
        stacked = tuple(_stacked(leaf, self.capacity) for leaf in signature.leaves)
        count = Leaf(Aval((), "int32"), None)
        whole = Signature(("tuple", (signature.structure, tree.LEAF)), (*stacked, count))

        def body(xs: Any, n: Symbol) -> Any:
            leaves, _ = tree.flatten(xs)
            symbols = [units.split(x)[0] for x in leaves]
            trace = current_trace()
            assert trace is not None
            return emit_scan(step, signature, symbols, self.capacity, n, trace)

        return trace_program(body, whole)

    def _chunk_bytes(self) -> int:
        results = self.program.graph.outputs[len(self.program.graph.outputs) - len(self.program.units) :]
        return sum(math.prod(v.aval.shape) * np.dtype(v.aval.dtype).itemsize for v in results)


def emit_scan(
    step: Callable[..., Any],
    signature: Signature,
    xs: Sequence[Symbol],
    capacity: int,
    count: Symbol | None,
    trace: Trace,
) -> Any:
    """Record a loop over ``step`` as one scan node of ``trace`` and return its stacked results.

    ``xs`` hold ``capacity`` entries each, of which ``count`` are run, or all where that is ``None``.
    """
    body = Trace(parent=trace)
    symbols = [body.symbol(Aval(x.shape[1:], x.dtype)) for x in xs]
    with body.active():
        dressed = [leaf.dress(s) for leaf, s in zip(signature.leaves, symbols, strict=True)]
        result = call_step(step, tree.unflatten(signature.structure, dressed))
        advance_clocks(body)
        structure, outputs, out_units = lift_outputs(body, result)
        carried = {s: r for s, r in body.states.items() if r.written and _check_carry(s, r)}
        finals = [body.lift(x) for r in carried.values() for x in r.current]
    body.finished = True
    fixed = {s: r for s, r in body.states.items() if s not in carried}
    graph = body.graph(
        [
            *body.captured.values(),
            *(x.value for r in fixed.values() for x in r.inputs),
            *(x.value for r in carried.values() for x in r.inputs),
            *(s.value for s in symbols),
        ],
        [*finals, *outputs],
    )
    before = [*body.captured, *(trace.lift(x) for s in fixed for x in trace.states[s].current)]
    initial = [trace.lift(x) for s in carried for x in trace.states[s].current]
    attributes = {
        "body": graph,
        "n_const": len(before),
        "n_carry": len(initial),
        "capacity": capacity,
        "is_whole": count is None,
    }
    avals = [*(v.aval for v in finals), *(Aval((capacity, *v.aval.shape), v.aval.dtype) for v in outputs)]
    n = trace.lift(trace.constant(capacity, "int32") if count is None else count)
    results = trace.emit(op("scan"), [*before, *initial, *(trace.lift(x) for x in xs), n], attributes, avals)
    store_carry(trace, carried, results)
    return dress(structure, out_units, results[len(initial) :])


def _loop_in_trace(
    step: Callable[..., Any], signature: Signature, arrays: Sequence[Any], n_steps: int, trace: Trace
) -> Any:
    xs = [
        x if isinstance(x, Symbol) else trace.constant(x, leaf.aval.dtype)
        for x, leaf in zip(arrays, signature.leaves, strict=True)
    ]
    return emit_scan(step, signature, xs, n_steps, None, trace)


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


def _length(signature: Signature, length: int | None) -> int:
    lengths = {leaf.aval.shape[0] if leaf.aval.shape else None for leaf in signature.leaves}
    if length is not None:
        lengths.add(_integer(length))
    if None in lengths:
        msg = (
            "for_loop(step, *xs) is given an input without a time axis: the first axis of every input "
            "counts the steps. Bind constants with functools.partial(step, x)"
        )
        raise ShapeError(msg)
    if len(lengths) != 1:
        given = "no inputs and no length" if not lengths else f"lengths {sorted(n for n in lengths if n is not None)}"
        msg = (
            f"for_loop(step, *xs, length=...) is given {given}, expected one common number of steps, as in "
            "for_loop(step, times) or for_loop(step, length=1000)"
        )
        raise ShapeError(msg)
    (n,) = lengths
    assert n is not None
    if n < 0:
        msg = f"for_loop(step, length={n}): the number of steps cannot be negative"
        raise ShapeError(msg)
    return n


def _integer(length: Any) -> int:
    if isinstance(length, bool) or not hasattr(length, "__index__"):
        msg = f"for_loop(step, length={length!r}): expected a whole number of steps, such as length=1000"
        raise ShapeError(msg)
    return operator.index(length)


def _stacked(leaf: Leaf, capacity: int) -> Leaf:
    # The step sees the unit and the integer time; the program takes the bare stack.
    return Leaf(Aval((capacity, *leaf.aval.shape[1:]), leaf.aval.dtype), None)
