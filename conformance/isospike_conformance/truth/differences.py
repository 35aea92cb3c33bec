"""Gradients without differentiation: central finite differences on the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.state import ParamState, State
from isospike_conformance.case import Case
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

__all__ = ["central_differences"]

_STEP = 1e-5  # of the size of the parameter: its square and the roundings of float64 over it are both about 1e-10


def central_differences(case: Case, way: Way = REFERENCE) -> dict[str, NDArray[np.float64]]:
    r"""Return the gradient of a case's loss with respect to every element of every ParamState.

    .. math:: \frac{\partial L}{\partial p} \approx \frac{L(p + \epsilon) - L(p - \epsilon)}{2 \epsilon}

    in float64 and the unit of the loss over that of the parameter, as the gradients themselves are.

    Parameters
    ----------
    case : Case
        One whose loss is smooth; a surrogate gradient is none of a finite difference.
    way : Way
        Where to compute the loss; the reference by default.

    Raises
    ------
    ParameterError
        The case has no loss, or none that is smooth.
    """
    if case.loss is None or not case.smooth:
        raise ParameterError(
            f"central_differences: the loss of case {case.name!r} is {'missing' if case.loss is None else 'not smooth'}"
            "; expected one without spikes: Case(..., loss=lambda module: (loss, ()), smooth=True)."
        )
    running = Running(case, way, "float64")
    saved = running.save()

    def loss() -> float:
        running.load(saved)
        with running.environment():
            value, _ = case.loss(running.module)  # type: ignore[misc]  # it was checked above
        return float(to_host(units.split(value)[0]))

    parameters = {path: s for path, s in running.module.states().items() if isinstance(s, ParamState)}
    return {path: _gradient(saved, path, state, loss) for path, state in parameters.items()}


def _gradient(saved: Any, path: str, state: State, loss: Any) -> NDArray[np.float64]:
    """Return the differences of one parameter; each is put back before the next."""
    held = saved[f"{path}#0"]
    gradient = np.zeros(held.shape)
    for index in np.ndindex(held.shape):
        value = float(held[index])
        step = _STEP * (abs(value) or 1.0)
        sides = []
        for moved in (value + step, value - step):
            held[index] = moved
            sides.append((loss(), float(held[index])))
        held[index] = value
        (above, high), (below, low) = sides
        gradient[index] = (above - below) / (high - low)
    return gradient
