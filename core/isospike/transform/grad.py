"""Gradients of a loss with respect to States and arguments, with units, on every backend that claims them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from isospike import environ, tree, units
from isospike.errors import ParameterError, ShapeError, StateError, TraceError
from isospike.graph.aval import is_floating
from isospike.graph.ir import Graph, Value
from isospike.graph.op import op
from isospike.graph.passes.rewrite import bodies
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace, where_am_i
from isospike.namespace import is_foreign
from isospike.state import State, StateRecord, enter_trace
from isospike.transform.arguments import dress
from isospike.transform.cached import Recent, run_cached
from isospike.transform.emit import store_carry
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, lift_outputs

__all__ = ["grad", "value_and_grad"]

_programs: Recent[Program] = Recent(64)


def grad(
    function: Callable[..., Any],
    grad_states: Any = None,
    argnums: int | Sequence[int] | None = None,
    *,
    has_aux: bool = False,
    return_value: bool = False,
) -> Callable[..., Any]:
    """Return a function that computes the gradient of a loss.

    Parameters
    ----------
    function : callable
        Returns the loss, one floating number, with or without a unit; with ``has_aux`` a pair of the loss and
        anything else. It may read and write States and run loops; the spikes in it have the derivative of their
        surrogate.
    grad_states : State, or nested dicts, tuples and lists of them, optional
        What to differentiate with respect to, such as ``model.states(iso.ParamState)``.
    argnums : int or sequence of int, optional
        Positional arguments to differentiate with respect to; the first one where neither these nor States are
        given.
    has_aux : bool
        Whether the function returns more than the loss.
    return_value : bool
        Whether to return the loss, too.

    Returns
    -------
    callable
        Takes the arguments of ``function`` and returns the gradients: those of the States in the structure of
        ``grad_states``, those of arguments as ``argnums`` names them, a pair of both where both are given. With
        ``return_value`` or ``has_aux``, a tuple of the gradients, the loss and what else was returned. A gradient has
        the unit of the loss divided by that of its variable; it is 0 where the loss does not depend on it.

    Raises
    ------
    ShapeError
        The loss is not a single floating number.
    StateError
        A State to differentiate with respect to is not a floating one.
    ParameterError
        ``grad_states`` holds something else than States, or ``argnums`` a position without an argument.
    BackendError
        The backend does not claim gradients.

    Examples
    --------
    ``iso.transform.grad(loss, model.states(iso.ParamState))(inputs, targets)`` gives a dict from path to gradient.
    """
    both = value_and_grad(function, grad_states, argnums, has_aux=has_aux)

    @functools.wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, gradients = both(*args, **kwargs)
        loss, rest = value if has_aux else (value, None)
        extra = (loss,) * return_value + (rest,) * has_aux
        return (gradients, *extra) if extra else gradients

    return gradient


def value_and_grad(
    function: Callable[..., Any],
    grad_states: Any = None,
    argnums: int | Sequence[int] | None = None,
    *,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """Return a function that computes a loss and its gradient, as a pair; see `grad`.

    With ``has_aux`` the first of the pair is what ``function`` returns: a pair of the loss and the rest.
    """
    goal = _Goal(function, grad_states, argnums, has_aux)

    @functools.wraps(function)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        trace = current_trace()
        if trace is not None:
            return _Derivative(goal, trace, args).record(kwargs)
        return run_cached(_programs, goal.key, lambda given: differentiated(*given[0], **given[1]), (args, kwargs))

    return differentiated


class _Goal:
    """What is differentiated, and with respect to what."""

    def __init__(self, function: Callable[..., Any], grad_states: Any, argnums: Any, has_aux: bool) -> None:
        self.function, self.has_aux = function, has_aux
        self.states, self.structure = tree.flatten(grad_states)
        for state in self.states:
            if not isinstance(state, State):
                msg = (
                    f"grad(grad_states=...) holds {state!r} of type {type(state).__name__}, expected States: write "
                    "grad(loss, model.states(iso.ParamState)), or name arguments with argnums=0"
                )
                raise ParameterError(msg)
        self.argnums = 0 if argnums is None and grad_states is None else argnums
        self.positions = () if self.argnums is None else _tuple(self.argnums)

    @property
    def key(self) -> Any:
        """What a trace of it depends on; derived anew for each call, as the function may have changed."""
        return token((self.function, self.states)), self.structure, self.argnums, self.has_aux

    def shaped(self, of_states: list[Any], of_arguments: list[Any]) -> Any:
        """Return gradients as they were asked for."""
        arguments = of_arguments[0] if isinstance(self.argnums, int) else tuple(of_arguments)
        if self.structure is None:
            return arguments
        states = tree.unflatten(self.structure, of_states)
        return (states, arguments) if self.positions else states


class _Derivative:
    """The function as the body of one vjp node of a trace.

    The points of the node are the leaves of the States, then those of the arguments.
    """

    def __init__(self, goal: _Goal, trace: Trace, args: tuple[Any, ...]) -> None:
        self.goal, self.trace, self.body = goal, trace, Trace(parent=trace)
        self.body.is_differentiated = True
        chosen = [_argument(args, i) for i in goal.positions]
        self.leaves, self.structure = tree.flatten(chosen)
        self.outer = [_floating(trace, x) for x in self.leaves]
        self.inner = [self.body.symbol(x.value.aval) for x in self.outer]
        for inner, outer in zip(self.inner, self.outer, strict=True):
            self.body.reveal(inner.value, outer.data)
        inside = [units.quantity(i, units.split(x)[1]) for i, x in zip(self.inner, self.leaves, strict=True)]
        given = dict(zip(goal.positions, tree.unflatten(self.structure, inside), strict=True))
        self.args = [given.get(i, x) for i, x in enumerate(args)]

    def record(self, kwargs: dict[str, Any]) -> Any:
        """Write the node and return the value of the function and the gradients."""
        body, states = self.body, self.goal.states
        with body.active():
            records = [_entered(state, body) for state in states]
            result = self.goal.function(*self.args, **kwargs)
            structure, outputs, out_units = lift_outputs(body, result)
            _check_loss(result[0] if self.goal.has_aux else result, outputs[:1])
            written = {s: r for s, r in body.states.items() if r.written}
            finals = [body.lift(x) for r in written.values() for x in r.current]
        body.finished = True
        self.trace.clocks.update(body.clocks)
        results = self._node([*outputs, *finals])
        n_results, n_points = len(outputs) + len(finals), len(results) - len(outputs) - len(finals)
        store_carry(self.trace, written, results[len(outputs) : n_results])
        point_units = [*(u for r in records for u in r.spec.units), *(units.split(x)[1] for x in self.leaves)]
        bare = results[len(results) - n_points :]
        slopes = iter([units.quantity(g, _ratio(out_units[0], u)) for g, u in zip(bare, point_units, strict=True)])
        of_states = [tree.unflatten(r.spec.structure, [next(slopes) for _ in r.inputs]) for r in records]
        of_arguments = tree.unflatten(self.structure, slopes)
        return dress(structure, out_units, results[: len(outputs)]), self.goal.shaped(of_states, of_arguments)

    def _node(self, outputs: list[Value]) -> list[Symbol]:
        body, trace, states = self.body, self.trace, self.goal.states
        fixed = [s for s in body.states if s not in states]
        inside = [x.value for s in (*fixed, *states) for x in body.states[s].inputs]
        outside = [trace.lift(x) for s in (*fixed, *states) for x in trace.states[s].current]
        graph = body.graph([*body.captured.values(), *inside, *(x.value for x in self.inner)], outputs)
        operands = [*body.captured, *outside, *(trace.lift(x) for x in self.outer)]
        _require_differentiable(graph)
        n_points = len(self.inner) + sum(len(body.states[s].inputs) for s in states)
        n_const = len(operands) - n_points
        one = trace.lift(trace.constant(1.0, outputs[0].aval.dtype))
        avals = [v.aval for v in (*outputs, *operands[n_const:])]
        return trace.emit(op("vjp"), [*operands, one], {"body": graph, "n_const": n_const, "n_pulled": 1}, avals)


def _require_differentiable(graph: Graph) -> None:
    for node in graph.nodes:
        if node.op.name == "while_loop":
            msg = (
                f"the while_loop of {node.origin} has no gradient, as nobody knows how often it runs: write "
                "iso.transform.scan(step, init, length=n), with iso.math.where(done, carry, new) for what stops earlier"
            )
            raise TraceError(msg)
        for body in bodies(node).values():
            _require_differentiable(body)


def _entered(state: State, body: Trace) -> StateRecord:
    record = enter_trace(state, body)
    if not record.spec.avals or not all(is_floating(a.dtype) for a in record.spec.avals):
        msg = (
            f"grad(grad_states=...) holds the State {state.name!r}, which is {record.spec}, expected floating values: "
            "make it an iso.ParamState, and initialise it with iso.init_all_states"
        )
        raise StateError(msg)
    return record


def _argument(args: tuple[Any, ...], position: int) -> Any:
    if position >= len(args):
        msg = (
            f"grad(argnums={position}): the function is called with {len(args)} positional arguments. Pass what is "
            "differentiated by position, or name States with grad_states="
        )
        raise ParameterError(msg)
    return args[position]


def _floating(trace: Trace, leaf: Any) -> Symbol:
    mantissa, _ = units.split(leaf)
    if not isinstance(mantissa, Symbol):
        mantissa = trace.constant(mantissa if is_foreign(mantissa) else np.asarray(mantissa), environ.float_dtype())
    if not is_floating(mantissa.dtype):
        msg = (
            f"grad(argnums=...) names an argument of dtype {mantissa.dtype}, which has no derivative: pass a floating "
            "one, such as 1.0"
        )
        raise ParameterError(msg)
    return mantissa


def _check_loss(loss: Any, outputs: list[Value]) -> None:
    if len(tree.flatten(loss)[0]) == 1 and outputs[0].aval.shape == () and is_floating(outputs[0].aval.dtype):
        return
    given = ", ".join(str(v.aval) for v in outputs) or "nothing"
    msg = (
        f"the loss of grad is {given}{where_am_i()}, expected one floating number: return iso.math.sum(x) or "
        "iso.math.mean(x), and anything else beside it with has_aux=True"
    )
    raise ShapeError(msg)


def _ratio(loss: Any, variable: Any) -> Any:
    """Return the unit of a gradient."""
    if variable is None:
        return loss
    return variable**-1 if loss is None else loss / variable


def _tuple(argnums: Any) -> tuple[int, ...]:
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not positions or not all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in positions):
        msg = f"grad(argnums={argnums!r}): expected positions of arguments, such as argnums=0 or argnums=(0, 1)"
        raise ParameterError(msg)
    return positions
