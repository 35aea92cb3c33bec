"""From the tables of a network file to a `Network`, every class found by name in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from isospike.comm import Comm
from isospike.config.equations import described, read_equations
from isospike.config.part import Part, accepted, check_complete, find_class, read_part
from isospike.config.place import Place
from isospike.config.schema import Document, Input, Population, Projection
from isospike.config.schema import Part as PartTable
from isospike.config.size import checked_size
from isospike.dynamics import Dynamics
from isospike.network import Network, Wire

__all__ = ["build_network"]


def build_network(document: Document, file: str) -> tuple[Network, dict[str, Any]]:
    """Return the network that a file describes, and the description with all defaults filled in.

    Parameters
    ----------
    document : Document
        The checked tables.
    file : str
        The file's name, for messages.

    Returns
    -------
    Network
        Its States are not yet initialised.
    dict
        Plain JSON: for each population, projection and input the class and all its parameters.

    Raises
    ------
    ConfigError
        A name does not exist or a model refuses a parameter; the message names file, table and key.
    """
    builder = _Builder(file)
    for name, population in document.populations.items():
        builder.add_population(name, population)
    for name, projection in document.projections.items():
        builder.add_projection(name, projection)
    for name, source in document.inputs.items():
        builder.add_input(name, source)
    return builder.network, builder.resolved


class _Builder:
    """The network so far, and its description."""

    def __init__(self, file: str) -> None:
        self.file = Place(file)
        self.network = Network()
        self.resolved: dict[str, Any] = {"populations": {}, "projections": {}, "inputs": {}}

    def add_population(self, name: str, table: Population) -> None:
        place = self.file.inside("populations", name)
        size = checked_size(place, table.size)
        part = _cells(place, table, size)
        check_complete(part)
        population = part.build()
        if not _spikes(population) and table.equations is not None:
            raise place.error("threshold", 'is missing, so no cell would spike: write threshold = "v > V_th"')
        if not _spikes(population):
            fix = f'write [inputs.{name}] model = "{part.name}", target = ...'
            raise place.error("model", f"{part.name} does not spike, so it is no population: {fix}", part.name)
        groups = {group: (first, end) for group, (first, end) in table.groups.items()}
        with place.explain({"groups": table.groups}):
            self.network.add_population(name, population, groups)
        self.resolved["populations"][name] = {**part.resolved(), **described(part.cls), "groups": table.groups}

    def add_projection(self, name: str, table: Projection) -> None:
        place = self.file.inside("projections", name)
        wire = self._wire(place, "pre", table.pre)
        target = self._wire(place, "post", table.post)
        post = self.network.populations[target.population]
        parts = self._parts(place, table, wire, target)
        further = {**_built(parts), "pre": self.network.populations[wire.population], "post": post}
        if target.stop is not None and "comm" in further:
            _deliver_to_group(place, further["comm"], target, table.post)
        whole = read_part(place, ("projections",), "kind", table.kind, table.parameters, **further)
        check_complete(whole)
        # An error may be about any key of this table: also about the parts, which are built already.
        projection = replace(whole, given=table.model_dump(exclude_unset=True)).build()
        with place.explain({"pre": table.pre}):
            self.network.add_projection(name, projection, pre=table.pre)
        # What is absent is not named: a projection keeps its hash when its class learns something new.
        own = {key: value for key, value in whole.resolved().items() if key not in further and value is not None}
        described = {key: part.resolved() for key, part in parts.items()}
        self.resolved["projections"][name] = {**own, "pre": table.pre, "post": table.post, **described}

    def add_input(self, name: str, table: Input) -> None:
        place = self.file.inside("inputs", name)
        target = self._wire(place, "target", table.target).population
        size = self.network.populations[target].in_size
        part = read_part(place, ("inputs",), "model", table.model, table.parameters, in_size=size)
        check_complete(part)
        source = part.build()
        if _spikes(source):
            fix = f"write [populations.{name}] and join it by a projection"
            raise place.error("model", f"{table.model} emits spikes, not a current: {fix}", table.model)
        with place.explain({"target": table.target}):
            self.network.add_input(name, source, target=table.target)
        self.resolved["inputs"][name] = {**part.resolved(), "target": table.target}

    def _wire(self, place: Place, key: str, reference: str) -> Wire:
        with place.explain({key: reference}):
            return self.network.wire(reference, f"the population of {key!r}")

    def _parts(self, place: Place, table: Projection, wire: Wire, target: Wire) -> dict[str, Part]:
        """Return the parts that the file gives, with the sizes of the cells that they connect."""
        source = wire.out_size
        with place.explain({"kind": table.kind}):
            side = getattr(find_class(("projections",), table.kind), "synapse_side", "post")
        sizes = {
            "comm": {"in_size": source, "out_size": target.out_size},
            "syn": {"in_size": source if side == "pre" else target.size},
            "out": {},
            "stp": {"in_size": source},
        }
        found = {}
        for key, kind in (("comm", "connectivity"), ("syn", "synapses"), ("out", "outputs"), ("stp", "synapses")):
            given: PartTable | None = getattr(table, key)
            if given is not None:
                inner = place.inside(key)
                found[key] = read_part(inner, (kind,), "kind", given.kind, given.parameters, **sizes[key])
                check_complete(found[key])
        if "comm" in found and not table.autapses and wire.population == target.population:
            found["comm"] = _without_autapses(place, found["comm"], wire, target)
        return found


def _cells(place: Place, table: Population, size: tuple[int, ...]) -> Part:
    """Return the class of a population, which its table names or spells out, with its arguments."""
    if table.equations is not None and table.model is not None:
        raise place.error("equations", f"there is a model, too: remove model = {table.model!r}, or these equations")
    if table.equations is not None:
        return read_equations(place, table.equations, table.parameters, size)
    if table.model is None:
        raise place.error("model", 'is missing: write model = "LIFRef", or equations = "dv/dt = ... : mV"')
    return read_part(place, ("neurons", "inputs"), "model", table.model, table.parameters, in_size=size)


def _built(parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return ``comm`` built, the others described, so that equal ones on a population are shared."""
    # What is only described is built here too, so that a wrong parameter is found in the table that holds it.
    built = {key: part.build() for key, part in parts.items()}
    described = {key: parts[key].cls.desc(**parts[key].built_arguments()) for key in parts if key != "comm"}
    return {**built, **described}


def _deliver_to_group(place: Place, comm: Comm, target: Wire, reference: str) -> None:
    if comm.out_size != target.out_size:
        problem = (
            f"these are {target.out_size} cells, but {type(comm).__name__} delivers to {comm.out_size}: name a group "
            "of that size, or choose another kind of comm"
        )
        raise place.error("post", problem, reference)
    comm.onto(target.size, target.start)


def _without_autapses(place: Place, comm: Part, wire: Wire, target: Wire) -> Part:
    takes, arguments = accepted(comm.cls), dict(comm.arguments)
    if "self_offset" in takes:
        arguments.setdefault("self_offset", wire.start - target.start)
    elif "include_self" in takes and wire == target:
        arguments.setdefault("include_self", False)
    else:
        fix = 'remove this key, or choose comm = { kind = "FixedProb", ... }'
        raise place.error(
            "autapses", f"{comm.name} cannot leave out connections of a cell to itself here: {fix}", False
        )
    return Part(comm.place, comm.name, comm.cls, comm.given, arguments)


def _spikes(population: Any) -> bool:
    return type(population).spike is not Dynamics.spike
