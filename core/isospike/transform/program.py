"""A program: one traced function, its constants, the States that it reads and writes, and its results."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from isospike import environ, tree, units
from isospike.backend import Backend, Choice, choice_of
from isospike.errors import IsospikeError, TraceError
from isospike.graph.aval import host_kind, promote
from isospike.graph.ir import Graph, Value
from isospike.graph.passes import optimise
from isospike.graph.passes.rewrite import Constants
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace
from isospike.interrupt import interrupts_held
from isospike.namespace import is_array, to_host
from isospike.state import State, StateRecord, StateSpec
from isospike.transform.arguments import Signature, dress
from isospike.transform.compiling import compile_graph, count_trace
from isospike.transform.debug import Known, debugging
from isospike.transform.selftest import Function, functions_of, require_exact

__all__ = ["Program", "lift_outputs", "trace_program"]


@dataclass(eq=False)
class Program:
    """A closed graph with what to feed it and where its outputs go.

    The inputs of the graph are the constants, the leaves of the States that it reads, and the arguments, in
    this order; its outputs are the leaves of the States that it writes, and the results.
    """

    graph: Graph
    constants: list[Any]
    reads: list[tuple[State, StateSpec]]
    writes: list[tuple[State, StateSpec]]
    structure: Any
    units: tuple[Any, ...]
    # What a backend has to compute exactly; nothing in fast numerics.
    exact: frozenset[Function] = frozenset()
    # Called before each run.
    checks: tuple[Callable[[], None], ...] = ()

    def __post_init__(self) -> None:
        self._bound: dict[Backend, list[Any]] = {}
        self._last: Choice | None = None
        inputs = {s: i for s, i in zip((s for s, _ in self.reads), self._first_leaves(), strict=True)}
        self._donated = frozenset(
            i for s, spec in self.writes if s in inputs for i in range(inputs[s], inputs[s] + len(spec.avals))
        )

    def valid(self) -> bool:
        """Say whether the States still hold what they held when the function was traced."""
        return all(state.spec == spec for state, spec in self.reads)

    def run(self, backend: Backend, arguments: Sequence[Any], *, donate: bool = False) -> list[Any]:
        """Run once on a backend, update the States and return the bare results.

        With ``donate`` the buffers of the States that are written are given up, those that nobody else holds as
        they are, the others as copies.
        """
        donated = self._donated if donate and backend.donates else frozenset()
        for check in self.checks:
            check()
        compiled = compile_graph(backend, self.graph, donated)
        held = self._held(backend, own=bool(donated))
        values = self.graph.inputs[len(self.constants) + len(held) :]
        given = [backend.asarray(x, v.aval.dtype) for x, v in zip(arguments, values, strict=True)]
        inputs = [*self._constants(backend), *held, *given]
        self._last = choice_of(backend, compiled, inputs)
        require_exact(backend, self.exact, self._last.engine)
        if not donated:
            return self._store(compiled(inputs), shared=True)
        # The old buffers are gone once the call begins: an interrupt must not come between it and the new ones.
        with interrupts_held():
            return self._store(compiled(inputs), shared=False)

    def choice(self, backend: Backend) -> Choice:
        """Return the engine that the last run took, and why."""
        return self._last or Choice(backend.engine)

    def _held(self, backend: Backend, *, own: bool) -> list[Any]:
        """Return the arrays of the States that are read; with ``own``, copies of those that others may hold."""
        written = {s for s, _ in self.writes}
        held = []
        for state, spec in self.reads:
            arrays = [backend.asarray(x, a.dtype) for x, a in zip(state.leaves, spec.avals, strict=True)]
            held += [backend.copy(x) for x in arrays] if own and state.shared and state in written else arrays
        return held

    def _store(self, outputs: Sequence[Any], *, shared: bool) -> list[Any]:
        position = 0
        for state, spec in self.writes:
            state.store(spec, list(outputs[position : position + len(spec.avals)]), shared=shared)
            position += len(spec.avals)
        return list(outputs[position:])

    def dress(self, results: Sequence[Any]) -> Any:
        """Return results in their structure, with units."""
        return dress(self.structure, self.units, results)

    def _constants(self, backend: Backend) -> list[Any]:
        if backend not in self._bound:
            dtypes = [v.aval.dtype for v in self.graph.inputs[: len(self.constants)]]
            rounded = [to_host(c).astype(d) for c, d in zip(self.constants, dtypes, strict=True)]
            self._bound[backend] = [backend.asarray(c, d) for c, d in zip(rounded, dtypes, strict=True)]
        return self._bound[backend]

    def _first_leaves(self) -> list[int]:
        positions, position = [], len(self.constants)
        for _, spec in self.reads:
            positions.append(position)
            position += len(spec.avals)
        return positions


def trace_program(function: Callable[..., Any], signature: Signature, arrays: Sequence[Any]) -> Program:
    """Trace ``function`` with symbols in place of its arguments and return the optimised program.

    The function is called with one positional argument per item of the signature's (tuple) structure. The arrays, of
    which the program does not depend, are for somebody who debugs.
    """
    count_trace()
    trace = Trace()
    trace.known = Known() if debugging() else None
    try:
        with trace.active():
            pairs = [leaf.symbol(trace, x) for leaf, x in zip(signature.leaves, arrays, strict=True)]
            result = call_step(function, tree.unflatten(signature.structure, [p[1] for p in pairs]))
            advance_clocks(trace)
            structure, outputs, out_units = lift_outputs(trace, result)
            writes = [(s, r) for s, r in trace.states.items() if r.written]
            written = [trace.lift(x) for _, r in writes for x in r.current]
        return _finish(trace, [p[0].value for p in pairs], writes, written, (structure, outputs, out_units))
    finally:
        trace.finished = True


def call_step(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Call a step, explaining the errors of foreign functions that were handed a symbol."""
    try:
        return function(*arguments)
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, IsospikeError) or not ("Symbol" in str(error) or _is_foreign(error)):
            raise
        line = _user_line(error)
        msg = (
            f"{line} calls a function that does not know traced arrays ({error}). Write it with "
            "isospike.math, as in iso.math.exp(x) in place of np.exp(x), jnp.exp(x) or u.math.exp(x)"
        )
        raise TraceError(msg) from error


def _is_foreign(error: BaseException) -> bool:
    """Say whether an error was raised inside an array or unit library."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    file = "" if frame is None else frame.tb_frame.f_code.co_filename
    libraries = (sys.modules.get(name) for name in ("saiunit", "brainunit", "jax", "numpy", "torch"))
    return any(file.startswith(os.path.dirname(m.__file__) + os.sep) for m in libraries if m and m.__file__)


def advance_clocks(trace: Trace) -> None:
    """Count one step on the clock of every network whose modules ran in this trace."""
    for clock in list(trace.clocks):
        clock.advance()  # type: ignore[attr-defined]


def lift_outputs(trace: Trace, result: Any) -> tuple[Any, list[Value], tuple[Any, ...]]:
    """Return structure, graph values and units of what a step returned; host values become constants."""
    leaves, structure = tree.flatten(result)
    values, leaf_units = [], []
    for leaf in leaves:
        mantissa, unit = units.split(leaf)
        if not isinstance(mantissa, Symbol):
            if not is_array(mantissa):
                msg = (
                    f"a traced step returns {leaf!r} of type {type(leaf).__name__}: return arrays, "
                    "quantities, or dicts and tuples of these"
                )
                raise TraceError(msg)
            mantissa = trace.constant(mantissa, promote([], [host_kind(mantissa)]))
        values.append(trace.lift(mantissa))
        leaf_units.append(unit)
    return structure, values, tuple(leaf_units)


def _finish(
    trace: Trace,
    arguments: list[Value],
    writes: list[tuple[State, StateRecord]],
    written: list[Value],
    results: tuple[Any, list[Value], Any],
) -> Program:
    structure, outputs, out_units = results
    hosts: Constants = dict(trace.hosts)
    state_inputs = {s: [x.value for x in r.inputs] for s, r in trace.states.items()}
    inputs = [*trace.hosts, *(v for values in state_inputs.values() for v in values), *arguments]
    graph, numerics = Graph(tuple(inputs), tuple(trace.nodes), (*written, *outputs)), environ.get("numerics")
    exact = functions_of(graph) if numerics == "exact" else frozenset()
    graph = optimise(graph, hosts, numerics=numerics)
    used = {v for node in graph.nodes for v in node.inputs} | set(graph.outputs)
    constants = [v for v in graph.inputs if v in hosts and v in used]
    writing = {s for s, _ in writes}
    reads = [
        (s, r.spec)
        for s, r in trace.states.items()
        if s in writing or not state_inputs[s] or used.intersection(state_inputs[s])
    ]
    kept = [v for s, _ in reads for v in state_inputs[s]]
    graph = Graph((*constants, *kept, *arguments), graph.nodes, graph.outputs)
    return Program(
        graph,
        [hosts[v] for v in constants],
        reads,
        [(s, r.now) for s, r in writes],
        structure,
        out_units,
        exact,
        tuple(trace.checks.values()),
    )


def _user_line(error: BaseException) -> str:
    from isospike.graph.trace import is_user_code

    traceback, found = error.__traceback__, "the step"
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_user_code(code.co_filename) and "site-packages" not in code.co_filename:
            found = f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
