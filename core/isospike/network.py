"""Network: named populations, projections and inputs, with the order in which one step updates them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isospike.dynamics import Dynamics
from isospike.errors import ParameterError, ShapeError, UnknownNameError, nearest
from isospike.math import getitem
from isospike.module import Module

__all__ = ["Network", "Wire"]


@dataclass(frozen=True)
class Wire:
    """Which cells an input or a projection is attached to: a population, whole or a range of it."""

    population: str
    start: int = 0
    stop: int | None = None

    def take(self, spikes: Any) -> Any:
        """Return the part of a population's spikes that this wire carries."""
        return spikes if self.stop is None else getitem(spikes, (..., slice(self.start, self.stop)))


class Network(Module):
    """Populations joined by projections and driven by inputs.

    One step sends the spikes of the previous step through all projections, in the order in which they were added, and then
    updates all populations, each under the sum of its inputs. Populations, projections and inputs are attributes under their
    names, so that the paths of their States are ``cells.V`` or ``exc.syn.g``.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> net = iso.Network()
    >>> cells = net.add_population("cells", iso.LIF(100, V_th=20 * u.mV), groups={"E": (0, 80), "I": (80, 100)})
    >>> syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=0 * u.mV)
    >>> comm = iso.FixedProb(80, 100, 0.1, 0.6 * u.mS)
    >>> proj = net.add_projection("exc", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="cells.E")
    >>> drive = net.add_input("drive", iso.ConstantInput(100, amplitude=25 * u.mA), target="cells")
    """

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, tuple[int, int]]] = {}
        self._pre: dict[str, Wire] = {}
        self._targets: dict[str, str] = {}

    @property
    def populations(self) -> dict[str, Dynamics]:
        """The populations by name, in the order in which they were added."""
        return {name: vars(self)[name] for name in self._groups}

    @property
    def groups(self) -> Mapping[str, Mapping[str, tuple[int, int]]]:
        """Named half-open ranges of the cells of each population."""
        return self._groups

    def add_population(self, name: str, population: Dynamics, groups: Mapping[str, tuple[int, int]] | None = None) -> Dynamics:
        """Add a population and return it.

        Parameters
        ----------
        name : str
            Its name, a Python identifier not in use.
        population : Dynamics
            Neurons, or an input that spikes.
        groups : dict of str to (int, int)
            Names for half-open ranges of its cells, usable as ``"name.group"`` where a projection names its ``pre``.
        """
        ranges = {k: (int(a), int(b)) for k, (a, b) in (groups or {}).items()}
        for group, (start, stop) in ranges.items():
            if not 0 <= start < stop <= population.size:
                msg = f"group {group!r} of population {name!r} is [{start}, {stop}), expected a non-empty range within 0 to {population.size}"
                raise ShapeError(msg)
        self._add(name, population)
        self._groups[name] = ranges
        return population

    def add_projection(self, name: str, projection: Module, pre: str) -> Module:
        """Add a projection, fed by the spikes of the population or group ``pre`` (``"cells"`` or ``"cells.E"``), and return it."""
        wire = self.wire(pre, f"projection {name!r}")
        self._add(name, projection)
        self._pre[name] = wire
        return projection

    def add_input(self, name: str, source: Dynamics, target: str) -> Dynamics:
        """Add an input current into the population ``target``, and return it."""
        if target not in self._groups:
            raise self._unknown(target, f"the target of input {name!r}", self._groups)
        self._add(name, source)
        self._targets[name] = target
        return source

    def wire(self, reference: str, what: str) -> Wire:
        """Return the cells that ``"population"`` or ``"population.group"`` names."""
        name, _, group = reference.partition(".")
        if name not in self._groups:
            raise self._unknown(name, what, self._groups)
        if not group:
            return Wire(name)
        if group not in self._groups[name]:
            raise self._unknown(reference, what, [f"{name}.{g}" for g in self._groups[name]])
        return Wire(name, *self._groups[name][group])

    def update(self) -> dict[str, Any]:
        """Advance every population by one step and return their spikes by name."""
        populations = self.populations
        spikes = {name: p.get_spike() for name, p in populations.items()}
        for name, wire in self._pre.items():
            vars(self)[name](wire.take(spikes[wire.population]))
        for name, population in populations.items():
            currents = [vars(self)[i]() for i, target in self._targets.items() if target == name]
            population(*([sum(currents[1:], currents[0])] if currents else []))
        return {name: p.get_spike() for name, p in populations.items()}

    def _add(self, name: str, module: Module) -> None:
        if not name.isidentifier() or name.startswith("_") or hasattr(type(self), name) or name in vars(self):
            msg = f"Network: the name {name!r} is taken or is not a plain identifier; choose another, such as 'cells' or 'exc'"
            raise ParameterError(msg)
        object.__setattr__(self, name, module)

    def _unknown(self, name: str, what: str, known: Any) -> UnknownNameError:
        listed = ", ".join(known) or "none yet"
        return UnknownNameError(f"{what} is {name!r}, which does not exist.{nearest(name, known)} Known: {listed}")
