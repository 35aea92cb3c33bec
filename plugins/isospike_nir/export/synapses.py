"""Synapses in the terms of NIR: filters of first order, each an LI."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike_models.synapses.alpha import Alpha
from isospike_models.synapses.dual_expon import DualExpon
from isospike_models.synapses.expon import Expon
from isospike_nir.export.description import Description, host, refuse, row

__all__ = ["add_synapse"]


def add_synapse(to: Description, name: str, synapse: Any, sources: list[str]) -> tuple[list[str], list[str]]:
    """Add the nodes of a synapse; return those at which more may arrive, and those whose sum is its variable.

    Raises
    ------
    ConfigError
        NIR has no such synapse.
    """
    size = synapse.size
    note = "a synapse: its r makes an input of 1 in one step a jump by 1, for this dt"
    if type(synapse) is Expon:
        to.leak(name, sources, to.seconds(synapse.tau), size)
        if host(synapse.g_initializer.value).any():
            to.audit.note(name, "starts at 0: NIR has no initial value of a synapse")
        to.audit.note(name, note)
        return [name], [name]
    if type(synapse) is Alpha:
        tau = to.seconds(synapse.tau)
        to.audit.note(name, f"{note}; it has two nodes, for rise and decay, with a step between them")
        rising = to.leak(f"{name}_rise", sources, tau, size)
        between = to.delay(f"{name}_step", [rising], 1, size)
        to.leak(name, [between], tau, size, np.exp(-to.dt / tau) * to.dt / tau)
        return [rising], [name]
    if type(synapse) is DualExpon:
        to.audit.note(name, f"{note}, times its factor; it has two nodes, for decay and rise, whose sum it is")
        factor = row(host(synapse.factor()))
        to.leak(name, sources, to.seconds(synapse.tau_decay), size, factor)
        rising = to.leak(f"{name}_rise", sources, to.seconds(synapse.tau_rise), size, -factor)
        return [name, rising], [name, rising]
    refuse(
        f"{name!r} is a {type(synapse).__name__}", "iso.Expon, iso.Alpha and iso.DualExpon, which are linear filters"
    )
