"""What a network draws before its first step: the one thing that an independent computation takes from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import units
from isospike.namespace import to_host
from isospike_conformance.case import Case
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["Drawn"]

Floats = NDArray[np.float64]


class Drawn:
    """Initial values and synapses of a case, as plain arrays of NumPy in float64.

    Parameters
    ----------
    case : Case
        It is built and initialised, and takes no step.
    """

    def __init__(self, case: Case) -> None:
        self.module: Any = Running(case, REFERENCE, "float64").module
        self._synapses: dict[str, tuple[NDArray[Any], NDArray[Any], Floats]] = {}

    def state(self, path: str) -> Floats:
        """Return a State by path, in its unit."""
        return np.array(_numbers(self.module.states()[path].value))

    def arriving(self, projection: str, fired: NDArray[np.bool_]) -> Floats:
        """Return the sums of the weights over the synapses of cells that fired, at each target of a projection."""
        comm = getattr(self.module, projection).comm
        if projection not in self._synapses:
            sender = comm.csr.pre_indices()
            weight = np.broadcast_to(_numbers(comm.weight.value), sender.shape)
            self._synapses[projection] = sender, comm.csr.indices, weight
        sender, target, weight = self._synapses[projection]
        sent = np.flatnonzero(fired[sender])
        return np.bincount(target[sent], weights=weight[sent], minlength=comm.n_post).astype(np.float64)


def _numbers(value: Any) -> Floats:
    return np.asarray(to_host(units.split(value)[0]), np.float64)
