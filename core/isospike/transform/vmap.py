"""A function of one example as a function of many."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from isospike import tree, units
from isospike.errors import ParameterError, ShapeError, StateError
from isospike.graph.aval import Aval, host_kind, promote
from isospike.graph.batching import batch_axis, inline_batched, moved
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace, where_am_i
from isospike.state import ParamState, State, StateRecord, enter_trace
from isospike.transform.arguments import dress
from isospike.transform.cached import Recent, run_cached
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, lift_outputs

__all__ = ["vmap"]

_PARAMETERS = "a first axis of examples before the call, as in net.weight.replace(values), values of shape (n, ...)"
_programs: Recent[Program] = Recent(64)


def vmap(
    function: Callable[..., Any],
    in_axes: int | Sequence[int | None] | None = 0,
    out_axes: int = 0,
    *,
    states: Any = None,
    axis_size: int | None = None,
) -> Callable[..., Any]:
    """Return a function that computes ``function`` for every example along an axis, all at once.

    Parameters
    ----------
    function : callable
        Computes one example. What it draws at random is drawn for each example anew: the same numbers as those of a
        network that was initialised with a batch axis of this size.
    in_axes : int, None, or one of these for each argument
        Axis of the examples in the arrays of an argument; ``None`` for one that all examples share.
    out_axes : int
        Axis of the examples in the results.
    states : State, or nested dicts, tuples and lists of them, optional
        States with a first axis of examples, of which the function sees the entry of its own: those that
        ``iso.init_all_states(model, batch_size=n)`` made with it, ``model.states(iso.ShortTermState)``, and
        parameters that were given it, as below. All others are shared, and may only be read.
    axis_size : int, optional
        Number of examples, where neither an argument nor a State tells.

    Raises
    ------
    ShapeError
        The sizes of the axes differ, or nothing tells the number of examples.
    StateError
        A State that is shared is written with a value of one example.
    ParameterError
        ``states`` holds something else than States, or ``in_axes`` does not fit the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> import isospike as iso
    >>> with iso.environ.context(backend="numpy"):
    ...     print(iso.transform.vmap(lambda x, y: x * y, in_axes=(0, None))(iso.math.arange(3.0), 2.0))
    [0. 2. 4.]

    Networks of different weights, one for each seed, run at once after their weights were stacked:

    >>> def drawn(seed):
    ...     with iso.environ.context(seed=seed):
    ...         return iso.init_all_states(iso.Linear(3, 2)).weight.value
    >>> with iso.environ.context(backend="numpy"):
    ...     net = iso.init_all_states(iso.Linear(3, 2))
    ...     net.weight.replace(np.stack([drawn(seed) for seed in range(5)]))
    ...     print(iso.transform.vmap(lambda: net(np.ones(3)), states=net.weight)().shape)
    (5, 2)
    """
    held, _ = tree.flatten(states)
    for state in held:
        if not isinstance(state, State):
            msg = (
                f"vmap(states=...) holds {state!r} of type {type(state).__name__}, expected States: write "
                "vmap(step, states=model.states(iso.HiddenState))"
            )
            raise ParameterError(msg)

    @functools.wraps(function)
    def mapped(*args: Any) -> Any:
        trace = current_trace()
        if trace is not None:
            return _Examples(trace, held, axis_size).call(function, args, in_axes, out_axes)
        key = ("vmap", token((function, held)), repr(in_axes), out_axes, axis_size)
        return run_cached(_programs, key, lambda given: mapped(*given), args)

    return mapped


class _Examples:
    """One function over many examples, in a trace."""

    def __init__(self, trace: Trace, states: Sequence[State], axis_size: int | None) -> None:
        self.trace, self.states, self.body = trace, states, Trace(parent=trace, repeats=True)
        self.sizes: dict[str, int] = {} if axis_size is None else {"axis_size": axis_size}

    def call(self, function: Callable[..., Any], args: Sequence[Any], in_axes: Any, out_axes: int) -> Any:
        """Trace the function for one example, and write it for all."""
        axes = [in_axes] * len(args) if in_axes is None or isinstance(in_axes, int) else list(in_axes)
        if len(axes) != len(args):
            msg = (
                f"vmap(in_axes={in_axes!r}): the function is called with {len(args)} arguments; give one axis for each"
            )
            raise ParameterError(msg)
        pairs = [self._example(x, axis, f"argument {i}") for i, (x, axis) in enumerate(zip(args, axes, strict=True))]
        for state in self.states:
            self._enter(state)
        self._require_one_size()
        with self.body.active():
            result = function(*(inside for inside, _ in pairs))
            structure, outputs, out_units = lift_outputs(self.body, result)
            written = {s: r for s, r in self.body.states.items() if r.written}
            finals = [self.body.lift(x) for r in written.values() for x in r.current]
        self.body.finished = True
        self.trace.clocks.update(self.body.clocks)
        values, flags = self._written([x for _, found in pairs for x in found], [*finals, *outputs])
        self._store(written, values[: len(finals)], flags[: len(finals)])
        results = [
            batch_axis(x, f, self.size) for x, f in zip(values[len(finals) :], flags[len(finals) :], strict=True)
        ]
        return dress(structure, out_units, [moved(x, 0, out_axes % x.ndim) for x in results])

    @property
    def size(self) -> int:
        """Number of examples."""
        return next(iter(self.sizes.values()))

    def _require_one_size(self) -> None:
        """Refuse sizes that differ, before the function meets them."""
        if len(set(self.sizes.values())) == 1:
            return
        given = ", ".join(f"{n} in {what}" for what, n in self.sizes.items()) or "no number at all"
        if not self.sizes:
            cure = "pass it with axis_size=n"
        elif any(isinstance(s, ParamState) for s in self.states):
            cure = (
                "leave parameters that all examples share out of states=, as in states=net.states(iso.ShortTermState), "
                f"and give the others {_PARAMETERS}"
            )
        else:
            cure = "leave what all examples share out of states=, and give it None in in_axes="
        msg = f"vmap finds {given}{where_am_i()}, expected one number of examples: {cure}"
        raise ShapeError(msg)

    def _example(self, argument: Any, axis: int | None, what: str) -> tuple[Any, list[tuple[Symbol, Symbol]]]:
        """Return what the function is given for an argument, with the symbols inside and outside."""
        if axis is None:
            return argument, []
        leaves, structure = tree.flatten(argument)
        inside, pairs = [], []
        for leaf in leaves:
            mantissa, unit = units.split(leaf)
            outer = mantissa if isinstance(mantissa, Symbol) else self.trace.constant(mantissa, _dtype(mantissa))
            if not -outer.ndim <= axis < outer.ndim:
                msg = f"vmap(in_axes={axis}): {what} has shape {outer.shape}; give the axis of its examples, or None"
                raise ShapeError(msg)
            first = moved(outer, axis % outer.ndim, 0)
            self.sizes[what] = first.shape[0]
            inner = self.body.symbol(Aval(first.shape[1:], first.dtype))
            pairs.append((inner, first))
            inside.append(units.quantity(inner, unit))
        return tree.unflatten(structure, inside), pairs

    def _enter(self, state: State) -> None:
        """Let the function see one example of a State."""
        outer = enter_trace(state, self.trace).now
        if not all(a.shape for a in outer.avals):
            msg = f"vmap(states=...): State {state.name!r} holds {outer}, which has no axis of examples: {_axis(state)}"
            raise ShapeError(msg)
        for aval in outer.avals:
            self.sizes[f"State {state.name!r}"] = aval.shape[0]
        spec = replace(outer, avals=tuple(Aval(a.shape[1:], a.dtype) for a in outer.avals))
        symbols = [self.body.symbol(a) for a in spec.avals]
        self.body.states[state] = StateRecord(spec, symbols, list(symbols), spec)

    def _written(self, arguments: list[tuple[Symbol, Symbol]], outputs: list[Any]) -> tuple[list[Symbol], list[bool]]:
        body, trace = self.body, self.trace
        inside = [*body.captured.values(), *(x.value for r in body.states.values() for x in r.inputs)]
        outside = [Symbol(trace, v) for v in body.captured]
        flags = [False] * len(outside)
        for state, record in body.states.items():
            outside += [Symbol(trace, trace.lift(x)) for x in trace.states[state].current]
            flags += [state in self.states] * len(record.inputs)
        graph = body.graph([*inside, *(inner.value for inner, _ in arguments)], outputs)
        whole = [*outside, *(outer for _, outer in arguments)]
        return inline_batched(graph, whole, [*flags, *(True for _ in arguments)], self.size)

    def _store(self, written: dict[State, StateRecord], values: Sequence[Symbol], flags: Sequence[bool]) -> None:
        pairs = iter(zip(values, flags, strict=True))
        for state, record in written.items():
            outer = self.trace.states[state]
            found = [next(pairs) for _ in record.current]
            if state in self.states:
                outer.current = [batch_axis(x, f, self.size) for x, f in found]
            elif any(f for _, f in found):
                msg = (
                    f"the function of vmap writes State {state.name!r}, which all examples share, with a value of its "
                    f"own{where_am_i()}: name it in vmap(..., states=...), and {_axis(state)}"
                )
                raise StateError(msg)
            else:
                outer.current, outer.now = [x for x, _ in found], record.now
            outer.written = True


def _axis(state: State) -> str:
    """Say how a State gets an axis of examples."""
    if isinstance(state, ParamState):
        return f"give it {_PARAMETERS}"
    return "make it with an axis of examples, by iso.init_all_states(model, batch_size=n)"


def _dtype(value: Any) -> str:
    return promote([], [host_kind(value)])
