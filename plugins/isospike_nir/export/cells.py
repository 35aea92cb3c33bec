"""Neurons in the terms of NIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ConfigError
from isospike.neuron import Neuron
from isospike_models.neurons.cuba_lif import CubaLIF
from isospike_models.neurons.if_ import IF
from isospike_models.neurons.lif import LIF
from isospike_models.readouts.li import LI
from isospike_nir.export.description import Description, host, refuse, row

__all__ = ["add_cell", "check_current", "entry", "jumps"]

_KNOWN = (LIF, IF, LI, CubaLIF)


def add_cell(to: Description, name: str, cell: Neuron, sources: Sequence[str] = ()) -> None:
    """Add the nodes of neurons: one, or two where they have a synapse built in; sources give currents in mA.

    Raises
    ------
    ConfigError
        NIR has no such neuron.
    """
    if type(cell) not in _KNOWN:
        wanted = "iso.LIF, iso.IF, iso.CubaLIF, and iso.LI for a readout"
        refuse(f"population {name!r} is a {type(cell).__name__}", wanted)
    if cell._currents:
        refuse(f"population {name!r} has the current inputs {', '.join(cell._currents)}", "projections and inputs")
    _note(to, name, cell)
    if type(cell) is CubaLIF:
        tau = to.seconds(cell.tau_syn)
        tau = _of_euler(to, name, tau) if cell.method == "euler" else tau
        synapse = to.leak(entry(name, cell), [], tau, cell.size)
        to.audit.note(synapse, f"the synapse of {name!r}: its r makes the current jump by what arrives, for this dt")
        sources = [*sources, synapse]
    values = _parameters(to, name, cell)
    type_ = {LI: "LI", IF: "IF"}.get(type(cell), "LIF")
    to.add(name, type_, tuple(sources), **{k: np.broadcast_to(v, (cell.size,)).copy() for k, v in values.items()})


def entry(name: str, cell: Neuron) -> str:
    """Return the node at which delta inputs arrive."""
    return f"{name}_synapse" if type(cell) is CubaLIF else name


def jumps(to: Description, name: str, cell: Any) -> Any:
    """Return what has to arrive in one step so that a cell jumps by 1, of mV, or of mA where it has a synapse."""
    if type(cell) is CubaLIF:
        return 1.0
    values = _parameters(to, name, cell)
    return 1.0 / (values["r"] * (to.dt if type(cell) is IF else -np.expm1(-to.dt / values["tau"])))


def _parameters(to: Description, name: str, cell: Any) -> dict[str, np.ndarray]:
    """Return the parameters of neurons in a row, or one for all, in seconds, ohm and mV."""
    tau, r = to.seconds(cell.tau), row(host(cell.R))
    if type(cell) is IF:
        fields = {"r": r / tau}
    else:
        tau = _of_euler(to, name, tau) if cell.method == "euler" else tau
        fields = {"tau": tau, "r": r, "v_leak": row(host(cell.V_rest))}
    if type(cell) is LI:
        return fields
    return {**fields, "v_threshold": row(host(cell.V_th)), "v_reset": row(host(cell.V_reset))}


def _of_euler(to: Description, name: str, tau: np.ndarray) -> np.ndarray:
    """Return the time constant whose exact step is that of forward Euler."""
    if (tau <= to.dt).any():
        msg = (
            f"population {name!r} has a tau of {float(tau.min()) * 1e3:g} ms and method='euler', which overshoots with "
            f"dt = {to.dt * 1e3:g} ms and has no counterpart in NIR: choose a smaller dt, or method='exp_euler'"
        )
        raise ConfigError(msg)
    return np.asarray(-to.dt / np.log1p(-to.dt / tau))


def _note(to: Description, name: str, cell: Any) -> None:
    if len(cell.in_size) > 1:
        to.audit.note(name, f"its cells, of shape {cell.in_size}, are written in a row of {cell.size}")
    if type(cell) is not LI:
        to.audit.note(name, "a cell spikes above V_th in NIR, and also at V_th itself in isospike")
        if cell.spk_reset == "soft":
            text = (
                "its soft reset, which keeps the overshoot, has no word in NIR, whose reset is to V_reset: load it with"
            )
            to.audit.note(name, f"{text} profile=iso.nir.Exact(reset='subtract')")
    if type(cell) is not IF and cell.method == "euler":
        to.audit.note(name, "its steps of forward Euler are written as the tau whose exact steps they are, for this dt")
    to.audit.note(name, "starts at V_rest, or at 0 without one: NIR has no initial potential")


def check_current(name: str, unit: Any) -> float:
    """Refuse what arrives at neurons and is no current; return its unit in mA."""
    if unit is None or not units.same_dimension(unit, units.parse_unit("mA")):
        msg = f"population {name!r} gets values in {units.unit_name(unit)}, expected a current: give the weights in mA"
        raise ConfigError(msg)
    return units.scale_factor(unit, units.parse_unit("mA"))
