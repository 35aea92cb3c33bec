"""Integration of dx/dt = f(x) over one step; the scheme is part of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.errors import TraceError, UnitError
from isospike.graph.derivative import constant_term, diagonal_derivative
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import apply, current_trace, where_am_i

__all__ = ["SCHEMES", "euler", "exp_euler", "integrator"]

Derivative = Callable[..., Any]


def exp_euler(f: Derivative, x: Any, *args: Any) -> Any:
    r"""Advance ``x`` by one step of exponential Euler.

    .. math:: x' = x + dt\,\varphi(dt\,J)\,f(x), \qquad J = \partial f/\partial x, \qquad \varphi(z) = (e^z - 1)/z

    This is exact where f is linear in x with constant coefficients over the step. J is the diagonal of the
    Jacobian, taken from the traced expression of f: element-wise operations are differentiated, a term that
    mixes cells (a matrix product, a gap junction) counts as constant over the step. A J that is constant
    folds with dt into one number.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, the derivative, in the unit of x per time.
    x : array, any unit
        Present value of the State.
    *args
        Further arguments of f, held constant over the step.

    Returns
    -------
    array
        The value one ``dt`` later, in the unit of x.

    Raises
    ------
    UnitError
        f is not in the unit of x per time.
    """
    trace = current_trace()
    if trace is None:
        msg = (
            "exp_euler(f, x) needs the traced expression of f: call it in update() and run the model by "
            "calling it, or in for_loop or jit"
        )
        raise TraceError(msg)
    mantissa, unit = units.split(x)
    if not isinstance(mantissa, Symbol):
        msg = (
            f"exp_euler(f, x) is given a constant x{where_am_i()}: x is the value of a State, as in "
            "exp_euler(self.dV, self.V.value)"
        )
        raise TraceError(msg)
    # A value of its own stands for x, so that only the argument counts, not the same State read inside f.
    argument = apply(op("identity"), mantissa)
    start = len(trace.nodes)
    dx, rate_unit = units.split(f(units.quantity(argument, unit), *args))
    _check_rate(rate_unit, unit)
    if not isinstance(dx, Symbol):
        return x + units.quantity(dx, rate_unit) * environ.get_dt()
    nodes = trace.nodes[start:]
    slope = diagonal_derivative(trace, nodes, argument, dx)
    # d f / d x in the units of f and x is a rate: one over the time in which f counts.
    rate = rate_unit if unit is None else rate_unit / unit
    z = math.multiply(units.quantity(slope.value, rate), environ.get_dt())
    step = math.multiply(environ.get_dt(), math.exprel(z))
    if not slope.affine:
        return x + math.multiply(step, units.quantity(dx, rate_unit))
    decayed = math.multiply(math.exp(z), x)
    drive = constant_term(trace, nodes, argument, dx)
    if _is_zero(drive):
        return decayed
    return decayed + math.multiply(step, units.quantity(drive, rate_unit))


def euler(f: Derivative, x: Any, *args: Any) -> Any:
    r"""Advance ``x`` by one step of forward Euler, :math:`x' = x + dt\,f(x)`; parameters as `exp_euler`."""
    dx = f(x, *args)
    _check_rate(units.split(dx)[1], units.split(x)[1])
    return x + dx * environ.get_dt()


SCHEMES: dict[str, Callable[..., Any]] = {"euler": euler, "exp_euler": exp_euler}


def integrator(name: str) -> Callable[..., Any]:
    """Return the scheme of that name, ``exp_euler`` or ``euler``."""
    return SCHEMES[name]


def _is_zero(x: Any) -> bool:
    return not isinstance(x, Symbol) and not np.any(x)


def _check_rate(given: Any, unit: Any) -> None:
    time = units.parse_unit("ms")
    wanted = time**-1 if unit is None else unit / time
    if not units.same_dimension(given, wanted):
        msg = (
            f"the derivative{where_am_i()} is in {units.unit_name(given)}, expected "
            f"{units.unit_name(unit)} per time, such as {units.unit_name(wanted)}: divide by a time "
            "constant, as in (V_rest - V) / tau, and check the unit of each term"
        )
        raise UnitError(msg)
