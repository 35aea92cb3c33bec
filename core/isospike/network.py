"""Network: named populations, projections and inputs, with the order in which one step updates them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from isospike import units
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError, ShapeError, UnitError, UnknownNameError, nearest
from isospike.math import getitem, reshape
from isospike.module import Module, structure_changed

__all__ = ["Network", "Wire"]


@dataclass(frozen=True)
class Wire:
    """Which cells an input or a projection is attached to: a population, whole or a range of it."""

    population: str
    size: tuple[int, ...]
    start: int = 0
    stop: int | None = None

    @property
    def out_size(self) -> tuple[int, ...]:
        """Shape of what this wire carries."""
        return self.size if self.stop is None else (self.stop - self.start,)

    def take(self, spikes: Any) -> Any:
        """Return the spikes that this wire carries; a range counts the cells of all axes in one row."""
        if self.stop is None:
            return spikes
        if len(self.size) > 1:
            spikes = reshape(spikes, (*spikes.shape[: -len(self.size)], math.prod(self.size)))
        return getitem(spikes, (..., slice(self.start, self.stop)))


class Network(Module):
    """Populations joined by projections and driven by inputs.

    One step sends the spikes of the previous step through all projections, in the order in which they were
    added, and then updates all populations, each under the sum of its inputs. Populations, projections and
    inputs are attributes under their names, so that the paths of their States are ``cells.V`` or
    ``exc.syn.g``.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> net = iso.Network()
    >>> groups = {"E": (0, 80), "I": (80, 100)}
    >>> cells = net.add_population("cells", iso.LIF(100, V_th=20 * u.mV), groups=groups)
    >>> syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=0 * u.mV)
    >>> comm = iso.FixedProb(80, 100, 0.1, 0.6 * u.mS)
    >>> proj = iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells)
    >>> proj = net.add_projection("exc", proj, pre="cells.E")
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

    @property
    def projection_wires(self) -> dict[str, Wire]:
        """The cells that feed each projection, by its name, in the order in which projections were added."""
        return dict(self._pre)

    @property
    def input_targets(self) -> dict[str, str]:
        """The population that each input drives, by the input's name."""
        return dict(self._targets)

    def add_population(
        self, name: str, population: Dynamics, groups: Mapping[str, tuple[int, int]] | None = None
    ) -> Dynamics:
        """Add a population and return it.

        Parameters
        ----------
        name : str
            Its name, a Python identifier not in use.
        population : Dynamics
            Neurons, or an input that spikes.
        groups : dict of str to (int, int)
            Names for half-open ranges of its cells, usable as ``"name.group"`` where a projection names
            its ``pre``.

        Raises
        ------
        ParameterError
            The name is taken, the population does not spike, or a group is no pair of integers.
        ShapeError
            A group reaches beyond the population.
        """
        if type(population).spike is Dynamics.spike:
            msg = (
                f"population {name!r} is a {type(population).__name__}, which does not spike: an input "
                "current is added with add_input"
            )
            raise ParameterError(msg)
        ranges = {group: _range(name, population, group, ends) for group, ends in (groups or {}).items()}
        self._add(name, population)
        self._groups[name] = ranges
        return population

    def add_projection(self, name: str, projection: Module, pre: str) -> Module:
        """Add a projection, fed by the spikes of ``pre`` (``"cells"`` or ``"cells.E"``), and return it.

        Raises
        ------
        ParameterError
            The name is taken, or the target of the projection is not a population of this network.
        ShapeError
            The projection takes another number of cells than ``pre`` has.
        UnknownNameError
            ``pre`` does not exist.
        """
        wire = self.wire(pre, f"projection {name!r}")
        self._check_ends(name, projection, pre, wire)
        self._add(name, projection)
        self._pre[name] = wire
        return projection

    def add_input(self, name: str, source: Dynamics, target: str) -> Dynamics:
        """Add an input current into the population ``target``, and return it.

        Raises
        ------
        ParameterError
            The name is taken, or the target takes no input, as a source of spikes does not.
        ShapeError
            The input has another size than its target.
        UnitError
            The input tells its ``output_unit``, and it is not one that the target takes.
        UnknownNameError
            ``target`` does not exist.
        """
        if target not in self._groups:
            raise self._unknown(target, f"the target of input {name!r}", self._groups)
        population = self.populations[target]
        if not inspect.signature(population.update).parameters:
            msg = (
                f"input {name!r} is for {target!r}, a {type(population).__name__}, whose update takes no input: name "
                "a population of neurons as its target"
            )
            raise ParameterError(msg)
        size = population.in_size
        if source.out_size != size:
            msg = (
                f"input {name!r} has the size {source.out_size}, but its target "
                f"{target!r} has {size}: give both the same size"
            )
            raise ShapeError(msg)
        _check_unit(name, source, target, population)
        self._add(name, source)
        self._targets[name] = target
        return source

    def wire(self, reference: str, what: str) -> Wire:
        """Return the cells that ``"population"`` or ``"population.group"`` names."""
        name, _, group = reference.partition(".")
        if name not in self._groups:
            raise self._unknown(name, what, self._groups)
        size = self.populations[name].in_size
        if not group:
            return Wire(name, size)
        if group not in self._groups[name]:
            raise self._unknown(reference, what, self._groups[name], population=name)
        return Wire(name, size, *self._groups[name][group])

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
            msg = (
                f"Network: the name {name!r} is taken or is not a plain "
                "identifier; choose another, such as 'cells' or 'exc'"
            )
            raise ParameterError(msg)
        object.__setattr__(self, name, module)
        structure_changed()

    def _check_ends(self, name: str, projection: Module, pre: str, wire: Wire) -> None:
        comm, post = getattr(projection, "comm", None), getattr(projection, "post", None)
        source = getattr(projection, "pre", None)
        if source is not None and (source is not self.populations[wire.population] or wire.stop is not None):
            msg = (
                f"projection {name!r} reads a {type(source).__name__} of its own, which is not the whole population "
                f"{pre!r}: name as pre the population that it was given"
            )
            raise ParameterError(msg)
        if post is not None and not any(post is p for p in self.populations.values()):
            msg = (
                f"projection {name!r} targets a {type(post).__name__} that is not a population of this "
                "network: add it first, with add_population"
            )
            raise ParameterError(msg)
        if comm is not None and not getattr(projection, "pre_modules", ()) and comm.in_size != wire.out_size:
            msg = (
                f"projection {name!r} takes the spikes of {comm.in_size} cells, but pre={pre!r} has "
                f"{wire.out_size}: give its comm in_size={wire.out_size}"
            )
            raise ShapeError(msg)

    def _unknown(self, name: str, what: str, known: Any, *, population: str = "") -> UnknownNameError:
        if population and not known:
            fix = f"add_population({population!r}, ..., groups={{{name.partition('.')[2]!r}: (0, 80)}})"
            return UnknownNameError(f"{what} is {name!r}, but {population!r} has no groups: name them in {fix}")
        known = [f"{population}.{group}" for group in known] if population else known
        listed = ", ".join(known) or "none yet"
        return UnknownNameError(f"{what} is {name!r}, which does not exist.{nearest(name, known)} Known: {listed}")


def _range(name: str, population: Dynamics, group: str, ends: Any) -> tuple[int, int]:
    """Return the ends of a group of cells, checked."""
    pair = tuple(ends) if isinstance(ends, Iterable) else ()
    if len(pair) != 2 or not all(isinstance(end, Integral) and not isinstance(end, bool) for end in pair):
        msg = (
            f"group {group!r} of population {name!r} is {ends!r}, expected its first cell and the one after its last, "
            f"two integers: groups={{{group!r}: (0, {population.size})}}"
        )
        raise ParameterError(msg)
    start, stop = int(pair[0]), int(pair[1])
    if not 0 <= start < stop <= population.size:
        msg = (
            f"group {group!r} of population {name!r} is [{start}, {stop}), expected a non-empty "
            f"range within 0 to {population.size}"
        )
        raise ShapeError(msg)
    return start, stop


def _check_unit(name: str, source: Dynamics, target: str, population: Dynamics) -> None:
    """Refuse an input whose unit, where it tells one, is not one that its target takes."""
    given, wanted = getattr(source, "output_unit", NotImplemented), getattr(population, "input_unit", None)
    if given is NotImplemented or wanted is None or units.same_dimension(given, units.parse_unit(wanted)):
        return
    msg = (
        f"input {name!r} ({type(source).__name__}) is in {units.unit_name(given)}, but its target {target!r} "
        f"({type(population).__name__}) takes {wanted}: give the {type(source).__name__} values such as "
        f"{units.as_code(25, wanted)}"
    )
    raise UnitError(msg)
