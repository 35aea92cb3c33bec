"""Ways to put a model to use when nothing is known but its class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.comm import Comm
from isospike.config.part import accepted
from isospike.dynamics import Dynamics
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.parameter import REQUIRED, Parameter
from isospike.synapse import Output, Release, Synapse
from isospike_conformance.parts import add_pacemakers

__all__ = ["Driven", "Heard", "usages"]

Build = Callable[[], Module]

N = 16
SPREAD = np.ldexp(0.0625, np.arange(N))  # of a unit: below the threshold of some cells, and far above that of others
# What goes by these names in a constructor, beside the parts of a projection.
_IMAGE = (4, 4, 1)  # as many cells, for what needs rows, columns and channels
_VALUES: dict[str, Any] = {"in_size": N, "out_size": N, "prob": 0.3, "conn_num": 0.3}
_VALUES |= {"times": 0.1 * np.arange(40) * u.ms, "indices": np.arange(40) % N}
_VALUES |= {"degree": 4, "number": 60, "scale": 0.2, "pre": np.arange(60) % N, "post": np.arange(60) // 4}
_VALUES |= {"out_channels": 1, "kernel_size": 3}
_VALUES |= {"amplitudes": np.linspace(1.0, 2.0, 40) * u.mA, "values": np.linspace(1.0, 2.0, 40) * u.mA}
_VALUES |= {"durations": np.full(40, 0.1) * u.ms, "rates": np.full(40, 2000.0) * u.Hz}
_WEIGHTS = ("weight", "conn_weight", "w_init")


class Driven(Module):
    """Cells under currents that do not change."""

    def __init__(self, cells: Neuron) -> None:
        self.cells = cells
        takes_input = bool(inspect.signature(cells.update).parameters)
        unit = u.parse_unit(cells.input_unit) if cells.input_unit else None
        self._inputs = (u.quantity(SPREAD, unit),) if takes_input else ()

    def update(self) -> Any:
        """Advance by one step and return the spikes."""
        return self.cells(*self._inputs)


class Heard(Module):
    """An input, or what a model makes of values that change, into leaky cells; one of whatever unit counts as 1 mA."""

    def __init__(self, source: Dynamics, values: Dynamics | None = None) -> None:
        self.source, self.values = source, values
        self.cells = iso.LIF(N, tau=10 * u.ms, V_th=0.015 * u.mV)

    def update(self) -> Any:
        """Advance by one step and return the spikes of the cells."""
        given = () if self.values is None else (0.5 + self.values(),)
        value = iso.math.asarray(u.split(self.source(*given))[0])
        value = iso.math.astype(value, iso.environ.float_dtype())
        for _ in self.source.out_size[1:]:  # one value may become more than one, such as spikes of two signs
            value = iso.math.sum(value, axis=-1)
        return self.cells(u.quantity(value, u.mA))


def usages(cls: type) -> Iterator[tuple[str, Build]]:
    """Yield each way to use a model that its base class knows, with a word about it."""
    if issubclass(cls, Neuron):
        yield "cells under currents", lambda: Driven(cls(**_required(cls)))
    elif issubclass(cls, Synapse | Release | Output | Comm) or "post" in accepted(cls):
        yield from _joined(cls)
    elif issubclass(cls, Dynamics) and _takes_values(cls):
        yield "values that change, and leaky cells after it", lambda: Heard(_lively(cls), _waves())
    elif issubclass(cls, Dynamics):
        yield "an input of leaky cells", lambda: Heard(_lively(cls))


def _joined(cls: type) -> Iterator[tuple[str, Build]]:
    """Yield networks of two populations that differ in the unit of the weights, the connection and the projection."""
    own = not issubclass(cls, Synapse | Release | Output | Comm)
    projections = [cls] if own else [iso.AlignPostProj, iso.AlignPreProj]
    comms = [cls] if issubclass(cls, Comm) else [iso.FixedProb, iso.AllToAll]
    for projection in projections:
        for comm in comms:
            for weight in (2 * u.nS, 20 * u.pA, 0.2 * u.mV, 0.2):
                title = f"{projection.__name__} of {comm.__name__} in {weight}"
                yield title, partial(_network, cls, projection, comm, weight)


def _network(cls: type, projection: type, comm: type, weight: Any) -> iso.Network:
    net = iso.Network()
    size = _IMAGE if "kernel_size" in accepted(comm) else N
    source = add_pacemakers(net, "source", size)
    cells = iso.LIF(
        size,
        V_rest=-65 * u.mV,
        V_initializer=-65 * u.mV,
        V_reset=-65 * u.mV,
        V_th=-60 * u.mV,
        tau=20 * u.ms,
        R=100 * u.Mohm,
    )
    net.add_population("cells", cells)
    current = not u.same_dimension(u.split(weight)[1], u.parse_unit("nS"))
    out = iso.CUBA.desc(scale=1.0) if current else iso.COBA.desc(E=0 * u.mV)
    parts = {
        "comm": comm(**_required(comm, weight)),
        "syn": cls.desc() if issubclass(cls, Synapse) else iso.Expon.desc(tau=5 * u.ms),
        "out": cls.desc() if issubclass(cls, Output) else out,
        "pre": source,
        "post": cells,
        **({"stp": cls.desc()} if issubclass(cls, Release) else {}),
    }
    taken = {k: v for k, v in parts.items() if k in accepted(projection)}
    net.add_projection("joint", projection(**taken), pre="source")
    return net


def _required(cls: type, weight: Any = None) -> dict[str, Any]:
    """Return the arguments that a class has to be given, as far as their names are known, and its weights."""
    given: dict[str, Any] = {}
    for name, declared in accepted(cls).items():
        if name in _WEIGHTS and weight is not None:
            given[name] = weight
        elif name in _VALUES and declared.default in (REQUIRED, inspect.Parameter.empty):
            given[name] = _VALUES[name]
    if "kernel_size" in given:
        given["in_size"] = _IMAGE
    if cls is iso.AllToAll:
        mantissa, unit = u.split(weight)
        given["weight"] = u.quantity(mantissa * np.linspace(0.5, 2.0, N * N).reshape(N, N), unit)
    return given


def _takes_values(cls: type[Module]) -> bool:
    """Say whether a step of a model needs an argument, as that of an encoder does."""
    step = inspect.signature(cls.update).parameters
    return any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in list(step.values())[1:])


def _waves() -> Dynamics:
    """Return numbers from -0.5 to 0.5 and back, each with a phase of its own."""
    phases = np.linspace(0.0, 2.0 * np.pi, N, endpoint=False)
    return iso.SinusoidInput(N, amplitude=0.5, frequency=40 * u.Hz, phase=phases)


def _lively(cls: type[Dynamics]) -> Dynamics:
    """Return an instance that is not silent as by default: amplitudes of zero are spread, and events are frequent."""
    fields = {n: f for n, f in cls.fields.items() if isinstance(f, Parameter)}
    given = {n: u.quantity(SPREAD, f.unit_object()) for n, f in fields.items() if f.default == 0.0 and f.trainable}
    given |= {n: 500 * u.Hz for n, f in fields.items() if f.unit == "Hz"}
    return cls(**given, **_required(cls))
