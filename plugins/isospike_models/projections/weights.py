"""What the weights of a projection must be, so that its output makes a current of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.comm import Comm
from isospike.errors import UnitError
from isospike.neuron import Neuron
from isospike.state import State
from isospike.synapse import Output
from isospike.warn import warn

__all__ = ["check_current", "check_scale"]

# The usual effect of a weight on a cell: R w of a conductance, R I / (V_th - V_reset) of a current.
_MOST = 1e3


def check_current(owner: str, comm: Comm, output: Output, post: Neuron) -> None:
    """Refuse weights, in the name of the projection ``owner``, from which the output makes no current."""
    unit = comm.weight_unit()
    try:
        given = output.current_unit(unit)
    except UnitError:
        given = None
    wanted = units.parse_unit(post.input_unit)
    if not units.same_dimension(given, wanted):
        msg = (
            f"{owner}(comm={type(comm).__name__}) has weights in {units.unit_name(unit)}, which "
            f"{type(output).__name__} turns into "
            f"{units.unit_name(given)}, but {type(post).__name__} takes a current in {post.input_unit}: for "
            "COBA give a conductance, such as "
            "0.6 * u.nS; for CUBA a current with scale=1.0, such as 16 * u.pA"
        )
        raise UnitError(msg)


def check_scale(owner: str, comm: Comm, output: Output, post: Neuron) -> None:
    """Warn of weights that are out of all proportion to the resistance of the cell."""
    source = comm.weight_source
    if (callable(source) and not isinstance(source, State)) or not {"R", "V_th", "V_reset"} <= set(post.fields):
        return
    weight = _largest(source.value if isinstance(source, State) else source)
    effect, measure = math.multiply(post.R, weight), "leak"
    if units.split(effect)[1] is not None:  # no conductance: what counts is the current that the output makes of it
        measure = "step from V_reset to V_th"
        current = output.update(weight, post.V_reset)
        effect = math.divide(math.multiply(post.R, current), math.subtract(post.V_th, post.V_reset))
    if (most := _largest(effect)) > _MOST:
        warn(
            f"{owner}(comm={type(comm).__name__}) has weights of up to {weight}: on a {type(post).__name__} with "
            f"R = {post.R} that is {most:.1g} times the {measure}; up to {_MOST:g} is usual. Check the units of "
            "weight, scale and R. They are used as given"
        )


def _largest(value: Any) -> Any:
    mantissa, unit = units.split(value)
    return units.quantity(float(np.max(np.abs(mantissa), initial=0.0)), unit)
