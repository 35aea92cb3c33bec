"""What a simulation records beside spikes: State variables, or anything that a step can compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from isospike import math, units
from isospike.errors import ParameterError, ShapeError, UnknownNameError, nearest
from isospike.module import Module
from isospike.results.trace import Trace, check_names
from isospike.state import State

__all__ = ["Monitor", "Recorder", "recorders"]


@dataclass(frozen=True)
class Monitor:
    """A variable to record.

    Parameters
    ----------
    source : str or callable
        Path of a State, such as ``"cells.V"``, or a function without arguments that is evaluated at the
        end of each step.
    neurons : sequence of int, optional
        Indices along the last axis to record; all by default.
    every : int
        Record each so many steps, starting with the first; 1 by default.
    """

    source: str | Callable[[], Any]
    neurons: Sequence[int] | None = None
    every: int = 1


class Recorder:
    """A monitor bound to a network."""

    def __init__(self, name: str, monitor: Monitor, network: Module) -> None:
        every: Any = monitor.every
        if isinstance(every, bool) or not isinstance(every, Integral) or every < 1:
            msg = f"monitor {name!r}: every={every!r}, expected a positive number of steps, such as every=10"
            raise ParameterError(msg)
        self.name = name
        self.every = int(every)
        self.neurons = None if monitor.neurons is None else _indices(name, monitor.neurons)
        self._read = _reader(name, monitor.source, network)
        self._parts: list[np.ndarray] = []
        self._steps: list[np.ndarray] = []
        self.unit: Any = None

    def read(self) -> Any:
        """Return the value at the end of a step, inside the trace, and learn its unit."""
        value, self.unit = units.split(self._read())
        if value is None or isinstance(value, (dict, tuple, list)):
            msg = (
                f"monitor {self.name!r} gives a {type(value).__name__}, expected one array: record one part "
                "of it, as in lambda: state.value['name']"
            )
            raise ParameterError(msg)
        if self.neurons is None:
            return value
        shape = tuple(value.shape) if hasattr(value, "shape") else np.shape(value)
        if not shape or not all(0 <= i < shape[-1] for i in self.neurons):
            held = f"of shape {shape} has {shape[-1]} entries" if shape else "is a single number"
            msg = f"monitor {self.name!r}: neurons={self.neurons}, but the variable {held}"
            raise ShapeError(msg)
        return math.take(value, self.neurons, axis=value.ndim - 1)

    def keep(self, start: int, values: np.ndarray) -> None:
        """Keep the due samples of a run of steps that began at ``start``."""
        first = -start % self.every
        self._parts.append(np.array(values[first :: self.every]))
        self._steps.append(np.arange(start + first, start + len(values), self.every, dtype=np.int64))

    def trace(self, start_step: int) -> Trace | None:
        """Return all samples, or ``None`` where no step was run."""
        if not self._parts:
            return None
        unit = "1" if self.unit is None else units.unit_name(self.unit)
        steps = start_step + np.concatenate(self._steps)
        return Trace(np.concatenate(self._parts), steps, unit, neurons=self.neurons)


def recorders(network: Module, monitors: Any) -> list[Recorder]:
    """Return a recorder for each monitor given.

    Parameters
    ----------
    network : Module
        Where paths start.
    monitors : sequence of str or Monitor, or dict of str to str, callable or Monitor
        What to record, and under which name (its path by default).

    Raises
    ------
    UnknownNameError
        A path names no State.
    ParameterError
        A name cannot be that of a trace, or a function or a second monitor of one State has none.
    """
    if isinstance(monitors, str | Monitor) or callable(monitors):
        monitors = [monitors]
    named = dict(monitors) if isinstance(monitors, Mapping) else _named(monitors or ())
    check_names(named)
    return [Recorder(n, m if isinstance(m, Monitor) else Monitor(m), network) for n, m in named.items()]


def _named(monitors: Iterable[Any]) -> dict[str, Any]:
    """Return monitors by the paths that they record."""
    named: dict[str, Any] = {}
    for monitor in monitors:
        source = monitor.source if isinstance(monitor, Monitor) else monitor
        if callable(source):
            msg = "a monitor that is a function needs a name: write monitors={'mean': lambda: iso.math.mean(E.V.value)}"
            raise ParameterError(msg)
        name = str(source)
        if name in named and (isinstance(monitor, Monitor) or isinstance(named[name], Monitor)):
            msg = (
                f"two monitors record {name!r}: give each a name of its own, as in "
                f"monitors={{'first': Monitor({name!r}, neurons=[0]), 'all': {name!r}}}"
            )
            raise ParameterError(msg)
        named[name] = monitor
    return named


def _indices(name: str, neurons: Any) -> np.ndarray:
    indices = np.asarray(neurons)
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
        msg = f"monitor {name!r}: neurons={neurons!r}, expected a list of indices, such as neurons=[0, 1, 2]"
        raise ParameterError(msg)
    return indices.astype(np.int32)


def _reader(name: str, source: Any, network: Module) -> Callable[[], Any]:
    if callable(source):
        return source  # type: ignore[no-any-return]
    states = network.states()
    state = states.get(source) or _through_attributes(network, source)
    if state is None:
        msg = (
            f"monitor {name!r}: the network has no State {source!r}.{nearest(str(source), states)} Its "
            f"States are: {', '.join(states) or 'none: call init_all_states first'}"
        )
        raise UnknownNameError(msg)
    found = state
    return lambda: found.value


def _through_attributes(network: Module, path: Any) -> State | None:
    """Follow a path of attributes, so that any path that leads to a shared State will do."""
    place: Any = network
    for part in str(path).split("."):
        place = vars(place).get(part) if isinstance(place, Module) else None
    return place if isinstance(place, State) else None
