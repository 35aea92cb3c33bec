"""Load a NIR graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.errors import ParameterError
from isospike.module import Module
from isospike.surrogate import Surrogate
from isospike_models.surrogates.relu_grad import ReluGrad
from isospike_nir.audit import Audit
from isospike_nir.cycles import cut, in_order
from isospike_nir.graph import Graph
from isospike_nir.mark import check_mark, is_marked
from isospike_nir.nodes import KINDS
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.neuron import NeuronKind
from isospike_nir.notes import note_idle, note_late, note_times, note_unread
from isospike_nir.profiles import Profile, choose
from isospike_nir.reading import read
from isospike_nir.shapes import infer
from isospike_nir.wiring import Wiring

__all__ = ["assembled", "load"]


def load(source: Any, *, profile: str | Profile = "exact", dt: Any = None, spk_fun: Surrogate | None = None) -> Graph:
    """Return a NIR graph as a module that runs on every backend.

    Parameters
    ----------
    source : str, Path or nir.NIRGraph
        A ``.nir`` file, or a graph in memory.
    profile : str or Profile
        How the equations become one step: ``"exact"`` (default), or as ``"norse"``, ``"snntorch"`` or ``"sinabs"``
        does it; see `Exact`, `Norse`, `SnnTorch` and `Sinabs`.
    dt : Quantity, time, optional
        The step with which it will run: by default that for which the library of the profile writes its files, or
        the one in force.
    spk_fun : Surrogate, optional
        Spike function of all neurons, of (V - v_threshold) / mV; ``ReluGrad()`` by default.

    Returns
    -------
    Graph
        Call ``iso.init_all_states`` on it and run it with ``dt=graph.dt``. What had to be chosen is in ``graph.audit``.

    Raises
    ------
    ConfigError
        The file is damaged, or holds no sound graph.
    UnknownNameError
        A node has a type that isospike does not know, or an edge leads to no node.
    ParameterError, ShapeError
        A field of a node holds no finite number, a time constant is not positive, or shapes do not go together.
    MissingDependencyError
        h5py is not installed.

    Warns
    -----
    PlausibilityWarning
        What the time constants of the file mean is guessed, see `Norse`; one or a delay is unusual, as after a slip of
        its unit; a node has fields that NIR does not have; or isospike wrote the file with another profile or dt.

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> from isospike import units as u
    >>> cell = nir.IF(r=np.full(1, 1000.0), v_threshold=np.full(1, 1.5))
    >>> graph = load(nir.NIRGraph.from_list(cell), dt=1 * u.ms)
    >>> print(graph.audit.about("if")[0])
    V += R x dt, with dt in seconds
    """
    return assembled(lambda audit: read(source), choose(profile), dt, ReluGrad() if spk_fun is None else spk_fun)


def assembled(describe: Callable[[Audit], dict[str, Any]], profile: Profile, dt: Any, spk_fun: Surrogate) -> Graph:
    """Return the graph that ``describe(audit)`` gives as plain dicts; parameters and errors as `load`."""
    audit = Audit()
    step = _step(dt, profile)
    seconds = float(units.convert(step, units.parse_unit("second"), what="load(dt=...)"))
    described = describe(audit)
    wiring = Wiring.of(described, audit)
    shapes = infer(wiring, audit)
    late, closing = cut(wiring, seconds)
    divisor = 1.0 if is_marked(described) else profile.divisor(_shortest(wiring), seconds)
    nodes = _build(wiring, late, shapes, Context(profile, spk_fun, seconds, divisor, frozenset(closing), audit))
    note_unread(wiring, audit)
    note_idle(wiring, audit)
    note_late(late, closing, audit)
    note_times(audit, profile, seconds, divisor)
    check_mark(described, profile, seconds * 1e3, audit)
    inputs, outputs = ({name: shapes[name] for name in wiring.ends(type)} for type in ("Input", "Output"))
    return Graph(nodes, wiring.edges, inputs=inputs, outputs=outputs, dt=step, late=late, audit=audit)


def _build(wiring: Wiring, late: set[tuple[str, str]], shapes: dict[str, Any], context: Context) -> dict[str, Module]:
    specs = [wiring.nodes[name] for name in in_order(wiring, late)]
    return {s.name: KINDS[s.type].build(s, shapes[s.name], context) for s in specs if s.type in KINDS}


def _step(dt: Any, profile: Profile) -> Any:
    if dt is None and profile.dt_ms is not None:
        return units.quantity(profile.dt_ms, units.parse_unit("ms"))
    step = environ.get_dt() if dt is None else dt
    ms = np.asarray(units.convert(step, units.parse_unit("ms"), what="load(dt=...)"))
    if ms.shape != () or not 0 < ms < float("inf"):
        msg = f"load(dt={step}), expected a positive time, such as dt=1 * u.ms"
        raise ParameterError(msg)
    return step


def _shortest(wiring: Wiring) -> float:
    """Return the shortest time constant of a graph, as the file gives it."""
    found = []
    for spec in wiring.nodes.values():
        kind = KINDS.get(spec.type)
        if isinstance(kind, NeuronKind):
            found += kind.time_constants(spec)
    return min(found, default=float("inf"))
