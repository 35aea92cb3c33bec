"""Connections as matrices, with the weights that their States hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, units
from isospike.comm import Comm
from isospike_models.connectivity.linear import Linear
from isospike_nir.export.description import host, refuse
from isospike_nir.nodes.kind import MOST

__all__ = ["matrix", "product", "written_unit"]


def matrix(name: str, comm: Comm, unit: Any = None) -> tuple[np.ndarray, np.ndarray, Any]:
    """Return the weights (outputs, inputs), the biases, and the unit of both for inputs in ``unit``."""
    if comm.n_pre * comm.n_post > MOST:
        wanted = f"{MOST} weights in a connection"
        refuse(f"connection {name!r} is a matrix of {comm.n_post} x {comm.n_pre} weights", wanted)
    if type(comm) is Linear and comm.post_size == comm.out_size:
        return _of_linear(name, comm, unit)
    # Others tell their weights by what they make of each input alone.
    inputs = np.concatenate([np.zeros((1, comm.n_pre)), np.eye(comm.n_pre)])
    with environ.context(backend="numpy", engine=None):
        result = comm(units.quantity(inputs.reshape(-1, *comm.in_size), unit))
    numbers = host(result).astype(np.float64).reshape(len(inputs), -1)
    return (numbers[1:] - numbers[0]).T, numbers[0], units.split(result)[1]


def _of_linear(name: str, comm: Linear, unit: Any) -> tuple[np.ndarray, np.ndarray, Any]:
    given = product(comm.weight_unit(), unit)
    weight = np.broadcast_to(host(comm.weight.value), (comm.n_pre, comm.n_post)).astype(np.float64)
    bias = np.zeros(comm.n_post)
    if comm.bias is not None:
        bias = host(units.convert(comm.bias.value, given, what=f"the bias of {name!r}")).astype(np.float64)
    return (weight if comm.w_mask is None else weight * comm.w_mask).T, bias, given


def product(a: Any, b: Any) -> Any:
    """Return the product of two units, ``None`` for none."""
    return units.split(units.quantity(1.0, a) * units.quantity(1.0, b))[1]


def written_unit(unit: Any) -> Any:
    """Return the unit in which values are written: mA and mV where they are currents and potentials."""
    for wanted in map(units.parse_unit, ("mA", "mV")):
        if unit is not None and units.same_dimension(unit, wanted):
            return wanted
    return unit
