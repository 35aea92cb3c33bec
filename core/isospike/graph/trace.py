"""The tracer: runs a Python step once with symbols and records what it does.

A trace is a graph under construction. Traces nest: the body of a loop is a trace inside the trace that holds
the loop, and a symbol of an outer trace that is used in an inner one is lifted to a captured input of it.
Host values (NumPy arrays, Python numbers, plain parameters) stay on the host in float64 for as long as they
meet only each other, and become inputs of the root trace when they meet a symbol: a graph holds no literal,
so that a sweep over a parameter compiles once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from isospike import environ
from isospike.errors import IsospikeError, LeakedSymbolError, TraceError
from isospike.graph.aval import Aval, host_kind, require_fits
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import Op, floating, op
from isospike.graph.symbol import Symbol
from isospike.namespace import full_precision, is_foreign, namespace, needs_gradient, to_host

if TYPE_CHECKING:
    from isospike.state import State, StateRecord
    from isospike.transform.debug import Known

__all__ = [
    "Trace",
    "apply",
    "close",
    "current_trace",
    "differentiating",
    "evaluator",
    "module_scope",
    "outside",
    "raw",
    "tracing",
    "where_am_i",
]

_CURRENT: ContextVar[Trace | None] = ContextVar("isospike_trace", default=None)
_MODULE: ContextVar[str] = ContextVar("isospike_module", default="")
_CORE = str(Path(__file__).parents[1])
_FOREIGN = ("/saiunit/", "/brainunit/", "/contextlib.py")


class Trace:
    """A graph under construction.

    Parameters
    ----------
    parent : Trace, optional
        The enclosing trace; ``None`` for the root.
    repeats : bool
        Whether what is traced runs for many values: then none of them is known, even where the parent's are.
    """

    def __init__(self, parent: Trace | None = None, *, repeats: bool = False) -> None:
        self.parent = parent
        # What values are, while somebody debugs.
        self.known: Known | None = None if parent is None or repeats else parent.known
        self.nodes: list[Node] = []
        self.states: dict[State, StateRecord] = {}
        # Inputs in the order of their making: captured values of the parent, or (root only) host constants.
        self.captured: dict[Value, Value] = {}
        self.constants: dict[Any, Value] = {}
        self.hosts: dict[Value, Any] = {}
        self.clocks: dict[State, None] = {}
        self.draws: dict[str, int] = {}
        # To be called before each run of the program (root only), by what they check.
        self.checks: dict[Any, Callable[[], None]] = {}
        self.finished = False
        self.is_differentiated = False
        self._outer: dict[Value, Value] = {}
        self._folded: dict[Any, Any] = {}
        self._alive: list[Any] = []

    @property
    def root(self) -> Trace:
        """The outermost trace."""
        return self if self.parent is None else self.parent.root

    def symbol(self, aval: Aval) -> Symbol:
        """Return a new symbol, to be an input of this trace's graph."""
        return Symbol(self, Value(aval))

    def emit(
        self, operation: Op, inputs: Sequence[Value], attributes: Mapping[str, Any], avals: Sequence[Aval]
    ) -> list[Symbol]:
        """Append a node and return its outputs."""
        outputs = tuple(Value(a) for a in avals)
        node = Node(operation, tuple(inputs), attributes, outputs, _origin())
        self.nodes.append(node)
        if self.known is not None:
            self.known.learn(node)
        return [Symbol(self, v) for v in outputs]

    def lift(self, symbol: Symbol) -> Value:
        """Return the value that ``symbol`` has in this trace, capturing it from an enclosing one where needed."""
        if symbol.trace is self:
            return symbol.value
        if self.parent is None or symbol.trace.finished:
            raise _leaked(symbol)
        outer = self.parent.lift(symbol)
        if outer not in self.captured:
            self.captured[outer] = Value(outer.aval)
            self._outer[self.captured[outer]] = outer
            self.reveal(self.captured[outer], self.parent.data_of(outer))
        return self.captured[outer]

    def reveal(self, value: Value, array: Any) -> None:
        """Say what a value of this trace is, for somebody who debugs; nothing where it is ``None``."""
        if self.known is not None and array is not None:
            self.known.put(value, array)

    def data_of(self, value: Value) -> np.ndarray | None:
        """Return what a value of this trace is, if that is known."""
        return None if self.known is None else self.known.get(value)

    def host_value(self, value: Value) -> Any:
        """Return the host constant behind a value of this trace, or ``None`` where it is computed."""
        if self.parent is None:
            return self.hosts.get(value)
        return self.parent.host_value(self._outer[value]) if value in self._outer else None

    def constant(self, value: Any, dtype: str) -> Symbol:
        """Return the symbol of a host constant: an input of the root trace, shared by equal literals."""
        root = self.root
        key = (_identity(value), dtype)
        if key not in root.constants:
            _require_constant(value)
            require_fits(value, dtype, f"a constant{where_am_i()}")
            root._alive.append(value)
            root.constants[key] = Value(Aval(tuple(np.shape(value)), dtype))
            root.hosts[root.constants[key]] = to_host(value) if is_foreign(value) else value
            root.reveal(root.constants[key], value)
        return Symbol(root, root.constants[key])

    def fold(self, operation: Op, arguments: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
        """Evaluate an operation on host values, once per trace for the same operands."""
        root = self.root
        key = (operation.name, tuple(map(_identity, arguments)), tuple(sorted(attributes.items())))
        if key not in root._folded:
            for argument in arguments:
                _require_constant(argument)
            root._folded[key] = evaluate_host(operation, arguments, attributes)
            root._alive.extend(arguments)
        return root._folded[key]

    def graph(self, inputs: Sequence[Value], outputs: Sequence[Value]) -> Graph:
        """Return the finished graph over the given inputs and outputs."""
        return Graph(tuple(inputs), tuple(self.nodes), tuple(outputs))

    @contextmanager
    def active(self) -> Iterator[Trace]:
        """Make this the trace that operations are recorded in; symbols are dead once it is finished by its owner."""
        token = _CURRENT.set(self)
        try:
            yield self
        finally:
            _CURRENT.reset(token)


def current_trace() -> Trace | None:
    """Return the trace in progress in this thread, if any."""
    return _CURRENT.get()


def tracing() -> bool:
    """Say whether a trace is in progress in this thread."""
    return _CURRENT.get() is not None


@contextmanager
def outside() -> Iterator[None]:
    """Compute values at once, as outside of any trace."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def differentiating() -> bool:
    """Say whether what is being traced is a function whose gradient is asked for."""
    trace = _CURRENT.get()
    while trace is not None and not trace.is_differentiated:
        trace = trace.parent
    return trace is not None


@contextmanager
def module_scope(path: str) -> Iterator[None]:
    """Name the module whose code runs, for the origin of nodes and of errors."""
    token = _MODULE.set(path)
    try:
        yield
    except IsospikeError as error:
        error.module = error.module or path
        raise
    finally:
        _MODULE.reset(token)


def apply(operation: Op, *arguments: Any, **attributes: Any) -> Any:
    """Apply an operation to symbols, host values or concrete arrays of one library.

    Returns
    -------
    Symbol, array or number
        A symbol if any argument is one, otherwise the computed value.
    """
    trace = _CURRENT.get()
    if not any(isinstance(a, Symbol) for a in arguments):
        if trace is not None:
            return trace.fold(operation, arguments, attributes)
        with full_precision(*arguments):
            return _evaluated(operation, _concrete(arguments), attributes)
    if trace is None:
        raise _leaked(next(a for a in arguments if isinstance(a, Symbol)))
    inputs = [trace.lift(s) for s in _cast(operation, trace, arguments)]
    aval = operation.infer(*(v.aval for v in inputs), **attributes)
    return trace.emit(operation, inputs, attributes, [aval])[0]  # type: ignore[list-item]


def evaluate_host(operation: Op, arguments: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    """Evaluate an operation with NumPy, floating values in float64."""
    arrays = [to_host(a) for a in arguments]
    arrays = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    if operation.cast is floating:
        arrays = [a.astype(np.float64) for a in arrays]
    with np.errstate(all="ignore"):
        return _evaluated(operation, arrays, attributes)


def _evaluated(operation: Op, arrays: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    """Evaluate an operation on arrays of one library, in the numerics in force."""
    if environ.get("numerics") == "exact":
        from isospike.graph.exact.concrete import evaluate  # its forms are written with the operations of this file

        return evaluate(operation, arrays, attributes)
    return evaluator(operation)(namespace(*arrays), *arrays, **attributes)


def evaluator(operation: Op) -> Callable[..., Any]:
    """Return the operation's evaluation; a structured operation such as ``scan`` has none of its own."""
    assert operation.evaluate is not None, f"{operation.name} is lowered by backends only"
    return operation.evaluate


def where_am_i() -> str:
    """Return `` in N at lif.py:42`` for error messages: the module and the line of the user's code that runs now."""
    return f" in {_origin()}"


def close(function: Callable[..., Any], avals: Sequence[Aval]) -> tuple[Graph, list[Symbol]]:
    """Trace ``function`` on its own and return its graph and the symbols that it captured.

    The graph's inputs are the arguments followed by the captured values; it must be called inside a trace.
    """
    trace = Trace(parent=current_trace() or Trace())
    arguments = [trace.symbol(a) for a in avals]
    with trace.active():
        result = function(*arguments)
        output = trace.lift(result if isinstance(result, Symbol) else trace.constant(result, avals[0].dtype))
    trace.finished = True
    parent = trace.parent
    assert parent is not None
    graph = trace.graph([*(a.value for a in arguments), *trace.captured.values()], [output])
    return graph, [Symbol(parent, outer) for outer in trace.captured]


class _Raw:
    """The operations by name, without units: ``raw.add(x, y)``."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        operation = op(name)
        return lambda *arguments, **attributes: apply(operation, *arguments, **attributes)


raw = _Raw()


def _cast(operation: Op, trace: Trace, arguments: Sequence[Any]) -> list[Symbol]:
    dtypes = [a.value.aval.dtype if isinstance(a, Symbol) else None for a in arguments]
    kinds = [None if isinstance(a, Symbol) else host_kind(a) for a in arguments]
    targets = operation.cast(dtypes, kinds)
    return [_as_symbol(trace, a, t) for a, t in zip(arguments, targets, strict=True)]


def _as_symbol(trace: Trace, argument: Any, dtype: str) -> Symbol:
    if not isinstance(argument, Symbol):
        return trace.constant(argument, dtype)
    if argument.value.aval.dtype == dtype:
        return argument
    symbol: Symbol = apply(op("astype"), argument, to=dtype)
    return symbol


def _concrete(arguments: Sequence[Any]) -> list[Any]:
    """Python numbers become arrays of NumPy only where nothing else is among them: beside an array they are weak.

    A boolean is a condition, which not every library takes as a Python value.
    """
    if all(isinstance(a, (bool, int, float, np.generic)) for a in arguments):
        is_weak = any(isinstance(a, np.generic) for a in arguments)
        return [a if is_weak and type(a) in (int, float) else np.asarray(a) for a in arguments]
    xp = namespace(*arguments)
    return [xp.asarray(a) if isinstance(a, (bool, np.bool_)) else a for a in arguments]


def _identity(value: Any) -> Any:
    # Literals are equal by value; arrays and results of folding by object, so that two parameters that happen
    # to be equal stay two inputs and a sweep through the coincidence compiles nothing new.
    if type(value) is float:
        return ("float", value.hex())  # -0.0 is another number than 0.0, and nan the same as nan
    return (type(value).__name__, value) if type(value) in (bool, int) else id(value)


def _require_constant(value: Any) -> None:
    if needs_gradient(value):
        msg = (
            f"a tensor that needs a gradient is used{where_am_i()} without being an argument of the step, so that "
            "the gradient would be lost: pass it as an argument, or hold it in an iso.ParamState"
        )
        raise TraceError(msg)


def _origin() -> Origin:
    frame = sys._getframe(2)
    while frame.f_back is not None and not is_user_code(frame.f_code.co_filename):
        frame = frame.f_back
    return Origin(_MODULE.get(), frame.f_code.co_filename, frame.f_lineno)


def is_user_code(file: str) -> bool:
    return not file.startswith(_CORE) and not any(part in file for part in _FOREIGN)


def _leaked(symbol: Symbol) -> LeakedSymbolError:
    msg = (
        f"a traced value ({symbol.value.aval}) is used outside the step that made it{where_am_i()}: a "
        "step may keep values from one call to the next only in a State. Write self.x = "
        "iso.ShortTermState(...) in init_state and self.x.value = ... in the step"
    )
    return LeakedSymbolError(msg)
