"""Graph: a NIR graph as a module of isospike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from isospike import environ, math, units
from isospike.errors import ParameterError, ShapeError, StateError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.state import ShortTermState
from isospike_nir.audit import Audit

__all__ = ["Graph"]

Edge = tuple[str, str]
Shape = tuple[int, ...]


class Graph(Module):
    """Nodes and edges, run as one step; made by ``iso.nir.load``.

    A step takes the values of the inputs and returns those of the outputs. The nodes are run one after the other, so
    that a value passes all of them in one step; an edge in ``late`` carries what its node gave in the step before.
    Values are plain numbers: a neuron takes them in mA, and what has no threshold gives its potential in mV.

    Parameters
    ----------
    nodes : dict of str to Module
        The nodes by name, in the order in which they are run: ``graph.nodes["lif"]``.
    edges : iterable of (str, str)
        Edges between nodes, inputs and outputs.
    inputs, outputs : dict of str to tuple of int
        Shapes of the inputs and outputs by name.
    dt : Quantity, time
        The step for which it was made.
    late : iterable of (str, str)
        The edges that carry values of the step before.
    audit : Audit
        What was chosen where it was loaded.

    Raises
    ------
    ParameterError
        At a step: another dt is in force.
    ShapeError
        At a step: an input has another shape, or another name.
    """

    def __init__(
        self,
        nodes: Mapping[str, Module],
        edges: Iterable[Edge],
        *,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape],
        dt: Any,
        late: Iterable[Edge] = (),
        audit: Audit | None = None,
    ) -> None:
        self.nodes = dict(nodes)
        self.edges = tuple(edges)
        self.late = tuple(sorted(late))
        self._late = frozenset(self.late)
        self._sources: dict[str, list[str]] = {}
        for a, b in self.edges:
            self._sources.setdefault(b, []).append(a)
        self.inputs, self.outputs = tuple(inputs.items()), tuple(outputs.items())
        self.dt = dt
        self._audit = Audit() if audit is None else audit
        self._shapes = {**inputs, **{name: node.out_size for name, node in self.nodes.items()}}
        self.past: dict[str, ShortTermState] = {}

    @property
    def audit(self) -> Audit:
        """What was chosen where it was loaded: ``print(graph.audit)``."""
        return self._audit

    def init_state(self, batch_size: int | None = None) -> None:
        """Let nothing have come before the first step."""
        batch = () if batch_size is None else (batch_size,)
        sources = dict.fromkeys(a for a, _ in self.late)
        self.past = {a: ShortTermState(math.zeros((*batch, *self._shapes[a]))) for a in sources}

    def update(self, x: Any) -> Any:
        """Take one step.

        Parameters
        ----------
        x : array, or dict of str to array
            Value of the input, of shape ``(*batch, *shape)``; of each by name, where there are several.

        Returns
        -------
        array, or dict of str to array
            Value of the output; of each by name, where there are several.
        """
        self._check_dt()
        values = self._given(x)
        before = {name: self._past(name).value for name in dict.fromkeys(a for a, _ in self.late)}
        for name, node in self.nodes.items():
            values[name] = _run(node, self._arriving(name, values, before))
        for name in before:
            self.past[name].value = values[name] + math.zeros_like(before[name])
        results = {name: self._arriving(name, values, before) for name, _ in self.outputs}
        return results if len(results) > 1 else results[self.outputs[0][0]]

    def _arriving(self, name: str, values: dict[str, Any], before: dict[str, Any]) -> Any:
        """Return the sum of what arrives at a node, in the order of the edges."""
        return reduce(math.add, [before[a] if (a, name) in self._late else values[a] for a in self._sources[name]])

    def _given(self, x: Any) -> dict[str, Any]:
        names = [name for name, _ in self.inputs]
        given = x if isinstance(x, dict) else {names[0]: x}
        if set(given) != set(names):
            msg = f"Graph {self.path!r} is given the inputs {sorted(given)}, expected a dict with {sorted(names)}"
            raise ShapeError(msg)
        values = {}
        for name, shape in self.inputs:
            value = math.asarray(given[name])
            mantissa, unit = units.split(value)
            if unit is not None or tuple(mantissa.shape)[mantissa.ndim - len(shape) :] != shape:
                held = f"shape {tuple(mantissa.shape)}" + ("" if unit is None else f" in {units.unit_name(unit)}")
                msg = f"Graph {self.path!r}: input {name!r} has {held}, expected plain numbers of shape (..., {shape})"
                raise ShapeError(msg)
            values[name] = math.astype(mantissa, environ.float_dtype())
        return values

    def _past(self, name: str) -> ShortTermState:
        if name not in self.past:
            msg = f"Graph {self.path!r} is not initialised: call iso.init_all_states(graph) before running it"
            raise StateError(msg)
        return self.past[name]

    def _check_dt(self) -> None:
        ms = units.parse_unit("ms")
        made, now = (float(units.convert(dt, ms, what="dt")) for dt in (self.dt, environ.get_dt()))
        if abs(made - now) > 1e-9 * made:
            msg = (
                f"Graph {self.path!r} was loaded for dt = {made:g} ms, but runs with dt = {now:g} ms: write "
                "`with iso.environ.context(dt=graph.dt):`, or load it with dt=..."
            )
            raise ParameterError(msg)


def _run(node: Module, x: Any) -> Any:
    """Return what a node makes of plain numbers, as plain numbers."""
    return units.split(node(units.quantity(x, units.parse_unit("mA")) if isinstance(node, Neuron) else x))[0]
