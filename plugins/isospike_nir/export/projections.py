"""Projections in the terms of NIR."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.delay import Delay
from isospike.module import Module
from isospike_models.outputs.cuba import CUBA
from isospike_models.projections.align_post import AlignPostProj
from isospike_models.projections.align_pre import AlignPreProj
from isospike_models.projections.current_proj import CurrentProj
from isospike_models.projections.delta_proj import DeltaProj
from isospike_nir.export.cells import entry, jumps
from isospike_nir.export.connections import matrix, product
from isospike_nir.export.description import Description, host, refuse
from isospike_nir.export.synapses import add_synapse

__all__ = ["Projections", "check"]

_KNOWN = (AlignPostProj, AlignPreProj, CurrentProj, DeltaProj)


class Projections:
    """The projections of a network, which may share synapses.

    Parameters
    ----------
    to : Description
        Where to add them.
    names : dict of int to str
        Names of the populations, by their identity.
    """

    def __init__(self, to: Description, names: dict[int, str]) -> None:
        self.to, self.names = to, names
        self._entries: dict[int, list[str]] = {}

    def add(self, name: str, proj: Any, sources: list[str], *, late: int, before: int = 0, after: int = 0) -> None:
        """Add a projection of what the sources give.

        Parameters
        ----------
        name : str
            Its name, that of the node with its weights.
        proj : Projection
            The projection.
        sources : list of str
            Nodes that it is called with.
        late : int
            Steps after which they are delivered, beside its own delay.
        before, after : int
            Cells of the sources that lie before and after those that it takes.

        Raises
        ------
        ConfigError
            NIR cannot hold it.
        """
        to = self.to
        check(name, proj)
        size = before + proj.comm.n_pre + after
        lag = late + (0 if proj.delay is None else np.asarray(proj.delay.steps).reshape(-1))
        if np.any(lag):
            # A delay that all cells have closes a loop, those beside the range too.
            times = np.full(size, np.min(lag))
            times[before : size - after] = lag
            sources = [to.delay(f"{name}_delay", sources, times, size)]
            if late:
                to.audit.note(f"{name}_delay", "holds the step that a projection takes, beside its own delay")
        if isinstance(proj, AlignPreProj):
            if before or after:
                sources = [to.weights(f"{name}_part", sources, np.eye(size)[before : size - after])]
            before = after = 0
            _, sources = add_synapse(to, f"{name}_synapse", proj.syn, sources)
        weight, bias = _current(name, proj)
        post = self.names[id(proj.post)]
        if isinstance(proj, DeltaProj):
            factor = np.broadcast_to(jumps(to, post, proj.post), weight.shape[:1])
            weight, bias = weight * factor[:, None], bias * factor
            to.audit.note(name, "its jumps are written as the currents that cause them in one step, for this dt")
        whole = np.zeros((weight.shape[0], weight.shape[1] + before + after))
        whole[:, before : whole.shape[1] - after] = weight
        to.weights(name, sources, whole, bias)
        for target in self._targets(name, proj, post):
            to.join([name], target)

    def _targets(self, name: str, proj: Any, post: str) -> list[str]:
        """Return the nodes at which weighted sums arrive, and add those of a synapse that is not there yet."""
        if isinstance(proj, DeltaProj):
            return [entry(post, proj.post)]
        if not isinstance(proj, AlignPostProj):
            return [post]
        if id(proj.syn) not in self._entries:
            self._entries[id(proj.syn)], given = add_synapse(self.to, f"{name}_synapse", proj.syn, [])
            self.to.join(given, post)
        return self._entries[id(proj.syn)]


def _current(name: str, proj: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and biases as currents in mA, or as jumps in the unit of the population."""
    weight, bias, unit = matrix(name, proj.comm)
    wanted, scale = proj.post.delta_unit, np.ones((1, 1))
    if not isinstance(proj, DeltaProj):
        wanted, scale = "mA", host(proj.out.scale).reshape(-1, 1)
        unit = product(unit, units.split(proj.out.scale)[1])
    what = f"the current of projection {name!r}"
    weight, bias = (
        np.asarray(units.convert(units.quantity(x, unit), units.parse_unit(wanted), what=what))
        for x in (scale * weight, scale.reshape(-1) * bias)
    )
    return weight, bias


def check(name: str, proj: Module) -> None:
    """Refuse a projection with a part that NIR does not have."""
    kind = type(proj).__name__
    if type(proj) not in _KNOWN:
        refuse(f"projection {name!r} is a {kind}", f"{', '.join(f'iso.{k.__name__}' for k in _KNOWN)}")
    if getattr(proj, "stp", None) is not None:
        refuse(f"projection {name!r} has short-term plasticity ({type(proj.stp).__name__})", "weights that stay")
    if proj.pre_modules:
        refuse(f"projection {name!r} reads a population itself ({type(proj.pre_modules[0]).__name__})", "edges")
    out = getattr(proj, "out", None)
    if out is not None and type(out) is not CUBA:
        refuse(f"projection {name!r} has the output {type(out).__name__}", "currents: out=iso.CUBA.desc(scale=1.0)")
    delay = proj.delay
    if delay is not None and (not isinstance(delay, Delay) or delay.interpolation != "nearest"):
        each = "is interpolated between steps" if isinstance(delay, Delay) else "is one for each synapse"
        refuse(
            f"projection {name!r} has a delay that {each}", "one in whole steps for all, or for each presynaptic cell"
        )
