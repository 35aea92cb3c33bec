"""State: the explicit variables of a model, owned by modules and read and written through ``.value``.

The getter and the setter are the only places where a trace learns of a State: a State that a step reads
becomes an input of its graph, one that it writes an output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import environ, tree, units
from isospike.errors import StateError, UnitError
from isospike.graph.aval import Aval, dtype_name, is_floating, rank, require_fits
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply, current_trace, where_am_i
from isospike.namespace import is_foreign, namespace, needs_gradient, own_copy, to_host

__all__ = ["HiddenState", "LongTermState", "ParamState", "ShortTermState", "State", "StateRecord", "StateSpec"]


@dataclass(frozen=True)
class StateSpec:
    """What a State holds: the structure, and abstract value and unit of each leaf."""

    structure: Any
    avals: tuple[Aval, ...]
    units: tuple[Any, ...]

    def describe(self) -> str:
        """Return the form of reprs, such as ``Quantity(float32[100], "mV")``."""
        return ", ".join(_describe(a, u) for a, u in zip(self.avals, self.units, strict=True)) or "None"

    def __str__(self) -> str:
        """Return a form for messages, such as ``float32[100] in mV``."""
        leaves = [
            f"{a} in {units.unit_name(u)}" if u is not None else str(a)
            for a, u in zip(self.avals, self.units, strict=True)
        ]
        return ", ".join(leaves) or "nothing"


@dataclass
class StateRecord:
    """A State inside a trace: what it held on entry, and what it holds now."""

    spec: StateSpec
    inputs: list[Symbol]
    current: list[Any]
    now: StateSpec
    written: bool = False


class State:
    """A variable that persists from step to step.

    Parameters
    ----------
    value : array, Quantity, number, or a dict or tuple of these
        Initial value. Floating values are rounded once to the working precision of the environment, integers
        to int32.
    name : str, optional
        Name for messages; a module names the States that it owns by their attribute.

    Raises
    ------
    StateError
        A value is assigned whose shape, dtype or structure differs from what the State holds.
    UnitError
        A value is assigned whose physical dimension differs.

    Notes
    -----
    ``value`` gives a read-only view. ``state.value += x`` assigns a new value; writing into the array raises.
    """

    # Whether integers that it is given at first become floating: ``HiddenState(-60 * u.mV)`` holds a float.
    _is_floating = False

    def __init__(self, value: Any = None, *, name: str = "") -> None:
        self.name = name
        self._leaves: list[Any] = []
        self._spec = StateSpec(None, (), ())
        # Whether somebody else may hold the arrays: a loop gives up only buffers that it alone has.
        self.shared = True
        self.replace(value)

    @property
    def spec(self) -> StateSpec:
        """Structure, shapes, dtypes and units of the present value."""
        record = self._record()
        return self._spec if record is None else record.now

    @property
    def leaves(self) -> Sequence[Any]:
        """The bare arrays, outside a trace."""
        return self._leaves

    @property
    def value(self) -> Any:
        """The present value: a Quantity where it has a unit, a symbol while a step is traced."""
        record = self._record()
        if record is None:
            spec, leaves = self._spec, [own_copy(x) for x in self._leaves]
            self.shared = True
        else:
            spec, leaves = record.now, record.current
        return tree.unflatten(spec.structure, [units.quantity(x, u) for x, u in zip(leaves, spec.units, strict=True)])

    @value.setter
    def value(self, new: Any) -> None:
        self.hold(*self._fit(new))

    def held(self) -> tuple[StateSpec, list[Any], bool]:
        """Return what `hold` puts back: the arrays themselves, which torch may share, or the symbols of a trace."""
        record = self._record()
        if record is None:
            return self._spec, list(self._leaves), True
        return record.now, list(record.current), record.written

    def hold(self, spec: StateSpec, leaves: list[Any], written: bool = True) -> None:
        """Take back what `held` returned, in the same trace or outside any."""
        record = self._record()
        if record is None:
            self._spec, self._leaves, self.shared = spec, leaves, True
        else:
            record.now, record.current, record.written = spec, leaves, written

    def replace(self, value: Any) -> None:
        """Give the State a value of any shape, dtype and unit, as its first value has."""
        trace = current_trace()
        leaves, structure = tree.flatten(value)
        parts = [_enter(x, self._title(), self._is_floating) for x in leaves]
        spec = StateSpec(structure, tuple(p[1] for p in parts), tuple(p[2] for p in parts))
        arrays = [p[0] for p in parts]
        if trace is None and any(isinstance(a, Symbol) for a in arrays):
            msg = (
                f"{self._title()} is made from a traced value{where_am_i()}: "
                "make States outside the step, in init_state"
            )
            raise StateError(msg)
        self.hold(spec, arrays)

    def carry_error(self, before: StateSpec, after: StateSpec) -> str:
        """Return the message for a step that leaves this State with another structure than it found."""
        return (
            f"{self._title()} holds {before} before a step and {after} after it: give it its final shape in init_state"
        )

    def store(self, spec: StateSpec, leaves: list[Any], *, shared: bool = True) -> None:
        """Take over arrays that a compiled step computed; ``shared`` says whether anyone else may hold them."""
        self._spec, self._leaves, self.shared = spec, leaves, shared

    def __repr__(self) -> str:
        """Return the kind and what is held, such as ``HiddenState(value=Quantity(float32[100], "mV"))``."""
        return f"{type(self).__name__}(value={self._spec.describe()})"

    def _title(self) -> str:
        return f"State {self.name!r}" if self.name else f"a {type(self).__name__}"

    def _record(self) -> StateRecord | None:
        trace = current_trace()
        return None if trace is None else enter_trace(self, trace)

    def _fit(self, new: Any) -> tuple[StateSpec, list[Any]]:
        """Check a new value against what the State holds and convert its unit."""
        old = self.spec
        leaves, structure = tree.flatten(new)
        if self._may_change or old.structure is None:
            parts = [_enter(x, self._title(), self._is_floating) for x in leaves]
            return StateSpec(structure, tuple(p[1] for p in parts), tuple(p[2] for p in parts)), [p[0] for p in parts]
        if structure != old.structure:
            msg = f"{self._title()} holds {old} but is assigned a value of another structure{where_am_i()}"
            raise StateError(msg)
        return old, [self._fit_leaf(x, a, u) for x, a, u in zip(leaves, old.avals, old.units, strict=True)]

    _may_change = False

    def _fit_leaf(self, new: Any, aval: Aval, unit: Any) -> Any:
        mantissa, given = units.split(new)
        if not units.same_dimension(given, unit):
            msg = (
                f"{self._title()} is in {units.unit_name(unit)} but is assigned a value in "
                f"{units.unit_name(given)}{where_am_i()}: check the units of the expression that is assigned"
            )
            raise UnitError(msg)
        if given is not unit and (factor := units.scale_factor(given, unit)) != 1.0:
            mantissa = apply(op("multiply"), mantissa, factor)
        if current_trace() is None and not isinstance(mantissa, Symbol):
            return self._fit_concrete(mantissa, aval)
        return self._fit_symbol(mantissa, aval)

    def _fit_concrete(self, mantissa: Any, aval: Aval) -> Any:
        array = mantissa if is_foreign(mantissa) else _host(mantissa, self._title())
        given = Aval(tuple(array.shape), dtype_name(array.dtype))
        if given.shape not in (aval.shape, ()) or rank(given.dtype) > rank(aval.dtype):
            raise StateError(self._misfit(aval, given))
        require_fits(array, aval.dtype, self._title())
        array = _host(mantissa, self._title(), dtype=aval.dtype)
        if given.shape == aval.shape:
            return array
        if needs_gradient(array):
            return namespace(array).broadcast_to(array, aval.shape)
        return np.full(aval.shape, to_host(array))

    def _fit_symbol(self, mantissa: Any, aval: Aval) -> Symbol:
        # Outside any trace a symbol is a leaked one, which a new trace tells as well.
        trace = current_trace() or Trace()
        symbol: Symbol = mantissa if isinstance(mantissa, Symbol) else self._constant(trace, mantissa, aval)
        given = trace.lift(symbol).aval
        fits = given.dtype == aval.dtype or rank(given.dtype) < rank(aval.dtype)
        if given.shape not in (aval.shape, ()) or not fits:
            raise StateError(self._misfit(aval, given))
        if given.dtype != aval.dtype:
            symbol = apply(op("astype"), symbol, to=aval.dtype)
        return symbol if given.shape == aval.shape else apply(op("broadcast_to"), symbol, shape=aval.shape)

    def _constant(self, trace: Trace, value: Any, aval: Aval) -> Symbol:
        given = dtype_name(value.dtype if is_foreign(value) else np.asarray(value).dtype)
        return trace.constant(value, aval.dtype if rank(given) <= rank(aval.dtype) else given)

    def _misfit(self, held: Aval, given: Aval) -> str:
        precision = environ.float_dtype()
        if is_floating(held.dtype) and is_floating(given.dtype) and held.dtype != precision:
            return (
                f"{self._title()} was initialised in {held.dtype}, but the step computes in "
                f"{given.dtype}{where_am_i()}: call init_all_states and run inside one "
                f"`with iso.environ.context(precision={precision!r}):`"
            )
        return (
            f"{self._title()} holds {held} but is assigned {given}{where_am_i()}: shape and dtype must stay "
            "the same from step to step. Use iso.math.astype(x, dtype), or give the State its final shape in init_state"
        )


class ShortTermState(State):
    """A State that ``reset_all_states`` puts back to its initial value, such as a trace of the last spike."""


class HiddenState(ShortTermState):
    """A dynamic variable of a model, such as a membrane potential: a floating array that a gradient flows through."""

    _is_floating = True


class LongTermState(State):
    """A State that survives ``reset_all_states``, such as a running mean."""


class ParamState(LongTermState):
    """A trainable parameter: a floating State that optimisers find and ``reset_all_states`` leaves alone."""

    _is_floating = True


def enter_trace(state: State, trace: Trace) -> StateRecord:
    """Return the State's record in a trace, making it an input of the trace (and of those around it) on first use."""
    if state not in trace.states:
        if trace.parent is None:
            spec, known = state._spec, state._leaves
        else:
            outer = enter_trace(state, trace.parent)
            spec, known = outer.now, [x.data for x in outer.current]
        symbols = [trace.symbol(a) for a in spec.avals]
        for symbol, array in zip(symbols, known, strict=True):
            trace.reveal(symbol.value, array)
        trace.states[state] = StateRecord(spec, symbols, list(symbols), spec)
    return trace.states[state]


def leave_trace(state: State) -> None:
    """Take a State that is thrown away out of the trace that it was made in, so that no program waits for it."""
    trace = current_trace()
    while trace is not None:
        trace.states.pop(state, None)
        trace = trace.parent


def _enter(value: Any, title: str, floating: bool) -> tuple[Any, Aval, Any]:
    mantissa, unit = units.split(value)
    if isinstance(mantissa, Symbol):
        return mantissa, mantissa.value.aval, unit
    array = _host(mantissa, title)
    if (floating or unit is not None) and rank(dtype_name(array.dtype)) == 1:
        array = to_host(array).astype(environ.float_dtype())
    trace = current_trace()
    aval = Aval(tuple(array.shape), dtype_name(array.dtype))
    return (array if trace is None else trace.constant(array, aval.dtype)), aval, unit


def _host(value: Any, title: str, dtype: str | None = None) -> Any:
    """Return a value as an array that a State can hold; arrays of a backend stay on it when they fit as they are."""
    if is_foreign(value) and hasattr(value, "dtype"):
        own = str(value.dtype).rsplit(".", 1)[-1]
        wanted = dtype or (environ.float_dtype() if is_floating(own) else dtype_name(own))
        if own == wanted:
            return value
        if needs_gradient(value):
            return namespace(value).astype(value, getattr(namespace(value), wanted))
        value = to_host(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        msg = (
            f"{title} is given {value!r} of type {type(value).__name__}: a State holds numbers, arrays, "
            "quantities, or dicts and tuples of these"
        )
        raise StateError(msg)
    if dtype is None:
        dtype = environ.float_dtype() if array.dtype.kind == "f" else dtype_name(array.dtype)
    if array.dtype.kind in "iu" and array.size and not (int(array.min()) >= -(2**31) and int(array.max()) < 2**32):
        msg = f"{title} is given an integer beyond 32 bits: integers of a State are int32"
        raise StateError(msg)
    return np.array(array, dtype=dtype)


def _describe(aval: Aval, unit: Any) -> str:
    return str(aval) if unit is None else f'Quantity({aval}, "{units.unit_name(unit)}")'
