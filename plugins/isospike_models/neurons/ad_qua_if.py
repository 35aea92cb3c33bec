"""AdQuaIF: the quadratic integrate-and-fire neuron with adaptation."""

from __future__ import annotations

from typing import Any

from isospike.parameter import parameter
from isospike_models.neurons.adapting import Adapting
from isospike_models.neurons.qua_if import QuaIF

__all__ = ["AdQuaIF"]


class AdQuaIF(Adapting, QuaIF):
    r"""Quadratic integrate-and-fire neuron with adaptation.

    .. math::

        \tau \frac{dV}{dt} = c\,(V - V_{rest})(V - V_c) + R\,(I(t, V) - w), \qquad
        \tau_w \frac{dw}{dt} = a\,(V - V_{rest}) - w

    A cell spikes in the step in which V reaches ``V_th`` or lies above it; at the beginning of the next step
    ``V = V_reset`` and ``w += b``. The reset is always hard: in the upstroke the overshoot says nothing.

    One step is: reset, integrate, add delta inputs to V, test the threshold. With exponential Euler w counts as
    constant over a step of V, and V over a step of w: the scheme is of first order.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    tau_w : Quantity, ms
        Time constant of the adaptation; 10 ms by default.
    a : Quantity, siemens
        Adaptation below threshold; 1 siemens by default.
    b : Quantity, mA
        Step of w after a spike; 0.1 mA by default.
    spk_fun, R, tau, c, V_th, V_reset, V_rest, V_c, V_initializer, method
        As in `QuaIF`. w starts at zero.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``: a reset would change nothing.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, its reset lies above it, or ``a`` or ``b`` is out of proportion to ``R``.

    Notes
    -----
    BrainPy, whose defaults these are, resets softly by default.

    References
    ----------
    Izhikevich (2010), Hybrid spiking models, Phil. Trans. R. Soc. A 368:5061; Touboul (2008), SIAM J. Appl. Math.
    68:1045, for its dynamics.
    """

    tau_w: Any = parameter(10.0, "ms", "time constant of the adaptation", positive=True, plausible=(0.01, 1e5))
    a: Any = parameter(1.0, "siemens", "adaptation below threshold")
    b: Any = parameter(0.1, "mA", "step of w after a spike")

    def dV(self, V: Any, x: Any, *args: Any) -> Any:
        """Return dV/dt under the input current x, the currents of all projections, and w."""
        (w,) = args
        parabola = self.c * (V - self.V_rest) * (V - self.V_c)
        return (parabola + self.R * (self.input_current(x, V) - w)) / self.tau

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        spikes = self.spike()
        V, w = self.reset(self.V.value, spikes), self.w.value + self.b * spikes
        self.V.value, self.w.value = self.advanced(V, x, w), self.integrate(self.dw, w, V)
        return self.spike()
