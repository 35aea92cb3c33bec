"""QuaIF: the quadratic integrate-and-fire neuron."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.resetting import ResettingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["QuaIF"]


class QuaIF(ResettingNeuron):
    r"""Quadratic integrate-and-fire neuron.

    .. math:: \tau \frac{dV}{dt} = c\,(V - V_{rest})(V - V_c) + R\,I(t, V)

    A cell spikes in the step in which V reaches ``V_th`` or lies above it; at the beginning of the next step
    ``V = V_reset``. The reset is always hard: in the upstroke the overshoot says nothing.

    One step is: reset, integrate, add delta inputs, test the threshold. Exponential Euler follows the slope of the
    parabola at the beginning of a step, which makes it a scheme of second order for a constant current.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Membrane resistance; 1 ohm by default.
    tau : Quantity, ms
        Membrane time constant; 10 ms by default.
    c : Quantity, 1/mV
        Curvature of the parabola; 0.07 / mV by default.
    V_th, V_reset, V_rest : Quantity, mV
        Peak at which a spike ends (-30 mV by default), reset (-68 mV) and resting potential (-65 mV).
    V_c : Quantity, mV
        Potential above which V rises by itself without input; -50 mV by default.
    V_initializer : Initializer, mV
        Initial potential; ``Constant(-65 * u.mV)`` by default.
    method : {"exp_euler", "euler"}
        Integration scheme.

    Raises
    ------
    ParameterError
        ``V_th`` equals ``V_reset``: a reset would change nothing.

    Warns
    -----
    PlausibilityWarning
        The cell starts above threshold, or its reset lies above it.

    Notes
    -----
    BrainPy, whose defaults these are, starts V at 0 mV, above the threshold, and resets softly by default.

    References
    ----------
    Latham, Richmond, Nelson and Nirenberg (2000), J. Neurophysiol. 83:808; Gerstner, Kistler, Naud and Paninski
    (2014), Neuronal Dynamics, section 5.3.
    """

    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "membrane resistance", positive=True)
    tau: Any = parameter(10.0, "ms", "membrane time constant", positive=True, plausible=(0.01, 5000.0))
    c: Any = parameter(0.07, "1/mV", "curvature of the parabola", positive=True, plausible=(1e-4, 100.0))
    V_th: Any = parameter(-30.0, "mV", "peak at which a spike ends", plausible=(-500.0, 500.0))
    V_rest: Any = parameter(-65.0, "mV", "resting potential", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(-68.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_c: Any = parameter(-50.0, "mV", "potential above which V rises by itself", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(-65.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, *args: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        parabola = self.c * (V - self.V_rest) * (V - self.V_c)
        return (parabola + self.R * self.input_current(x, V)) / self.tau
