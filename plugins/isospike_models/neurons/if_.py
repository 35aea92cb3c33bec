"""IF: the perfect integrator."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import choice, component, parameter
from isospike_models.initialisers.constant import Constant
from isospike_models.neurons.resetting import ResettingNeuron
from isospike_models.surrogates.relu_grad import ReluGrad

__all__ = ["IF"]


class IF(ResettingNeuron):
    r"""Integrate-and-fire neuron without a leak, the perfect integrator.

    .. math:: \tau \frac{dV}{dt} = R\,I(t, V)

    ``tau / R`` is the capacitance of the membrane; the potential keeps what it has received until the reset. A cell
    spikes in the step in which V reaches ``V_th`` from below or lies above it; the reset is applied at the beginning
    of the next step: ``V -= V_th - V_reset`` (soft, keeps the overshoot) or ``V = V_reset`` (hard). With the soft
    reset the rate is I R / (tau (V_th - V_reset)), whatever dt.

    One step is: reset, integrate (exact for a constant current), add delta inputs, test the threshold.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    spk_reset : {"soft", "hard"}
        Kind of reset; ``"soft"`` by default.
    spk_fun : Surrogate
        Spike function of (V - V_th) / \|V_th - V_reset\|; ``ReluGrad()`` by default.
    R : Quantity, ohm
        Resistance that gives the input its weight; 1 ohm by default.
    tau : Quantity, ms
        Time in which a current of V / R raises the potential by V; 5 ms by default.
    V_th, V_reset : Quantity, mV
        Threshold (1 mV by default) and reset potential (0 mV by default).
    V_initializer : Initializer, mV
        Initial potential; ``Constant(0 * u.mV)`` by default.
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
    The ``IF`` of BrainPy, whose defaults these are, has a leak: it is `LIF` with ``V_rest = 0 mV``.

    References
    ----------
    Burkitt (2006), Biol. Cybern. 95:1, on the perfect integrate-and-fire model; Pedersen et al. (2024), Nat.
    Commun. 15:8122, node IF.
    """

    spk_reset: str = choice("soft", ("soft", "hard"), "kind of reset")
    spk_fun: Any = component(ReluGrad, "spike function")
    R: Any = parameter(1.0, "ohm", "resistance", positive=True)
    tau: Any = parameter(5.0, "ms", "time constant", positive=True, plausible=(0.01, 5000.0))
    V_th: Any = parameter(1.0, "mV", "threshold", plausible=(-500.0, 500.0))
    V_reset: Any = parameter(0.0, "mV", "reset potential", plausible=(-500.0, 500.0))
    V_initializer: Any = component(
        lambda: Constant(units.quantity(0.0, units.parse_unit("mV"))), "initial potential", accepts=Constant
    )
    method: str = choice("exp_euler", ("exp_euler", "euler"), "integration scheme")

    def dV(self, V: Any, x: Any, *args: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return self.R * self.input_current(x, V) / self.tau
