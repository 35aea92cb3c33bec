"""The time loop: trace a step once, run it many times in compiled chunks."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from isospike import tree, units
from isospike.backend import Backend
from isospike.errors import ShapeError, TraceError
from isospike.graph.aval import Aval
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace
from isospike.math import flip
from isospike.progress import reporter
from isospike.select import active_backend
from isospike.transform.arguments import Leaf, Signature, describe
from isospike.transform.cached import Recent, environment_key
from isospike.transform.debug import debugging
from isospike.transform.emit import Length, emit_scan
from isospike.transform.fingerprint import fingerprint
from isospike.transform.program import Program, trace_program
from isospike.transform.segments import Checkpoints

__all__ = ["Chunk", "Loop", "advance_of", "describe_loop", "run_loop"]

# Steps that one compiled call can hold. Few sizes, so that loops of any length share a handful of programs.
_CAPACITIES = (1024, 256, 64, 16, 4, 1)
# Stacked outputs of one call stay below this, so that recording a large network does not need its whole
# history at once.
_CHUNK_BYTES = 64 * 2**20
_CHUNK_SECONDS = 1.0


# Traced steps, by the fingerprint of the step and what else the trace depends on.
_programs: Recent[Program] = Recent(32)


@dataclass(frozen=True)
class Chunk:
    """Results of a run of steps: stacked arrays of the backend, without units."""

    start: int
    n: int
    results: Sequence[Any]


def run_loop(
    step: Callable[..., Any],
    xs: tuple[Any, ...],
    *,
    init: Any = None,
    has_carry: bool = False,
    length: int | None = None,
    reverse: bool = False,
    pbar: Any = None,
    checkpoints: Checkpoints | None = None,
) -> tuple[Any, Any]:
    """Run a step once per entry of its inputs and return the last carry and the stacked results.

    This is what `for_loop`, `scan` and their checkpointed forms have in common; see there.
    """
    trace = current_trace()
    if trace is not None:
        signature, symbols, n_steps = describe_loop(xs, length, trace)
        if reverse:
            symbols = [flip(x, axis=0) for x in symbols]
        advance = advance_of(step, has_carry)
        carry, results = emit_scan(advance, init, signature, symbols, Length(n_steps, None, checkpoints), trace)
    else:
        signature, arrays = describe(xs, stacked=True)
        n_steps = _length(signature, length)
        if reverse:
            arrays = [_flipped(x) for x in arrays]
        loop = Loop(step, signature, arrays, n_steps, init=init, has_carry=has_carry, checkpoints=checkpoints)
        chunks = []
        with reporter(pbar, n_steps) as report:
            for chunk in loop.run():
                chunks.append(chunk.results)
                report(chunk.start + chunk.n, n_steps)
        carry, results = loop.dress(chunks)
    return carry, tree.map_leaves(lambda x: flip(x, axis=0), results) if reverse else results


def describe_loop(xs: Any, length: int | None, trace: Trace) -> tuple[Signature, list[Symbol], int]:
    """Return what a step of a loop inside a trace takes, the stacked inputs, and the number of steps."""
    signature, arrays = describe(xs, stacked=True)
    n_steps = _length(signature, length)
    symbols = [
        x if isinstance(x, Symbol) else trace.constant(x, leaf.aval.dtype)
        for x, leaf in zip(arrays, signature.leaves, strict=True)
    ]
    return signature, symbols, n_steps


class Loop:
    """A top-level loop: one program, run in chunks, with the books kept here for every backend.

    Parameters
    ----------
    step, signature, arrays, n_steps
        The step, what it takes, the stacked inputs (arrays, or a range of steps), and the number of steps.
    init : array or quantity, or nested
        First carry of a step that has one.
    has_carry : bool
        Whether the step takes a carry first, and returns the next one and its results as a pair.
    checkpoints : Checkpoints, optional
        What a gradient of the loop computes again.
    """

    def __init__(
        self,
        step: Callable[..., Any],
        signature: Signature,
        arrays: Sequence[Any],
        n_steps: int,
        *,
        init: Any = None,
        has_carry: bool = False,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.backend: Backend = active_backend()
        self.n_steps = n_steps
        self.arrays = arrays
        self.dtypes = [leaf.aval.dtype for leaf in signature.leaves]
        self.has_carry, self.checkpoints = has_carry, checkpoints
        self.first, carry = describe(init, times=False)
        self.carry: Sequence[Any] = carry
        self.capacity = 1 if debugging() else min(c for c in _CAPACITIES if c >= min(n_steps, _CAPACITIES[0]))
        self._trace_at = partial(self._trace, step, signature)
        self.program = self._find_program(step, signature)
        while self.capacity > 1 and self._chunk_bytes() > _CHUNK_BYTES:
            self.capacity = _CAPACITIES[_CAPACITIES.index(self.capacity) + 1]
            self.program = self._find_program(step, signature)

    def prepare(self) -> None:
        """Compile by running no step."""
        inputs = [*self.carry, *self._window(0), np.int32(0)]
        self.backend.synchronize(self.program.run(self.backend, inputs, donate=True))

    def run(self) -> Iterator[Chunk]:
        """Run all steps, chunk by chunk; States are consistent between chunks, also after an interrupt."""
        start, size, n_carry = 0, self.capacity, len(self.carry)
        while start < self.n_steps:
            began = time.perf_counter()
            n = min(size, self.n_steps - start)
            if debugging() and start:
                self.program = self._trace_at(start)
            inputs = [*self.carry, *self._window(start), np.int32(n)]
            outputs = self.program.run(self.backend, inputs, donate=True)
            self.carry, stacks = outputs[:n_carry], outputs[n_carry:]
            yield Chunk(start, n, stacks if n == self.capacity else [self.backend.head(x, n) for x in stacks])
            start += n
            # The number of steps is free at run time: keep progress and Ctrl-C within a second or so.
            if time.perf_counter() - began > _CHUNK_SECONDS:
                size = max(1, size // 2)

    def dress(self, chunks: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
        """Return the carry, and the results of all chunks stacked, with units."""
        columns = list(zip(*chunks, strict=True))
        joined = [c[0] if len(c) == 1 else self.backend.concat(c) for c in columns]
        carry = [self.backend.asarray(x, v.dtype) for x, v in zip(self.carry, self._outputs(), strict=False)]
        if not chunks:
            shapes = self._outputs()[len(carry) :]
            joined = [self.backend.asarray(np.zeros((0, *a.shape[1:]), a.dtype), a.dtype) for a in shapes]
        dressed: tuple[Any, Any] = self.program.dress([*carry, *joined])
        return dressed

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
        code = None if debugging() else fingerprint(step)
        if code is None:
            return self._trace_at(0)
        key = (code, self.has_carry, self.checkpoints, self.first, signature, self.capacity, environment_key())
        program = _programs.get(key)
        if program is None or not program.valid():
            program = _programs.put(key, self._trace_at(0))
        return program

    def _trace(self, step: Callable[..., Any], signature: Signature, start: int) -> Program:
        stacked = tuple(_stacked(leaf, self.capacity) for leaf in signature.leaves)
        whole = Signature(
            ("tuple", (self.first.structure, signature.structure, tree.LEAF)),
            (*self.first.leaves, *stacked, Leaf(Aval((), "int32"), None)),
        )

        def body(init: Any, xs: Any, n: Symbol) -> Any:
            symbols = [units.split(x)[0] for x in tree.flatten(xs)[0]]
            trace = current_trace()
            assert trace is not None
            length = Length(self.capacity, n, self.checkpoints)
            return emit_scan(advance_of(step, self.has_carry), init, signature, symbols, length, trace)

        return trace_program(body, whole, [*self.carry, *self._window(start), np.int32(1)])

    def _outputs(self) -> list[Aval]:
        """Return what the program returns beside States: carry and stacks."""
        outputs = self.program.graph.outputs
        return [v.aval for v in outputs[len(outputs) - len(self.program.units) :]]

    def _chunk_bytes(self) -> int:
        stacks = self._outputs()[len(self.carry) :]
        return sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in stacks)


def advance_of(step: Callable[..., Any], has_carry: bool = False) -> Callable[..., tuple[Any, Any]]:
    """Return a step in the form that takes a carry and returns the next one and its results."""
    if not has_carry:
        return lambda carry, *x: (None, step(*x))

    def advance(carry: Any, *x: Any) -> tuple[Any, Any]:
        returned = step(carry, *x)
        if not isinstance(returned, tuple) or len(returned) != 2:
            msg = (
                f"the step of scan returns {type(returned).__name__}, expected a pair: return carry, result, or "
                "return carry, None"
            )
            raise TraceError(msg)
        return returned

    return advance


def _flipped(stack: Any) -> Any:
    return stack[::-1] if isinstance(stack, range) else flip(stack, axis=0)


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
