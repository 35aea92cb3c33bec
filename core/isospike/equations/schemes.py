"""One step of a system of differential equations; every State starts from the values before the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from isospike import environ
from isospike.integrate import SCHEMES, integrator
from isospike.parameter import Choice

__all__ = ["METHODS", "Scheme", "advanced", "canonical"]

Values = Mapping[str, Any]
#: ``slope(name, values, part)``: the derivative of a State at these values, a part of dt after the step began.
Slope = Callable[[str, Values, float], Any]

# The stages of explicit Runge-Kutta schemes: at which part of dt each is taken, by the slope of the one before it.
_STAGES = {"rk2": (0.0, 0.5), "rk4": (0.0, 0.5, 0.5, 1.0)}
# How much of each slope the step is made of.
_WEIGHTS = {"rk2": (0.0, 1.0), "rk4": (1.0, 2.0, 2.0, 1.0)}
METHODS = (*sorted(SCHEMES, reverse=True), *_STAGES)
"""The names of the schemes, the default first."""


def canonical(method: Any) -> Any:
    """Return the name in ``METHODS`` of a scheme that Brian2 calls differently, and any other as it is."""
    return "exp_euler" if method == "exponential_euler" else method


class Scheme(Choice):
    """The integration scheme of a model, by any of its names."""

    def check(self, module: Any, value: Any) -> str:
        """Return its name in ``METHODS``, or raise ``ParameterError`` listing these."""
        return super().check(module, canonical(value))


def advanced(method: str, slope: Slope, now: Values) -> dict[str, Any]:
    r"""Return the values of all States one dt later.

    ``exp_euler`` and ``euler`` take each State alone, with the others as they are before the step. ``rk2``, the
    midpoint rule, and ``rk4``, the classical scheme of Runge and Kutta, are of second and fourth order in the whole
    system:

    .. math:: y' = y + dt \, \frac{\sum_i w_i k_i}{\sum_i w_i}, \qquad k_i = f(y + c_i \, dt \, k_{i-1})

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    slope : callable
        Gives dx/dt of a State by its name, at values of all States.
    now : mapping of str to array
        The values before the step.
    """
    if method in SCHEMES:
        one = integrator(method)
        return {name: one(partial(_alone, slope, name, now), x) for name, x in now.items()}
    dt, slopes = environ.get_dt(), [{name: slope(name, now, 0.0) for name in now}]
    for part in _STAGES[method][1:]:
        there = {name: x + (part * dt) * slopes[-1][name] for name, x in now.items()}
        slopes.append({name: slope(name, there, part) for name in now})
    return {name: x + dt * _mean(_WEIGHTS[method], [k[name] for k in slopes]) for name, x in now.items()}


def _alone(slope: Slope, name: str, now: Values, x: Any) -> Any:
    return slope(name, {**now, name: x}, 0.0)


def _mean(weights: tuple[float, ...], slopes: list[Any]) -> Any:
    terms = [k if w == 1.0 else w * k for w, k in zip(weights, slopes, strict=True) if w]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total if len(terms) == 1 else total / sum(weights)
